import type { Digest } from "../registry/digest.ts";
import { type BaseRecord, standsSince } from "./base-record.ts";

/** A base or an image that somebody keeps where it is. */
export interface BaseHold {
  /** ISO 8601: the hold ends by itself at this moment. */
  readonly until?: string | undefined;
  readonly why: string;
  /** What is built on meanwhile, of the platform in question. @default what the image was built on */
  readonly digest?: Digest | undefined;
}

/** Why a newer digest is not taken yet. */
export type PendingCause =
  | { readonly kind: "delay"; readonly until: string }
  | { readonly kind: "held"; readonly until: string | undefined; readonly why: string }
  | { readonly kind: "pinned" }
  | { readonly kind: "scan"; readonly findings: readonly string[] };

export interface EffectiveBase {
  readonly digest: Digest;
  /** The digest that the base has and that is not taken. */
  readonly pending?: { readonly digest: Digest; readonly cause: PendingCause };
}

/** Every digest is of one platform, or every one of the index, for a stage on the build platform. */
export interface EffectiveBaseRequest {
  /** What the reference means now. */
  readonly current: Digest;
  /** ISO 8601: when that was first seen. */
  readonly since: string;
  /** What the image is built on; undefined for one that was never built on this base. */
  readonly recorded: Digest | undefined;
  readonly rebuildDelayMs: number;
  readonly hold: BaseHold | undefined;
  readonly pinned: Digest | undefined;
  /** What blocks the current digest by the policy that the recorded one passes; empty when nothing does. */
  readonly findings: readonly string[];
  /** Holds and pins count for what a person asks for too; waits do not. */
  readonly mode: "manual" | "automatic";
  readonly now: Date;
}

/**
 * The digest of a base that a build takes now. An image that was never built on it has nothing to stay on: for it
 * only a pin, or a hold that names a digest, stands in the way of the current one.
 */
export function effectiveBase(request: EffectiveBaseRequest): EffectiveBase {
  const { current, recorded, pinned } = request;
  if (pinned !== undefined) return kept(pinned, current, { kind: "pinned" });
  const hold = standing(request);
  const stayOn = hold?.digest ?? recorded;
  if (stayOn === undefined) return { digest: current };
  if (hold !== undefined) return kept(stayOn, current, { kind: "held", until: hold.until, why: hold.why });
  const cause = request.mode === "manual" ? undefined : waitFor(request);
  return cause === undefined ? { digest: current } : kept(stayOn, current, cause);
}

/** What the record knows of one platform of the current digest; undefined when that has no such platform. */
export function currentOn(
  record: BaseRecord,
  platform: string,
): Pick<EffectiveBaseRequest, "current" | "since"> | undefined {
  const [newest] = record.digests;
  const current = platform === "build platform" ? record.currentDigest : newest?.platforms[platform];
  return current === undefined ? undefined : { current, since: standsSince(record) };
}

/**
 * What an image is built on for one platform, by its recorded digests of all platforms. A platform that was added
 * since gets the one of the same index that the others have, so that an image never mixes two versions of a base.
 */
export function recordedOn(
  record: BaseRecord | undefined,
  recorded: Readonly<Record<string, Digest>>,
  platform: string,
): Digest | undefined {
  const own = recorded[platform];
  if (own !== undefined) return own;
  const others = Object.entries(recorded);
  const index = record?.digests.find(({ digest, platforms }) =>
    others.some(([name, other]) => (name === "build platform" ? digest : platforms[name]) === other),
  );
  return platform === "build platform" ? index?.digest : index?.platforms[platform];
}

function kept(digest: Digest, current: Digest, cause: PendingCause): EffectiveBase {
  return digest === current ? { digest } : { digest, pending: { digest: current, cause } };
}

function standing({ hold, now }: EffectiveBaseRequest): BaseHold | undefined {
  return hold?.until === undefined || now.getTime() < Date.parse(hold.until) ? hold : undefined;
}

/** What does not pass waits whatever the time: that is the cause to tell. */
function waitFor({ findings, since, rebuildDelayMs, now }: EffectiveBaseRequest): PendingCause | undefined {
  if (findings.length > 0) return { kind: "scan", findings };
  const until = Date.parse(since) + rebuildDelayMs;
  return now.getTime() < until ? { kind: "delay", until: new Date(until).toISOString() } : undefined;
}
