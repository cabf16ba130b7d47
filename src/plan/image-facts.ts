import type { BaseProblem } from "../bases/base-problem.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import type { Hold } from "../state/holds.ts";
import type { ImageState, PackageVersions } from "../state/image-state.ts";
import type { TagClaim } from "../state/tag-claim.ts";
import type { FinalBase, PushedImage } from "./adoption.ts";
import type { Failures } from "./breaker.ts";
import type { PendingBase } from "./pending-base.ts";
import type { BasePlatform } from "./platform-key.ts";

/** Everything that decides about one image, gathered before deciding. */
export interface ImageFacts {
  readonly enrolment: Enrolment;
  readonly commit: string | undefined;
  readonly version: string | undefined;
  readonly platforms: NonEmpty<PlatformFacts>;
  /** What the factory published last; undefined when it never did. */
  readonly state: ImageState | undefined;
  /** Whether the registry still has the index of `state`. */
  readonly standing: boolean;
  /** Every tag that people are to pull, rendered, with the digest that the registry has under it now. */
  readonly tags: readonly TagClaim[];
  /** What somebody else's CI has put under the tags since `state`; only for an image whose pushes are its business. */
  readonly pushed?: PushedImage;
  /** Of an image with a version file: what a digest is published as that is not the standing one. */
  readonly next?: NextVersion;
  /** What is to be known of its external bases. */
  readonly baseProblems?: readonly BaseProblem[];
  /** Why its tags are to stay where they are, if somebody wants that; it may have ended meanwhile. */
  readonly hold?: Hold | undefined;
  /** How its builds since the last publication have failed. */
  readonly failures?: Failures | undefined;
}

export interface NextVersion {
  readonly version: string;
  /** What the version file holds; another version where an increment is owed to it. */
  readonly held: string;
  readonly tags: readonly TagClaim[];
}

export interface PlatformFacts {
  readonly platform: Platform;
  readonly files: Digest;
  /** Of a debian source, what `files` identifies. */
  readonly packages?: PackageVersions;
  readonly dockerfile: Digest | null;
  readonly bases: readonly BaseFact[];
  /** Known where the image was not built here, and its layers have to tell what it stands on. */
  readonly finalBase?: FinalBase;
}

/** A base as one stage needs it: of which platform, and where its digest comes from. */
export interface BaseFact {
  /** Normalised reference, as `docker.io/library/debian:12`. */
  readonly reference: string;
  /** Of a stage on `$BUILDPLATFORM` the whole index counts: a key says nothing of the machine that builds. */
  readonly platform: BasePlatform;
  readonly from:
    | { readonly kind: "external"; readonly digest: Digest }
    /** `digest` is what an image stays on that does not take what is published of the base now. */
    | { readonly kind: "enrolled"; readonly image: string; readonly digest?: Digest };
  readonly pending?: PendingBase;
}
