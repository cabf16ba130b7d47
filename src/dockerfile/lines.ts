import type { Directive, Word } from "./dockerfile.ts";
import { failAt } from "./problem.ts";

/** A text whose every character knows its offset in the Dockerfile. */
export interface Mapped {
  readonly text: string;
  readonly at: readonly number[];
}

/** Where a character stands in the Dockerfile; behind the last one for an index that is past the end. */
export function offsetAt({ at }: Mapped, index: number): number {
  return at[index] ?? (at.at(-1) ?? -1) + 1;
}

/** The characters from `from` to `to` as a word; an empty one stands where its first character would be. */
export function wordOf(mapped: Mapped, from: number, to: number): Word {
  const start = offsetAt(mapped, from);
  return {
    text: mapped.text.slice(from, to),
    start,
    end: to > from ? offsetAt(mapped, to - 1) + 1 : start,
  };
}

export function sliceMapped(mapped: Mapped, from: number, to = mapped.text.length): Mapped {
  return { text: mapped.text.slice(from, to), at: mapped.at.slice(from, to) };
}

/** An instruction before it is taken apart: continued lines joined, comments and empty lines between them gone. */
export interface LogicalLine {
  readonly content: Mapped;
  /** First and last line, counted from 1. */
  readonly line: number;
  readonly endLine: number;
  readonly start: number;
  /** After the newline. */
  readonly end: number;
}

/** Reads a Dockerfile line by line, with the rules of BuildKit's parser. */
export interface LineReader {
  readonly directives: readonly Directive[];
  readonly escape: "\\" | "`";
  /** The next instruction; undefined at the end of the text. */
  readonly next: () => LogicalLine | undefined;
  /** Takes one line as it stands, newline included: the body of a heredoc. */
  readonly raw: () => { readonly text: string; readonly line: number; readonly end: number } | undefined;
}

const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

export function isSpace(character: string): boolean {
  return space.test(character);
}

/** The part of a line that counts. */
interface Content {
  readonly from: number;
  readonly to: number;
  readonly continued: boolean;
}

const directiveNames = new Set(["syntax", "escape", "check"]);

/** @throws FactoryError "dockerfile-invalid" for a directive that is given twice or an impossible escape. */
export function readLines(text: string, path: string, usualEscape: "\\" | "`" = "\\"): LineReader {
  const ends: number[] = [];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) ends.push(at + 1);
  if (ends.at(-1) !== text.length) ends.push(text.length);
  const first = text.startsWith("\ufeff") ? 1 : 0;
  const startOf = (index: number) => ends[index - 1] ?? first;
  const endOf = (index: number) => ends[index] ?? text.length;

  let index = 0;
  const directives: Directive[] = [];
  for (; index < ends.length; index++) {
    const directive = parseDirective(text.slice(startOf(index), endOf(index)), index + 1);
    if (directive === undefined) break;
    if (directives.some(({ name }) => name === directive.name)) {
      failAt(path, directive.line)(`the directive ${directive.name} is given twice`, "Keep the first one.");
    }
    directives.push(directive);
  }
  const escapeCharacter = escapeOf(directives, path) ?? usualEscape;

  /** What a line holds without its newline, and whether it goes on in the next one. */
  const contentOf = (line: number, stripLeft: boolean): Content => {
    let from = startOf(line);
    let to = endOf(line);
    while (to > from && (text[to - 1] === "\n" || text[to - 1] === "\r")) to--;
    if (stripLeft) while (from < to && isSpace(text.charAt(from))) from++;
    let last = to;
    while (last > from && (text[last - 1] === " " || text[last - 1] === "\t")) last--;
    const continued =
      last > from &&
      text[last - 1] === escapeCharacter &&
      (last - 1 === from || text[last - 2] !== escapeCharacter);
    return { from, to: continued ? last - 1 : to, continued };
  };
  const firstVisible = (from: number, to: number) => {
    for (let at = from; at < to; at++) if (!isSpace(text.charAt(at))) return text[at];
    return undefined;
  };

  /** Goes to the next line that adds to an instruction: not a comment, not an empty one. */
  const continuation = (): Content | undefined => {
    while (index + 1 < ends.length) {
      index++;
      const candidate = contentOf(index, false);
      const visible = firstVisible(candidate.from, candidate.to);
      if (visible !== "#" && (visible !== undefined || candidate.continued)) return candidate;
    }
    return undefined;
  };
  const joined = (first: Content): LogicalLine => {
    const line = index;
    const parts: string[] = [];
    const at: number[] = [];
    for (let part: Content | undefined = first; part !== undefined; ) {
      parts.push(text.slice(part.from, part.to));
      for (let offset = part.from; offset < part.to; offset++) at.push(offset);
      part = part.continued ? continuation() : undefined;
    }
    index++;
    return {
      content: { text: parts.join(""), at },
      line: line + 1,
      endLine: index,
      start: startOf(line),
      end: endOf(index - 1),
    };
  };

  return {
    directives,
    escape: escapeCharacter,
    raw() {
      if (index >= ends.length) return undefined;
      const line = { text: text.slice(startOf(index), endOf(index)), line: index + 1, end: endOf(index) };
      index++;
      return line;
    },
    next() {
      while (index < ends.length) {
        const first = contentOf(index, true);
        const nothing = first.from === first.to && !first.continued;
        if (!nothing && text[first.from] !== "#") return joined(first);
        index++;
      }
      return undefined;
    },
  };
}

function parseDirective(line: string, number: number): Directive | undefined {
  const content = line.trim();
  if (!content.startsWith("#")) return undefined;
  const equals = content.indexOf("=");
  if (equals === -1) return undefined;
  const name = content.slice(1, equals).trim().toLowerCase();
  const value = content.slice(equals + 1).trim();
  return directiveNames.has(name) && value !== "" ? { name, value, line: number } : undefined;
}

function escapeOf(directives: readonly Directive[], path: string): "\\" | "`" | undefined {
  const directive = directives.find(({ name }) => name === "escape");
  if (directive === undefined) return undefined;
  if (directive.value === "\\" || directive.value === "`") return directive.value;
  return failAt(path, directive.line)(
    `the escape character is ${JSON.stringify(directive.value)}`,
    "It can be \\ or `.",
  );
}
