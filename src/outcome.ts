import { type ExitStatus, exitStatus, type FactoryError } from "./errors.ts";
import type { NonEmpty } from "./non-empty.ts";
import type { PendingBase } from "./plan/pending-base.ts";
import type { LeaveCause, PlatformStep } from "./plan/plan-step.ts";
import type { Reason } from "./plan/reason.ts";
import type { Digest } from "./registry/digest.ts";
import type { Hold } from "./state/holds.ts";

/** What became of one image, and which bases of it have become something that it does not take yet. */
export type Outcome = Became & {
  readonly pending?: NonEmpty<PendingBase>;
  /** Set when what is published has no receipt yet, and why; the next run writes it. */
  readonly receipt?: { readonly missing: FactoryError };
};

type Became =
  | {
      readonly kind: "published";
      readonly image: string;
      readonly digest: Digest;
      readonly tags: readonly string[];
      /** Why it was built; of one that only got tags there are none. */
      readonly reasons: readonly Reason[];
      /** What was published of it before. */
      readonly previous: Digest | undefined;
    }
  | {
      readonly kind: "unchanged";
      readonly image: string;
      readonly digest: Digest;
      /** What the plan says besides. */
      readonly note?: string;
      /** What somebody else's CI pushed was recorded as what is published. */
      readonly adopted?: true;
    }
  | { readonly kind: "superseded"; readonly image: string; readonly digest: Digest }
  /** Not published, for want of these platforms; without them because nobody asked for it. */
  | { readonly kind: "staged"; readonly image: string; readonly waitsFor?: NonEmpty<PlatformStep> }
  /** Built and scanned; its tags stay at `digest`. */
  | {
      readonly kind: "held";
      readonly image: string;
      readonly hold: Hold;
      readonly digest: Digest | undefined;
    }
  /** Stale, and not built by a run that nobody asked for. */
  | {
      readonly kind: "left";
      readonly image: string;
      readonly cause: LeaveCause;
      readonly reasons: NonEmpty<Reason>;
      readonly digest: Digest | undefined;
    }
  | { readonly kind: "skipped"; readonly image: string; readonly base: string; readonly status: ExitStatus }
  | { readonly kind: "failed"; readonly image: string; readonly error: unknown };

/** `linux/arm64 sha256:…`: platforms by the keys under which another builder stages them. */
export function formatMissing(platforms: NonEmpty<PlatformStep>): string {
  return platforms.map(({ platform, key }) => `${platform} ${key}`).join(", ");
}

/** Whether dependants can be built on what is published of an image. */
export function isUsable(outcome: Outcome): boolean {
  if (outcome.kind === "held" || outcome.kind === "left") return outcome.digest !== undefined;
  return outcome.kind === "published" || outcome.kind === "unchanged" || outcome.kind === "superseded";
}

/** The tags are where they belong whatever keeps the receipt away: another run is to write it. */
const receiptMissing: ExitStatus = 75;

/** The exit status that one outcome asks for. */
export function statusOf(outcome: Outcome): ExitStatus {
  if (outcome.kind === "failed") return exitStatus(outcome.error);
  if (outcome.kind === "skipped") return outcome.status;
  return outcome.receipt === undefined ? 0 : receiptMissing;
}
