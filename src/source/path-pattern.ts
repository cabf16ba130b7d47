/** Whether a path as a whole is what a pattern says. */
export type PathMatcher = (path: string) => boolean;

/** One part of a pattern: a run of characters, or a single one. */
type Token =
  /** Any run without a slash, any run, or folders with their slashes: each may be empty. */
  | { readonly kind: "segment" | "anything" | "folders" }
  | { readonly kind: "one"; readonly fits: (character: string) => boolean };

/** A regular expression with more runs than this could take longer than anyone lives. */
const runsOfExpression = 2;

/**
 * Compiles one pattern of an ignore file; undefined for a malformed one. `*` and `?` stop at a slash, `**` does not.
 * Docker reads a leading `**` before plain text (`**.log`) as "ends with". The work for a path is bounded by its length
 * times the pattern's; `spend` is told of it where it can be more than an expression's, and may throw.
 */
export function compilePattern(pattern: string, spend: (steps: number) => void): PathMatcher | undefined {
  if (/^\*\*[^/*?[\]\\][^*?[\]\\]*$/.test(pattern)) return (path) => path.endsWith(pattern.slice(2));
  const parts = pattern.match(/\*\*\/?|\*|\?|\[\^?(?:\\.|[^\]\\])+\]|\\.|[^[\\]/gsu) ?? [];
  if (parts.join("") !== pattern) return undefined;
  const sources: string[] = [];
  for (const [index, part] of parts.entries()) {
    const source = translate(part, index === parts.length - 1);
    if (source === undefined) return undefined;
    sources.push(source);
  }
  if (sources.filter((source) => source in runs).length <= runsOfExpression) {
    const expression = new RegExp(`^${sources.join("")}$`, "su");
    return (path) => expression.test(path);
  }
  const tokens = sources.map(tokenOf);
  return (path) => matches(tokens, path, spend);
}

const runs: Readonly<Record<string, Token>> = {
  "[^/]*": { kind: "segment" },
  ".*": { kind: "anything" },
  "(?:.*/)?": { kind: "folders" },
};

function tokenOf(source: string): Token {
  const single = new RegExp(`^${source}$`, "su");
  return runs[source] ?? { kind: "one", fits: (character) => single.test(character) };
}

/** Every state that the text so far can be in, at once: no choice is ever taken back. */
function matches(tokens: readonly Token[], path: string, spend: (steps: number) => void): boolean {
  let states = new Set([0]);
  skip(tokens, states);
  /** Folders that have been entered, by the state that begins them; only a slash leads out. */
  let inside = new Set<number>();
  for (const character of path) {
    if (states.size === 0 && inside.size === 0) return false;
    spend(states.size + inside.size);
    const next = new Set<number>();
    const within = new Set<number>();
    const enter = (state: number) => {
      within.add(state);
      if (character === "/") next.add(state + 1);
    };
    for (const state of inside) enter(state);
    for (const state of states) {
      const token = tokens[state];
      if (token?.kind === "folders") enter(state);
      else if (token?.kind === "anything" || (token?.kind === "segment" && character !== "/"))
        next.add(state);
      else if (token?.kind === "one" && token.fits(character)) next.add(state + 1);
    }
    skip(tokens, next);
    states = next;
    inside = within;
  }
  return states.has(tokens.length);
}

/** Adds what is reached without a character. A set that grows is walked to its end. */
function skip(tokens: readonly Token[], states: Set<number>): void {
  for (const state of states) {
    const token = tokens[state];
    if (token !== undefined && token.kind !== "one") states.add(state + 1);
  }
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
