import { posix } from "node:path";
import { FactoryError } from "../errors.ts";

/** The ignore files of a context, in the order of precedence: the first that exists is the only one that is read. */
export const ignoreFileNames = [".containerignore", ".dockerignore"] as const;

/** Which patterns match a directory: what is below it matches them too. */
type Matched = readonly boolean[];

/** What an ignore file says about one path. */
interface Verdict {
  readonly ignored: boolean;
  /** Given back for the paths directly below this one. */
  readonly matched: Matched;
}

/**
 * The rules of a .dockerignore. Evaluated from the top of the tree down: the verdict of a directory is handed to the
 * paths below it, so each pattern is tried once per path.
 */
export interface IgnoreRules {
  /** The verdict on a path relative to the context; `parent` is that of its directory, undefined at the top. */
  readonly judge: (path: string, parent: Verdict | undefined) => Verdict;
  /** Whether something below this ignored directory may be sent all the same, because of a `!` pattern. */
  readonly mayHoldExceptions: (directory: string) => boolean;
}

interface Pattern {
  readonly exception: boolean;
  readonly matches: (path: string) => boolean;
  /** The leading part without wildcards: whatever matches lies in, at or above it. */
  readonly literal: string;
}

/**
 * Reads an ignore file with the meaning that Docker gives it: each path is tried against all patterns, together with
 * every directory above it, and the last pattern that matches decides.
 * @throws FactoryError "source-invalid", naming `file` and the line, for a pattern that Docker refuses too.
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function readIgnoreRules(text: string, file: string): IgnoreRules {
  const patterns = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap((line, index) => readLine(line, `${file}:${index + 1}`));
  const exceptions = patterns.filter((pattern) => pattern.exception);
  return {
    judge: (path, parent) => {
      const matched = patterns.map(
        (pattern, index) => parent?.matched[index] === true || pattern.matches(path),
      );
      const last = matched.lastIndexOf(true);
      return { ignored: last >= 0 && patterns[last]?.exception === false, matched };
    },
    mayHoldExceptions: (directory) =>
      exceptions.some(({ literal }) => isWithin(literal, directory) || isWithin(directory, literal)),
  };
}

/** Rules that ignore nothing, for a context without an ignore file. */
export const noIgnoreRules: IgnoreRules = readIgnoreRules("", "");

function isWithin(path: string, directory: string): boolean {
  return directory === "" || path === directory || path.startsWith(`${directory}/`);
}

/** A comment has its `#` in the first column; blank lines and `.` say nothing. */
function readLine(line: string, position: string): Pattern[] {
  if (line.startsWith("#") || line.trim() === "") return [];
  const exception = line.trim().startsWith("!");
  const written = exception ? line.trim().slice(1).trim() : line.trim();
  if (written === "")
    throw new FactoryError("source-invalid", `${position}: "!" stands alone, without a pattern`);
  const pattern = cleanPath(written);
  const matcher = compile(pattern);
  if (matcher === undefined) {
    throw new FactoryError("source-invalid", `${position}: ${JSON.stringify(line)} is not a valid pattern`, {
      hint: "A [class] has to be closed, may not be empty, and a backslash needs a character after it.",
    });
  }
  return [{ exception, matches: matcher, literal: literalPart(pattern) }];
}

/** `a//b/../c/`, `./a/c` and `/a/c` are all `a/c`. */
function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  const bare = normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
  return bare.length > 1 && bare.startsWith("/") ? bare.slice(1) : bare;
}

function literalPart(pattern: string): string {
  const parts = pattern.split("/");
  const wild = parts.findIndex((part) => /[*?[\]\\]/.test(part));
  return parts.slice(0, wild < 0 ? parts.length : wild).join("/");
}

/**
 * `*` and `?` stop at a slash, `**` does not; undefined for a malformed pattern. Docker reads a leading `**` before
 * plain text (`**.log`) as "ends with".
 */
function compile(pattern: string): ((path: string) => boolean) | undefined {
  if (/^\*\*[^/*?[\]\\][^*?[\]\\]*$/.test(pattern)) return (path) => path.endsWith(pattern.slice(2));
  let source = "";
  let at = 0;
  while (at < pattern.length) {
    const rest = pattern.slice(at);
    const token = /^(?:\*\*\/?|\*|\?|\[\^?(?:\\.|[^\]\\])+\]|\\.|[^[\\])/su.exec(rest)?.[0];
    if (token === undefined) return undefined;
    const part = translate(token, at + token.length === pattern.length);
    if (part === undefined) return undefined;
    source += part;
    at += token.length;
  }
  const expression = new RegExp(`^${source}$`, "su");
  return (path) => expression.test(path);
}

function translate(token: string, last: boolean): string | undefined {
  if (token.startsWith("**")) return last ? ".*" : "(?:.*/)?";
  if (token === "*") return "[^/]*";
  if (token === "?") return "[^/]";
  if (token.startsWith("[")) return translateClass(token.slice(1, -1));
  return quote(token.startsWith("\\") ? token.slice(1) : token);
}

/** The inside of `[…]`: characters and ranges, `^` first to negate; undefined for a range that has no start or end. */
function translateClass(inside: string): string | undefined {
  const negated = inside.startsWith("^");
  const text = negated ? inside.slice(1) : inside;
  const item = /(?:\\(.)|([^\\-]))(?:-(?:\\(.)|([^\\-])))?/suy;
  let source = "";
  while (item.lastIndex < text.length) {
    const found = item.exec(text);
    if (found === null) return undefined;
    const from = found[1] ?? found[2] ?? "";
    const to = found[3] ?? found[4] ?? from;
    if ((from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0)) return undefined;
    source += from === to ? quoteInClass(from) : `${quoteInClass(from)}-${quoteInClass(to)}`;
  }
  return source === "" ? undefined : `[${negated ? "^" : ""}${source}]`;
}

function quote(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}

function quoteInClass(character: string): string {
  return character === "-" ? "\\-" : quote(character);
}
