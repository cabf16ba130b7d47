import type { Ended } from "./team.ts";

/** @throws with what was expected instead. */
export function expect(holds: boolean, expected: string): asserts holds {
  if (!holds) throw new Error(expected);
}

/** The exit status that a command has to end with. */
export function expectStatus(ended: Ended, status: number): void {
  expect(
    ended.status === status,
    `expected exit status ${status}, got ${ended.status}: ${`${ended.stdout}${ended.stderr}`.slice(-1_500)}`,
  );
}

/** Asks until there is an answer. */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    expect(Date.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** A case that says nothing about this cluster, for what it needs is not there. */
export class Skipped extends Error {}

/** @throws Skipped where it does not hold. */
export function needs(holds: boolean, why: string): asserts holds {
  if (!holds) throw new Skipped(why);
}
