import { formatMinute } from "../minute.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";

/** Why an image stays on the digest of a base that it was built from. */
export type PendingCause =
  /** `until` is ISO 8601 in UTC. */
  | { readonly kind: "delay"; readonly until: string }
  | { readonly kind: "held"; readonly why: string; readonly until?: string }
  | { readonly kind: "pinned" }
  /** What is published of an enrolled base is not put forward yet by whatever moves its tags. */
  | { readonly kind: "promotion" }
  /** What is there now would not pass the scan that the used digest passed. */
  | { readonly kind: "scan"; readonly findings: readonly string[] }
  /** What is there now cannot be built on: gone, or without a platform. */
  | { readonly kind: "unusable"; readonly problem: string };

/** What a base has become, and is not taken for: the image is built on `used`. */
export interface PendingBase {
  /** Normalised reference. */
  readonly base: string;
  readonly used: Digest;
  /** Undefined where the base is gone. */
  readonly newer: Digest | undefined;
  readonly cause: PendingCause;
}

/** One pending base as a person reads it: `waits until 2026-11-28 03:00 UTC for base node:22 1a2b→3c4d`. */
export function formatPending({ base, used, newer, cause }: PendingBase): string {
  const moved = newer === undefined ? base : `${base} ${shortDigest(used)}→${shortDigest(newer)}`;
  switch (cause.kind) {
    case "delay":
      return `waits until ${formatMinute(cause.until)} for base ${moved}`;
    case "held":
      return `base ${moved} is held${cause.until === undefined ? "" : ` until ${formatMinute(cause.until)}`}: ${cause.why}`;
    case "pinned":
      return `base ${moved} is pinned by images.yaml`;
    case "promotion":
      return `base ${moved} waits for its promotion`;
    case "scan":
      return `base ${moved} waits: its new digest has ${cause.findings.join(", ")}`;
    case "unusable":
      return `base ${moved} stays as it was built on: ${cause.problem}`;
  }
}
