/** The same numbers from 0 up to 1 for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same things in an order that follows from the numbers. */
function shuffled<T>(things: readonly T[], random: () => number): readonly T[] {
  return things
    .map((thing) => ({ thing, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ thing }) => thing);
}

/** Which cases of a part run. */
export interface Choice {
  /** The order follows from it. */
  readonly seed: number;
  /** The number of the first in that order, from 1. */
  readonly from: number;
  /** Of those, only cases whose titles match. */
  readonly only?: RegExp;
}

/** The cases that are chosen, in the order in which they run. */
export function choose<T>(
  cases: readonly T[],
  titleOf: (one: T) => string,
  { seed, from, only }: Choice,
): readonly T[] {
  return shuffled(cases, randomFrom(seed))
    .slice(from - 1)
    .filter((one) => only?.test(titleOf(one)) ?? true);
}
