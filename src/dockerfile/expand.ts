import { matchEnds, parsePattern } from "./glob.ts";
import type { Fail } from "./problem.ts";

export interface Expansion {
  readonly value: string;
  /** Variables that have no value and for which the text gives none either. */
  readonly missing: readonly string[];
}

/** A variable's value; undefined when it is not set. */
type Lookup = (name: string) => string | undefined;

/** What the variables of one Dockerfile are replaced with. */
export interface Environment {
  readonly lookup: Lookup;
  readonly escape: "\\" | "`";
  readonly budget: Budget;
}

/** What is left of the work allowed for one Dockerfile, so that lines which grow by naming each other end in an error. */
export interface Budget {
  /** One for each character written and each step of a pattern. */
  left: number;
}

export function newBudget(): Budget {
  return { left: 8_000_000 };
}

/** `${a:-${b:-...}}` deeper than any person writes. */
const deepest = 64;

/** Where a reading stands. */
interface Cursor extends Environment {
  readonly source: string;
  at: number;
  depth: number;
  readonly fail: Fail;
}

/**
 * Replaces variables and takes quotes and escapes off, as BuildKit does in FROM and ARG: `$x`, `${x}`, and
 * `:-` `-` `:+` `+` `:?` `?` `#` `##` `%` `%%` `/` `//` inside braces.
 * @throws what `fail` throws, for a quote or brace that is not closed, and for `${x?...}` without x.
 * @see https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function expand(source: string, environment: Environment, fail: Fail): Expansion {
  return readUntil({ ...environment, source, at: 0, depth: 0, fail }, undefined, false);
}

/** Gathers the pieces of a value and pays for them. */
function gather(cursor: Cursor) {
  const parts: string[] = [];
  const missing: string[] = [];
  const add = (text: string) => {
    spend(cursor, text.length);
    parts.push(text);
  };
  return {
    add,
    take(expansion: Expansion) {
      add(expansion.value);
      for (const name of expansion.missing) missing.push(name);
    },
    result: (): Expansion => ({ value: parts.join(""), missing }),
  };
}

function spend({ budget, fail }: Cursor, work: number): void {
  budget.left -= work;
  if (budget.left < 0) fail("the values of its variables grow without end");
}

/** Up to `stop`, which is taken too. With `raw`, escapes stay in, as patterns need them. */
function readUntil(cursor: Cursor, stop: string | undefined, raw: boolean): Expansion {
  const { source, fail } = cursor;
  const gathered = gather(cursor);
  if (++cursor.depth > deepest) fail(`variables are nested more than ${deepest} deep`);
  while (cursor.at < source.length && source[cursor.at] !== stop) gathered.take(readPiece(cursor, raw));
  cursor.depth--;
  if (stop !== undefined && cursor.at++ >= source.length) fail(`'${stop}' is missing in ${excerpt(cursor)}`);
  return gathered.result();
}

function readPiece(cursor: Cursor, raw: boolean): Expansion {
  const character = cursor.source.charAt(cursor.at);
  if (character === "'") return singleQuoted(cursor);
  if (character === '"') return doubleQuoted(cursor, raw);
  if (character === "$") return variable(cursor);
  cursor.at++;
  if (character !== cursor.escape) return literal(character);
  return literal((raw ? character : "") + cursor.source.charAt(cursor.at++));
}

function literal(value: string): Expansion {
  return { value, missing: [] };
}

function singleQuoted(cursor: Cursor): Expansion {
  const close = cursor.source.indexOf("'", cursor.at + 1);
  if (close === -1) cursor.fail(`a single quote is not closed in ${excerpt(cursor)}`);
  const inside = cursor.source.slice(cursor.at + 1, close);
  cursor.at = close + 1;
  return literal(inside);
}

function doubleQuoted(cursor: Cursor, raw: boolean): Expansion {
  const { source } = cursor;
  const gathered = gather(cursor);
  cursor.at++;
  for (; cursor.at < source.length && source[cursor.at] !== '"'; ) {
    const character = source.charAt(cursor.at);
    const next = source[cursor.at + 1];
    if (character === "$") {
      gathered.take(variable(cursor));
      continue;
    }
    const escapes = character === cursor.escape && (next === '"' || next === "$" || next === cursor.escape);
    if (!escapes || raw) gathered.add(character);
    if (escapes) gathered.add(next);
    cursor.at += escapes ? 2 : 1;
  }
  if (cursor.at >= source.length) cursor.fail(`a double quote is not closed in ${excerpt(cursor)}`);
  cursor.at++;
  return gathered.result();
}

const namePattern = /\d+|[\p{L}_][\p{L}\p{Nd}_]*|[@*#?\-$!]/uy;
const operatorPattern = /\}|:[-+?]|##?|%%?|\/\/?|[-+?]/y;

function matched(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.source)?.[0] ?? "";
  cursor.at += found.length;
  return found;
}

function variable(cursor: Cursor): Expansion {
  cursor.at++;
  if (cursor.source[cursor.at] !== "{") {
    const name = matched(cursor, namePattern);
    return name === "" ? literal("$") : plain(cursor, name);
  }
  cursor.at++;
  const name = matched(cursor, namePattern);
  const operator = matched(cursor, operatorPattern);
  if (name === "" || operator === "") cursor.fail(`bad substitution in ${excerpt(cursor)}`);
  if (operator === "}") return plain(cursor, name);
  if (operator === "/" || operator === "//") return replaced(cursor, name, operator === "//");
  if (operator.startsWith("#") || operator.startsWith("%")) return trimmed(cursor, name, operator);
  return conditional(cursor, name, operator);
}

function plain({ lookup }: Cursor, name: string): Expansion {
  const value = lookup(name);
  return value === undefined ? { value: "", missing: [name] } : literal(value);
}

function conditional(cursor: Cursor, name: string, operator: string): Expansion {
  const word = readUntil(cursor, "}", false);
  const value = cursor.lookup(name);
  const set = value !== undefined && !(operator.startsWith(":") && value === "");
  if (operator.endsWith("-")) return set ? literal(value) : word;
  if (operator.endsWith("+")) return set ? word : literal("");
  if (set) return literal(value);
  return cursor.fail(
    `${name}: ${word.value || (operator === ":?" ? "must not be empty" : "must be set")}`,
    `Give ${name} a value under args in images.yaml, or a default: ARG ${name}=...`,
  );
}

function trimmed(cursor: Cursor, name: string, operator: string): Expansion {
  const word = readUntil(cursor, "}", true);
  const { value, missing } = plain(cursor, name);
  const greedy = operator.length === 2;
  const fromEnd = operator.startsWith("%");
  const pattern = parsePattern(word.value);
  const lengths = matchEnds(
    fromEnd ? pattern.toReversed() : pattern,
    fromEnd ? value.split("").reverse().join("") : value,
    0,
    (steps) => spend(cursor, steps),
  );
  const length = (greedy ? lengths.at(-1) : lengths[0]) ?? 0;
  return {
    value: fromEnd ? value.slice(0, value.length - length) : value.slice(length),
    missing: [...missing, ...word.missing],
  };
}

function replaced(cursor: Cursor, name: string, everywhere: boolean): Expansion {
  const wanted = readUntil(cursor, "/", true);
  const replacement = readUntil(cursor, "}", true);
  const { value, missing } = plain(cursor, name);
  const pattern = parsePattern(wanted.value);
  const gathered = gather(cursor);
  for (const expansion of [
    { value: "", missing },
    { ...wanted, value: "" },
  ])
    gathered.take(expansion);
  let at = 0;
  for (let more = true; more && at < value.length; ) {
    const end = matchEnds(pattern, value, at, (steps) => spend(cursor, steps)).at(-1) ?? at;
    if (end > at) gathered.take(replacement);
    else gathered.add(value.charAt(at));
    more = everywhere || end === at;
    at = Math.max(end, at + 1);
  }
  gathered.add(value.slice(at));
  return gathered.result();
}

function excerpt({ source }: Cursor): string {
  return JSON.stringify(source.length > 80 ? `${source.slice(0, 77)}...` : source);
}

/** A value as one word of ARG that every builder reads back as the same value. */
export function quoted(value: string): string {
  if (/^[\w./:@+,=%^~-]*$/.test(value)) return value;
  return value
    .split("'")
    .map((part) => (part === "" ? "" : `'${part}'`))
    .join(`"'"`);
}
