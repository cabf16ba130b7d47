/**
 * Where a match of a shell pattern that begins at `from` can end, in ascending order. `*` is any run of characters,
 * `?` one; a backslash takes the meaning off the next.
 * @param spend is told each step before it is made, and may throw: there are at most text length times pattern length.
 */
export function matchEnds(
  pattern: Pattern,
  text: string,
  from: number,
  spend: (steps: number) => void,
): readonly number[] {
  const ends: number[] = [];
  let states = closure(pattern, new Set([0]));
  for (let at = from; ; at++) {
    if (states.has(pattern.length)) ends.push(at);
    if (at >= text.length || states.size === 0) return ends;
    spend(states.size);
    const next = new Set<number>();
    for (const state of states) {
      const token = pattern[state];
      if (token === anyRun) next.add(state);
      else if (token === anyOne || token === text[at]) next.add(state + 1);
    }
    states = closure(pattern, next);
  }
}

const anyRun = Symbol("*");
const anyOne = Symbol("?");
export type Pattern = readonly (string | typeof anyRun | typeof anyOne)[];

/** Reads a pattern as it stands in `${name#pattern}`. */
export function parsePattern(source: string): Pattern {
  const tokens: (string | typeof anyRun | typeof anyOne)[] = [];
  for (let at = 0; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === "\\" && at + 1 < source.length) tokens.push(source.charAt(++at));
    else if (character === "*") tokens.push(anyRun);
    else if (character === "?") tokens.push(anyOne);
    else tokens.push(character);
  }
  return tokens;
}

function closure(pattern: Pattern, states: Set<number>): Set<number> {
  for (const state of states) if (pattern[state] === anyRun) states.add(state + 1);
  return states;
}
