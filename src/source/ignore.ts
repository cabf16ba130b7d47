import { posix } from "node:path";
import { FactoryError } from "../errors.ts";
import { compilePattern, type PathMatcher } from "./path-pattern.ts";

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
  readonly matches: PathMatcher;
  /** The leading part without wildcards: whatever matches lies in, at or above it. */
  readonly literal: string;
}

/** No honest file comes near: all patterns are tried for each path. */
const mostPatterns = 10_000;
const longestPattern = 4_096;
/** Steps of patterns with many wildcards, for all paths of a context together: a minute or so. */
const mostSteps = 2_000_000_000;

/**
 * Reads an ignore file with the meaning that Docker gives it: each path is tried against all patterns, together with
 * every directory above it, and the last pattern that matches decides.
 * @throws FactoryError "source-invalid", naming `file` and the line, for a pattern that Docker refuses too; `judge` throws one
 *   where the patterns take for ever.
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function readIgnoreRules(text: string, file: string): IgnoreRules {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  let steps = 0;
  const spend = (more: number) => {
    steps += more;
    if (steps > mostSteps) throw new FactoryError("source-invalid", `the patterns of ${file} take for ever`);
  };
  const patterns = lines.flatMap((line, index) => readLine(line, `${file}:${index + 1}`, spend));
  if (patterns.length > mostPatterns) {
    const seen = `${file}: expected at most ${mostPatterns} patterns, got ${patterns.length}`;
    throw new FactoryError("source-invalid", seen);
  }
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
function readLine(line: string, position: string, spend: (steps: number) => void): Pattern[] {
  if (line.startsWith("#") || line.trim() === "") return [];
  const exception = line.trim().startsWith("!");
  const written = exception ? line.trim().slice(1).trim() : line.trim();
  if (written === "")
    throw new FactoryError("source-invalid", `${position}: "!" stands alone, without a pattern`);
  if (written.length > longestPattern) {
    const seen = `expected a pattern of at most ${longestPattern} characters, got ${written.length}`;
    throw new FactoryError("source-invalid", `${position}: ${seen}`);
  }
  const pattern = cleanPath(written);
  const matcher = compilePattern(pattern, spend);
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
