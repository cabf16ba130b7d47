/** One way to authenticate that a 401 offers. */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** By lower-case name. */
  readonly parameters: Readonly<Record<string, string>>;
}

const parameter = /\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/y;
const scheme = /\s*,?\s*([\w!#$%&'*+.^`|~-]+)(?:\s+|,|$)/y;

/**
 * The challenges in a WWW-Authenticate header, in their order; what cannot be read ends the list.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  for (let at = 0; at < header.length; ) {
    const current = challenges.at(-1);
    const pair = current === undefined ? null : matchAt(parameter, header, at);
    if (current !== undefined && pair !== null) {
      const [, name = "", quoted, bare = ""] = pair;
      current.parameters[name.toLowerCase()] = quoted === undefined ? bare : quoted.replace(/\\(.)/g, "$1");
      at = parameter.lastIndex;
      continue;
    }
    const next = matchAt(scheme, header, at);
    if (next === null) break;
    challenges.push({ scheme: (next[1] ?? "").toLowerCase(), parameters: {} });
    at = scheme.lastIndex;
  }
  return challenges;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
