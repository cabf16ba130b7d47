import type { Heredoc } from "./dockerfile.ts";
import { isSpace } from "./lines.ts";

/** `<<EOF` as it is announced on the instruction's line; its body follows below. */
export type HeredocStart = Omit<Heredoc, "body">;

/**
 * The heredocs that one joined line of RUN, COPY or ADD announces, in order: `<<EOF`, `<<-EOF`, `3<<"EOF"`.
 * A line whose quotes or braces do not close announces none, as in BuildKit.
 */
export function heredocStarts(line: string): readonly HeredocStart[] {
  if (!line.includes("<<")) return [];
  const words = shellWords(line);
  return words === undefined ? [] : words.flatMap((word) => heredocStart(word) ?? []);
}

function heredocStart(word: string): HeredocStart | undefined {
  const match = /^\d*<<(-?)([^<]+)$/.exec(word);
  const delimiter = match?.[2];
  if (delimiter === undefined) return undefined;
  const name = withoutQuotes(delimiter);
  if (name === "") return undefined;
  return { name, expand: !/['"]/.test(delimiter), chomp: match?.[1] === "-" };
}

/** Splits at white space outside quotes and leaves quotes and escapes in; undefined when something does not close. */
function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = "";
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (isSpace(character)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    const end = endOfPart(line, at);
    if (end > line.length) return undefined;
    word += line.slice(at, end);
    at = end - 1;
  }
  if (word !== "") words.push(word);
  return words;
}

/** Where the quoted part, escape or single character at `at` ends; past the end of the line if it does not close. */
function endOfPart(line: string, at: number): number {
  const unclosed = line.length + 1;
  switch (line[at]) {
    case "\\":
      return Math.min(at + 2, line.length);
    case "'":
      return line.indexOf("'", at + 1) + 1 || unclosed;
    case '"':
      for (let inside = at + 1; inside < line.length; inside++) {
        if (line[inside] === "\\") inside++;
        else if (line[inside] === '"') return inside + 1;
      }
      return unclosed;
    default:
      return at + 1;
  }
}

function withoutQuotes(word: string): string {
  const plain: string[] = [];
  for (let at = 0; at < word.length; ) {
    const end = endOfPart(word, at);
    const part = word.slice(at, end);
    if (part.startsWith("'")) plain.push(part.slice(1, -1));
    else if (part.startsWith('"')) plain.push(part.slice(1, -1).replaceAll(/\\(["$\\])/g, "$1"));
    else plain.push(part.replace(/^\\/, ""));
    at = end;
  }
  return plain.join("");
}

/** Whether `line` closes the heredoc. */
export function closes(heredoc: HeredocStart, line: string): boolean {
  const content = line.replace(/[\r\n]+$/, "");
  return (heredoc.chomp ? content.replace(/^\t+/, "") : content) === heredoc.name;
}
