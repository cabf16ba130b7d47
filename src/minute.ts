/** An ISO 8601 time in UTC as tables and sentences have it: `2026-12-01 00:00 UTC`. */
export function formatMinute(time: string): string {
  return `${time.slice(0, 16).replace("T", " ")} UTC`;
}
