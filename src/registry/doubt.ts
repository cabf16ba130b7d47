import { type Clock, systemClock } from "./retry.ts";

const pausesMs = [250, 1_000];

/**
 * Looks again when what is known to be there is not, or is not what was just written: a registry of several nodes may
 * lag behind itself, and a proxy may err. @returns what the last look found.
 */
export async function lookAgain<T>(
  look: () => Promise<T | undefined>,
  options: {
    /** @default anything that is there */
    readonly fits?: (found: T | undefined) => boolean;
    readonly sleep?: Clock["sleep"];
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<T | undefined> {
  const { fits = (found) => found !== undefined, sleep: pause = systemClock.sleep, signal } = options;
  for (const ms of pausesMs) {
    const found = await look();
    if (fits(found)) return found;
    await pause(ms, signal);
  }
  return look();
}
