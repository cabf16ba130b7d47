import { setTimeout as sleep } from "node:timers/promises";
import type { FactoryError } from "../errors.ts";
import type { HttpResponse } from "./transport.ts";

/** Why a request did not get the answer that was hoped for. */
export type Outcome =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: HttpResponse["headers"];
      /** What the registry said in the body, shortened. */
      readonly detail: string;
    }
  | { readonly kind: "broken"; readonly fault: Fault; readonly cause: Error }
  /** What was read contradicts itself, or what was asked for. */
  | { readonly kind: "unfit"; readonly error: FactoryError };

/**
 * - `stale`: a kept connection that the other side had closed; nothing was wrong.
 * - `refused`, `unresolved`, `untrusted`: no byte of the request was read.
 * - `reset`, `timed-out`: the request may have been carried out.
 * - `unintelligible`: what came back is no HTTP.
 */
type Fault = "stale" | "refused" | "unresolved" | "untrusted" | "reset" | "timed-out" | "unintelligible";

export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** @throws the reason of `signal` when that aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
  random: Math.random,
};

export interface RetryLimits {
  readonly attempts: number;
  /** No attempt starts later than this after the first. */
  readonly deadlineMs: number;
}

/** One request's result: what was hoped for, or why not. */
export type Attempt<T> = { readonly done: T } | { readonly outcome: Outcome };

/** What a request gets when it has failed for good, for the sentence that says so. */
export interface GivenUp {
  readonly outcome: Outcome;
  readonly attempts: number;
}

const firstDelayMs = 250;
const longestDelayMs = 8_000;
/** Bytes that were spoilt on their way come right when read again; whoever keeps lying is believed to. */
const readingsOfUnfit = 3;

/**
 * What registries answer to a manifest whose blobs they lack. docker-registry 2.8 says so too while another client makes
 * the same blob known in the same repository.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
const blobUnknown = /\bMANIFEST_BLOB_UNKNOWN\b/;

/**
 * Milliseconds to wait before the next attempt, or undefined when another attempt cannot help: faults and 5xx are
 * waited out with doubling, jittered delays, 408 and 429 as Retry-After asks; any other status is an answer.
 */
export function retryDecision(
  outcome: Outcome,
  attempt: number,
  clock: Pick<Clock, "now" | "random">,
): number | undefined {
  const backoff = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (0.5 + clock.random() / 2);
  if (outcome.kind === "broken") {
    if (outcome.fault === "stale") return 0;
    return outcome.fault === "untrusted" || outcome.fault === "unintelligible" ? undefined : backoff;
  }
  if (outcome.kind === "unfit") return attempt < readingsOfUnfit ? backoff : undefined;
  const { status, detail } = outcome;
  if (blobUnknown.test(detail)) return backoff;
  if (status !== 408 && status !== 429 && status < 500) return undefined;
  if (status === 501 || status === 505) return undefined;
  return Math.max(backoff, retryAfterMs(outcome.headers["retry-after"], clock.now()) ?? 0);
}

/** Whether the registry may have carried the request out although its answer does not say so. */
export function mayHaveHappened(outcome: Outcome): boolean {
  if (outcome.kind === "answered") return outcome.status >= 500;
  if (outcome.kind === "unfit") return false;
  return ["stale", "reset", "timed-out", "unintelligible"].includes(outcome.fault);
}

/**
 * Attempts until one is done or no other can help. After an outcome that leaves it open whether the registry acted,
 * `settle` looks: what it returns is the result, undefined says "not done, go on".
 */
export async function persist<T>(
  attempt: () => Promise<Attempt<T>>,
  options: {
    readonly limits: RetryLimits;
    readonly clock: Clock;
    readonly signal: AbortSignal | undefined;
    readonly settle?: (outcome: Outcome) => Promise<T | undefined>;
  },
): Promise<{ readonly done: T } | GivenUp> {
  const { limits, clock, signal, settle } = options;
  const latest = clock.now() + limits.deadlineMs;
  for (let attempts = 1; ; attempts++) {
    const result = await attempt();
    if ("done" in result) return result;
    const { outcome } = result;
    if (settle !== undefined && mayHaveHappened(outcome)) {
      const settled = await settle(outcome);
      if (settled !== undefined) return { done: settled };
    }
    const delayMs = retryDecision(outcome, attempts, clock);
    if (delayMs === undefined || attempts >= limits.attempts || clock.now() + delayMs > latest) {
      return { outcome, attempts };
    }
    await clock.sleep(delayMs, signal);
  }
}

/** Retry-After in seconds or as a date; undefined where it says nothing. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const faultOf: Readonly<Record<string, Fault>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  EHOSTDOWN: "refused",
  ERR_PROXY_TUNNEL: "refused",
  ENOTFOUND: "unresolved",
  EAI_AGAIN: "unresolved",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  ERR_STREAM_PREMATURE_CLOSE: "reset",
  ETIMEDOUT: "timed-out",
  ESOCKETTIMEDOUT: "timed-out",
};

/** The class of what a transport threw; undefined for what is no fault of the network. */
export function faultIn(error: unknown): Outcome | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = "", reusedConnection } = error as Error & { code?: string; reusedConnection?: boolean };
  const fault = faultOf[code] ?? faultByPrefix(code, error);
  if (fault === undefined) return undefined;
  const stale = fault === "reset" && reusedConnection === true;
  return { kind: "broken", fault: stale ? "stale" : fault, cause: error };
}

/** Whether there is TLS on the other side, with a certificate that is not trusted here. */
export function isCertificateFault(error: Error): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/.test(code);
}

function faultByPrefix(code: string, error: Error): Fault | undefined {
  if (code.startsWith("HPE_")) return "unintelligible";
  return isCertificateFault(error) || /^(ERR_TLS_|ERR_SSL_|EPROTO)/.test(code) ? "untrusted" : undefined;
}
