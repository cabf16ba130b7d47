import type { PendingCause } from "../plan/pending-base.ts";
import type { Digest } from "../registry/digest.ts";
import type { FixedBase } from "../resolve/image-bases.ts";
import type { BaseRecord } from "./base-record.ts";

/**
 * The digest at which every image takes a base, whoever asks for the build: a pin of images.yaml, else what it is
 * held at. A hold ends by itself at its time.
 */
export function fixedBase(
  record: Pick<BaseRecord, "currentDigest" | "hold"> | undefined,
  pinned: Digest | undefined,
  now: Date,
): FixedBase | undefined {
  const newer = record?.currentDigest === undefined ? {} : { newer: record.currentDigest };
  if (pinned !== undefined) return { digest: pinned, ...newer, cause: { kind: "pinned" } };
  const { hold } = record ?? {};
  if (hold === undefined || (hold.until !== undefined && now.getTime() >= Date.parse(hold.until)))
    return undefined;
  const until = hold.until === undefined ? {} : { until: hold.until };
  return { digest: hold.digest, ...newer, cause: { kind: "held", why: hold.why, ...until } };
}

export interface WaitRequest {
  /** ISO 8601: when what the base has become was first seen, by `standsSince`. */
  readonly since: string;
  readonly rebuildDelayMs: number;
  /** What blocks it by the image's policy, which the digest before it passes; empty when nothing does. */
  readonly findings: readonly string[];
  /** What a person asks for does not wait. */
  readonly mode: "manual" | "automatic";
  readonly now: Date;
}

/** Why an image does not take yet what a base of it has become. What does not pass a scan waits whatever the time. */
export function whyWait({
  since,
  rebuildDelayMs,
  findings,
  mode,
  now,
}: WaitRequest): PendingCause | undefined {
  if (mode === "manual") return undefined;
  if (findings.length > 0) return { kind: "scan", findings };
  const until = Date.parse(since) + rebuildDelayMs;
  return now.getTime() < until ? { kind: "delay", until: new Date(until).toISOString() } : undefined;
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
