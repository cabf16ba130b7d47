const context = 3;

/** The one place in which two texts differ, by lines that have their line feeds. */
interface Change {
  readonly old: readonly string[];
  readonly now: readonly string[];
  /** Index of the first line that differs. */
  readonly from: number;
  /** Behind the last one, in each. */
  readonly oldTo: number;
  readonly nowTo: number;
}

function changeOf(before: string, after: string): Change {
  const [old, now] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(old.length, now.length);
  let from = 0;
  while (from < shorter && old[from] === now[from]) from++;
  let same = 0;
  while (same < shorter - from && old[old.length - 1 - same] === now[now.length - 1 - same]) same++;
  return { old, now, from, oldTo: old.length - same, nowTo: now.length - same };
}

/** First and last number of the lines that `after` has more; undefined where a line of `before` changed too. */
export function addedLines(before: string, after: string): readonly [number, number] | undefined {
  const { from, oldTo, nowTo } = changeOf(before, after);
  return oldTo > from ? undefined : [from + 1, nowTo];
}

/**
 * The difference of two texts that differ in one place, as `diff -u` writes it; "" where they are the same.
 * @see https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
 */
export function unifiedDiff(before: string, after: string, name: string): string {
  if (before === after) return "";
  const { old, now, from, oldTo, nowTo } = changeOf(before, after);
  const start = Math.max(0, from - context);
  const behind = Math.min(context, old.length - oldTo);
  const hunk = [
    ...old.slice(start, from).map((line) => ` ${line}`),
    ...old.slice(from, oldTo).map((line) => `-${line}`),
    ...now.slice(from, nowTo).map((line) => `+${line}`),
    ...old.slice(oldTo, oldTo + behind).map((line) => ` ${line}`),
  ].map((line) => (line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`));
  return [
    `--- ${name}\n+++ ${name}\n`,
    `@@ -${range(start, oldTo + behind)} +${range(start, nowTo + behind)} @@\n`,
    ...hunk,
  ].join("");
}

/** With their line feeds. */
function linesOf(text: string): readonly string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== "");
}

/** An empty range is named by the line before it. */
function range(from: number, to: number): string {
  return `${to === from ? from : from + 1},${to - from}`;
}
