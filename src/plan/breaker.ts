import type { Enrolment } from "../enrolment/enrolment.ts";
import type { ErrorCode } from "../errors.ts";
import { formatMinute } from "../minute.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import type { PlatformStep } from "./plan-step.ts";

/** Builds of the same inputs that failed one after another: recorded under `factory.failures` of an image's file. */
export interface Failures {
  /** What was tried, by `triedInputs`. */
  readonly inputs: Digest;
  readonly count: number;
  /** ISO 8601 in UTC. */
  readonly firstAt: string;
  readonly lastAt: string;
  readonly code: ErrorCode;
  /** What the last of them said, in one line without secrets. */
  readonly message: string;
  /** When the advisories were gathered by which a scan blocked; undefined for other failures. */
  readonly database?: string;
}

/** After so many failures of the same inputs a rebuild that nobody asked for tries no more. */
const restsAfter = 3;

/** Failures that the image's own inputs are to blame for: another try ends the same. */
const ownFaults: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "build-failed",
  "source-invalid",
  "dockerfile-invalid",
  "dockerfile-unsupported",
  "base-unusable",
  "scan-blocked",
  "scan-unreadable",
  "timed-out",
  "bug",
]);

/** Whether a failure says something about the image, and not about a registry, a machine or whoever stopped the run. */
export function isOwnFault(code: ErrorCode): boolean {
  return ownFaults.has(code);
}

/** Everything of an image that another outcome could come from: what decides its bytes, its verdict and its time. */
export function triedInputs(
  { scan, timeouts }: Pick<Enrolment, "scan" | "timeouts">,
  platforms: readonly Pick<PlatformStep, "key">[],
): Digest {
  return digestOf(JSON.stringify({ keys: platforms.map(({ key }) => key).toSorted(), scan, timeouts }));
}

/** One failure as it is to be counted. */
export interface Failure extends Pick<Failures, "inputs" | "code" | "message" | "database"> {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** Whether somebody asked for the build: what a person tries out does not make other inputs be tried again. */
  readonly byHand: boolean;
}

/** The record after one more failure: counted on for the same inputs, begun anew for others. */
export function countFailure(before: Failures | undefined, failure: Failure): Failures {
  const { inputs, code, message, database, at, byHand } = failure;
  const same = before?.inputs === inputs && before.database === database;
  if (byHand && before !== undefined && before.inputs !== inputs) return before;
  return {
    inputs,
    count: same ? before.count + 1 : 1,
    firstAt: same ? before.firstAt : at,
    lastAt: at,
    code,
    message,
    ...(database === undefined ? {} : { database }),
  };
}

/**
 * Whether an image rests. `database` is when today's advisories were gathered: those that blocked it may have changed;
 * while today's are not known nothing has.
 */
export function isResting(
  failures: Failures | undefined,
  inputs: Digest,
  database: string | undefined,
): failures is Failures {
  if (failures === undefined || failures.count < restsAfter || failures.inputs !== inputs) return false;
  return failures.database === undefined || database === undefined || failures.database === database;
}

/** Whether advisories blocked an image when it last failed, so that others may end its rest. */
export function isBlockedByAdvisories({ failures }: { readonly failures?: Failures | undefined }): boolean {
  return failures?.database !== undefined;
}

/** As a person reads it: `rests after 3 failures of the same inputs since 2026-11-20 03:00 UTC: …`. */
export function formatResting({ count, firstAt, message }: Failures): string {
  return `rests after ${count} failures of the same inputs since ${formatMinute(firstAt)}: ${message}`;
}

const longestMessage = 300;

/** The first line of an error's message without what is in `secrets` and without a password in an address. */
export function recordedMessage(message: string, secrets: readonly string[]): string {
  const [line = ""] = message.split("\n");
  const lines = secrets.flatMap((secret) => secret.split("\n")).map((text) => text.trim());
  const hidden = lines
    .filter((text) => text.length >= 3)
    .toSorted((one, other) => other.length - one.length)
    .reduce((text, secret) => text.replaceAll(secret, "***"), line);
  const safe = hidden.replaceAll(/(\/\/)[^/\s@]*@/g, "$1***@").replaceAll(/[\u0000-\u001f\u007f]+/g, " ");
  return safe.length > longestMessage ? `${safe.slice(0, longestMessage - 1)}…` : safe;
}
