import type { BaseProblem } from "../bases/base-problem.ts";
import type { ScanPolicy } from "../enrolment/enrolment.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import type { Hold } from "../state/holds.ts";
import type { ImageState } from "../state/image-state.ts";
import type { TagClaim } from "../state/tag-claim.ts";
import type { Failures } from "./breaker.ts";
import type { PendingBase } from "./pending-base.ts";
import type { PlatformInputs } from "./platform-key.ts";
import type { Reason } from "./reason.ts";

/** What a run was asked for. */
export interface PlanRequest {
  /** Names of the images asked for; their enrolled bases come along by themselves. */
  readonly images: readonly string[];
  /**
   * Whether a person asked for these images. A run that nobody asked for rebuilds what schedules are due for, and leaves
   * alone what is not to be rebuilt by itself or rests after failures.
   */
  readonly mode: "manual" | "automatic";
  /** When it is decided: milliseconds since 1970. */
  readonly now: number;
  readonly force: boolean;
  /** UTC second that the named images get as epoch; it never goes down. */
  readonly epoch: number | undefined;
  /** Whether a tag may lose a platform that it has today. */
  readonly allowPlatformLoss: boolean;
  /** Whether the tags of a held image may move. */
  readonly allowHeld: boolean;
  /** When the advisories were gathered that scans would go by, ISO 8601 in UTC, as far as that is known. */
  readonly databases?: DatabaseDates;
  /** Whether what a rebuild would fix is a reason to rebuild, of the named images and of those under them. @default false */
  readonly fixes?: boolean;
  /** Images that this run is done with: what is built from them takes them as they are published now. */
  readonly done?: ReadonlySet<string>;
}

/** By what an image's policy allows. */
export type DatabaseDates = { readonly [K in ScanPolicy["database"]]?: string };

/** One image's decision. */
export type PlanStep = Decision & {
  /** The hold that keeps its tags where they are. */
  readonly held?: Hold;
};

export type Decision = (BuildStep | WaitStep | LeaveStep | TagStep | KeepStep | RefuseStep) & {
  /** What has to be recorded first: that the tags hold what somebody else's CI pushed. */
  readonly adopts?: ImageState;
};

interface TagStep {
  readonly action: "tag";
  readonly image: string;
  readonly digest: Digest;
  readonly tags: NonEmpty<TagClaim>;
}

interface KeepStep {
  readonly action: "keep";
  readonly image: string;
  readonly digest: Digest;
  /** What is to be said besides: who published it, and what somebody else will build. */
  readonly note?: string;
}

interface RefuseStep {
  readonly action: "refuse";
  readonly image: string;
  readonly why: string;
  readonly remedy: string;
}

/** Stale, and left as it is by a run that nobody asked for. */
export interface LeaveStep {
  readonly action: "leave";
  readonly image: string;
  readonly cause: LeaveCause;
  readonly reasons: NonEmpty<Reason>;
  /** What is published of it. */
  readonly digest: Digest | undefined;
}

export type LeaveCause =
  | { readonly kind: "not by itself" }
  | { readonly kind: "resting"; readonly failures: Failures };

/** What an image under a stale base is built from is decided again when that base is published. */
export interface WaitStep {
  readonly action: "wait";
  readonly image: string;
  readonly bases: NonEmpty<string>;
  /** Those of them that nothing comes of: refused, not to be looked at, or blocked themselves. */
  readonly blockedBy?: NonEmpty<string>;
  /** Whether the image is published, and so may stay as it is when the bytes of its bases come out the same. */
  readonly published: boolean;
  /** Why it is built whatever its bases become; without one it is built only if their bytes change. */
  readonly reasons: readonly Reason[];
  /** Whether this run may rebuild it at all. */
  readonly byItself: boolean;
}

/** Every platform of it is built unless it is staged, then scanned and published together. */
export interface BuildStep {
  readonly action: "build";
  readonly image: string;
  readonly reasons: NonEmpty<Reason>;
  readonly platforms: NonEmpty<PlatformStep>;
  readonly epoch: number | undefined;
}

export interface PlatformStep {
  readonly platform: Platform;
  readonly key: Digest;
  readonly inputs: PlatformInputs;
}

export interface BuildPlan {
  /** Each image after every enrolled image that it is built from. */
  readonly steps: readonly PlanStep[];
  /** By image: bases that have become something that it does not take yet. */
  readonly pending: Readonly<Record<string, NonEmpty<PendingBase>>>;
  /** By image: what is wrong with its external bases. */
  readonly problems: Readonly<Record<string, NonEmpty<BaseProblem>>>;
}
