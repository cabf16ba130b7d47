import { FactoryError } from "../errors.ts";
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

/**
 * What is there already of something that would else be sent; nothing also where the registry answers, time and again,
 * that it cannot tell. One whose disk was full may have an empty file in its place (docker-registry 2.8), which sending it
 * puts right. Not for what others may have put there: of a tag of theirs it has to be known.
 */
export async function beforeSending<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    // A failure without an answer has the cause of it.
    const answered =
      error instanceof FactoryError && error.code === "registry-unavailable" && error.cause === undefined;
    if (answered) return undefined;
    throw error;
  }
}
