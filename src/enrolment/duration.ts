const pattern = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/;
const unitMs = [86_400_000, 3_600_000, 60_000, 1_000] as const;

/** Milliseconds of `30m`, `1h30m`, `7d`: days, hours, minutes and seconds in this order; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const match = text === "" ? null : pattern.exec(text);
  if (match === null) return undefined;
  return unitMs.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0);
}

/** The shortest text that `parseDuration` reads as that time; fractions of a second are dropped. */
export function formatDuration(ms: number): string {
  let rest = Math.floor(ms / 1_000);
  let text = "";
  for (const [letter, seconds] of [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) text += `${count}${letter}`;
  }
  return text === "" ? "0s" : text;
}
