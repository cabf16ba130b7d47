import { setTimeout } from "node:timers/promises";
import { FactoryError } from "../../errors.ts";
import { explainGit, stderrOf } from "./failure.ts";

const pausesMs = [1_000, 3_000];

export interface Persistence {
  readonly signal: AbortSignal | undefined;
  /** Whether a failure that git has no known words for is the server's too. */
  readonly onUnknown: boolean;
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/**
 * Asks a server again for what it failed to answer. A server that refuses, or knows nothing of the repository, is asked
 * once more: behind many there is a proxy or a token service that errs for a moment.
 */
export async function persistently<T>(
  ask: () => Promise<T>,
  { signal, onUnknown, sleep = pause }: Persistence,
): Promise<T> {
  for (const [tries, ms] of pausesMs.entries()) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= furtherTries(error, onUnknown)) throw error;
      await sleep(ms, signal);
    }
  }
  return ask();
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch((reason: unknown) => {
    throw signal?.reason ?? reason;
  });
}

function furtherTries(error: unknown, onUnknown: boolean): number {
  if (!(error instanceof FactoryError) || error.code !== "tool-failed") return 0;
  const said = stderrOf(error);
  const known = explainGit(said);
  if (known === undefined) return onUnknown ? pausesMs.length : 0;
  if (known.code === "source-unavailable") return pausesMs.length;
  return /^(?:credentials|source)-invalid$/.test(known.code) && isAnswerByHttp(said) ? 1 : 0;
}

/** A server of ssh says what it means, and an address that git cannot use stays so. */
function isAnswerByHttp(said: string): boolean {
  return /returned error: 40\d|Authentication failed for|terminal prompts disabled|repository '.*' not found/.test(
    said,
  );
}
