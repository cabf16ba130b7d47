import PQueue from "p-queue";
import { type Outcome, retryAfterMs } from "./retry.ts";

/** Keeps a host from being asked for too much at once, and from being asked while it wants to be left alone. */
export interface HostGate {
  /** Does the work as soon as fewer than the bound are being done at that host. */
  readonly bounded: <T>(host: string, work: () => Promise<T>) => Promise<T>;
  /** The 429 of another request that still holds, with what is left of its Retry-After. */
  readonly resting: (host: string) => Outcome | undefined;
  /** Takes note of what a request got; undefined is an answer. */
  readonly note: (host: string, outcome: Outcome | undefined) => void;
}

type Answered = Extract<Outcome, { kind: "answered" }>;

export function createHostGate(concurrency: number, now: () => number): HostGate {
  const queues = new Map<string, PQueue>();
  const rests = new Map<string, { readonly outcome: Answered; readonly until: number }>();
  return {
    bounded: (host, work) => {
      const queue = queues.get(host) ?? new PQueue({ concurrency });
      queues.set(host, queue);
      return queue.add(work);
    },
    resting: (host) => {
      const rest = rests.get(host);
      if (rest === undefined || rest.until <= now()) return undefined;
      const seconds = Math.ceil((rest.until - now()) / 1000);
      return { ...rest.outcome, headers: { ...rest.outcome.headers, "retry-after": String(seconds) } };
    },
    note: (host, outcome) => {
      if (outcome === undefined) rests.delete(host);
      else if (outcome.kind === "answered" && outcome.status === 429) {
        const waitMs = retryAfterMs(outcome.headers["retry-after"], now());
        if (waitMs !== undefined) rests.set(host, { outcome, until: now() + waitMs });
      }
    },
  };
}
