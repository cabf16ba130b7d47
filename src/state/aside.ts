/** The name under which a damaged file is kept beside what takes its place; nothing reads it. */
export function asideName(file: string, at: Date): string {
  return `${file}.damaged-${at.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
}
