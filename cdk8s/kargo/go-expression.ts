/** Escapes of letters that JavaScript and Go's RE2 read alike, outside of brackets. */
const sharedEscapes = "bBdDfnrsStvwW";

/**
 * Why Go, which Kargo is written in, does not read a regular expression as JavaScript does; undefined where it does.
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function goRefuses(expression: string): string | undefined {
  let inBrackets = false;
  for (let at = 0; at < expression.length; at += 1) {
    const rest = expression.slice(at);
    const problem = inBrackets ? inside(rest) : outside(rest);
    if (problem !== undefined) return problem;
    if (rest.startsWith("\\")) at += 1;
    else if (rest.startsWith("[")) inBrackets = true;
    else if (rest.startsWith("]")) inBrackets = false;
  }
  return undefined;
}

function outside(rest: string): string | undefined {
  if (/^\(\?<?[=!]/.test(rest)) return `looks ahead or behind (${rest.slice(0, 4)}…)`;
  if (/^\\(?:[1-9]|k<)/.test(rest)) return `refers back to a group (${rest.slice(0, 2)})`;
  if (/^\[\^?\]/.test(rest)) return "has empty brackets";
  const [, least = "0", most = least] = /^\{(\d+)(?:,(\d*))?\}/.exec(rest) ?? [];
  if (Number(least) > 1_000 || Number(most) > 1_000) return "repeats something more than 1000 times";
  return escapeOf(rest, sharedEscapes);
}

function inside(rest: string): string | undefined {
  if (/^\[[:.=]/.test(rest)) return `has ${rest.slice(0, 2)} within brackets`;
  if (/^\\[0-9]|^-\\[dDsSwW]/.test(rest)) return `has ${rest.slice(0, 2)} within brackets`;
  return escapeOf(rest, sharedEscapes.replace("b", "").replace("B", ""));
}

function escapeOf(rest: string, letters: string): string | undefined {
  const letter = /^\\([A-Za-z])/.exec(rest)?.[1];
  if (letter === undefined || letters.includes(letter)) return undefined;
  if (letter === "x" && /^\\x[0-9A-Fa-f]{2}/.test(rest)) return undefined;
  return `has \\${letter}`;
}
