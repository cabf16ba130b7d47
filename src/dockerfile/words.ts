import type { Flag, MountField, Word } from "./dockerfile.ts";
import { isSpace, type Mapped, offsetAt, sliceMapped, wordOf } from "./lines.ts";

/** Splits at white space and nothing else, as FROM, COPY and ADD do. */
export function splitWords(mapped: Mapped): readonly Word[] {
  const words: Word[] = [];
  const { text } = mapped;
  for (let at = 0; at < text.length; ) {
    while (at < text.length && isSpace(text.charAt(at))) at++;
    const from = at;
    while (at < text.length && !isSpace(text.charAt(at))) at++;
    if (at > from) words.push(wordOf(mapped, from, at));
  }
  return words;
}

/** Splits at white space outside quotes, as ARG does; quotes and escapes stay in the words. */
export function splitQuotedWords(mapped: Mapped, escapeCharacter: string): readonly Word[] {
  const words: Word[] = [];
  const { text } = mapped;
  for (let at = 0; at < text.length; ) {
    while (at < text.length && isSpace(text.charAt(at))) at++;
    const from = at;
    at = endOfQuotedWord(text, from, escapeCharacter);
    if (at > from) words.push(wordOf(mapped, from, at));
  }
  return words;
}

function endOfQuotedWord(text: string, from: number, escapeCharacter: string): number {
  let quote: string | undefined;
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === escapeCharacter && quote !== "'") at++;
    else if (quote === undefined && isSpace(character)) return at;
    else if (character === quote) quote = undefined;
    else if (quote === undefined && (character === "'" || character === '"')) quote = character;
  }
  return text.length;
}

export interface FlaggedArguments {
  readonly flags: readonly Flag[];
  readonly mounts: readonly (readonly MountField[])[];
  readonly rest: Mapped;
}

/** Takes the `--flags` off the front of an instruction's arguments. */
export function takeFlags(args: Mapped, escapeCharacter: string): FlaggedArguments {
  const flags: Flag[] = [];
  const mounts: (readonly MountField[])[] = [];
  const { text } = args;
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text.charAt(at))) at++;
    if (!text.startsWith("--", at)) return { flags, mounts, rest: sliceMapped(args, at) };
    const from = at;
    const bare = takeUnquoted(args, at, escapeCharacter);
    at = bare.next;
    if (bare.word.text === "--") return { flags, mounts, rest: trimStart(sliceMapped(args, at)) };
    const equals = bare.word.text.indexOf("=");
    const { start, end } = wordOf(args, from, at);
    const name = bare.word.text.slice(2, equals === -1 ? undefined : equals);
    const value = equals === -1 ? undefined : sliceMapped(bare.word, equals + 1);
    flags.push({ name, value: value && wholeWord(value, end), start, end });
    if (name === "mount" && value !== undefined) mounts.push(mountFields(value, end));
  }
}

/** One word with its quotes and escapes taken off, every character still knowing its place. */
function takeUnquoted(args: Mapped, from: number, escapeCharacter: string): { word: Mapped; next: number } {
  const characters: string[] = [];
  const places: number[] = [];
  const { text } = args;
  let quote: string | undefined;
  let at = from;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === quote) {
      quote = undefined;
      continue;
    }
    if (quote === undefined && isSpace(character)) break;
    if (quote === undefined && (character === "'" || character === '"')) {
      quote = character;
      continue;
    }
    if (character === escapeCharacter) at++;
    if (at >= text.length) break;
    characters.push(text.charAt(at));
    places.push(offsetAt(args, at));
  }
  return { word: { text: characters.join(""), at: places }, next: Math.min(at, text.length) };
}

/** The comma-separated fields of a mount, with the quoting of a CSV line. */
function mountFields(value: Mapped, end: number): readonly MountField[] {
  const fields: MountField[] = [];
  const { text } = value;
  for (let at = 0; at <= text.length; at++) {
    const places: number[] = [];
    let quoted = text[at] === '"';
    if (quoted) at++;
    for (; at < text.length && (quoted || text[at] !== ","); at++) {
      if (quoted && text[at] === '"') {
        if (text[at + 1] !== '"') {
          quoted = false;
          continue;
        }
        at++;
      }
      places.push(at);
    }
    const field: Mapped = {
      text: places.map((place) => text[place]).join(""),
      at: places.map((place) => offsetAt(value, place)),
    };
    const equals = field.text.indexOf("=");
    fields.push({
      key: (equals === -1 ? field.text : field.text.slice(0, equals)).trim().toLowerCase(),
      value: equals === -1 ? undefined : wholeWord(sliceMapped(field, equals + 1), end),
    });
  }
  return fields;
}

function wholeWord(mapped: Mapped, end: number): Word {
  return mapped.text === "" ? { text: "", start: end, end } : wordOf(mapped, 0, mapped.text.length);
}

function trimStart(mapped: Mapped): Mapped {
  let at = 0;
  while (at < mapped.text.length && isSpace(mapped.text.charAt(at))) at++;
  return sliceMapped(mapped, at);
}
