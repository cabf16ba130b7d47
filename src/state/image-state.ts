import type { PlatformInputs } from "../plan/platform-key.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import type { PublishedVersion } from "./version.ts";

/** One publication of an image: a digest that the factory put under tags. */
export interface Publication {
  readonly digest: Digest;
  /** The tag that only this publication has: `<UTC time>-<first 12 of the digest>`. */
  readonly uniqueTag: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** The digest that the first user tag had before. */
  readonly previous?: Digest;
  /** Of an image with a version file. */
  readonly version?: PublishedVersion;
  /** Of one that a rollback put back: the digest that the tags had before, and why they went back. */
  readonly rollback?: { readonly from: Digest; readonly why: string };
  /** Why it was built, each as a person reads it. */
  readonly reasons?: readonly string[];
  /** Ids of the flaws that a scan of what stood before could have had fixed, and that are not found in it. */
  readonly fixes?: readonly string[];
  /** The safeties that somebody stepped over for it, and why: `ALLOW=` and `WHY=`. */
  readonly allowed?: AllowedSafeties;
}

export interface AllowedSafeties {
  readonly safeties: readonly string[];
  readonly why: string;
}

/** A digest of an image that somebody had put under further tags, as its state remembers it. */
export interface PromotedTags {
  readonly digest: Digest;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `host/path` whose tags were set. */
  readonly repository: string;
  /** By tag, what it held before where that was another digest. */
  readonly tags: Readonly<Record<string, { readonly previous?: Digest }>>;
  /** Who asked for it, by the name that the machine has for them. */
  readonly by?: string;
  readonly why?: string;
}

/** Where the factory left a tag that people pull. */
export interface TagState {
  readonly digest: Digest;
  /** ISO 8601 in UTC: when the tag got this digest. */
  readonly at: string;
  /** Asked for by `TAG=` on one run: it stays where it is. */
  readonly once?: boolean;
  /** What it held before, where that was another digest. */
  readonly previous?: Digest;
  /** Set by a promotion: somebody has asked for it by name. */
  readonly promoted?: true;
}

/** Versions of packages, by name. */
export type PackageVersions = Readonly<Record<string, string>>;

/** What one platform of the published image is. */
export interface PlatformState {
  /** Undefined for a platform that the factory did not build. */
  readonly key?: Digest;
  readonly digest: Digest;
  /**
   * What it was made of. Of one that was adopted: what the factory would have made it of when it first saw it, so that
   * what has changed since can be told; of the base below its layers only what those layers prove.
   */
  readonly inputs: PlatformInputs;
  /** Of a debian source, what `inputs.files` identifies. */
  readonly packages?: PackageVersions;
  /** Undefined for a platform that another machine staged, and for one that no builder made. */
  readonly builtBy?: Builder;
  /** Of one that was adopted: digests of its uncompressed layers. */
  readonly diffIds?: readonly Digest[];
  /** Of one that was adopted: the reference that the Dockerfile's target was FROM. */
  readonly base?: string;
}

/** Where a published digest comes from that the factory did not publish. */
export interface Adoption {
  /** No registry says who pushed. */
  readonly by: "unknown";
  /** The workflow that pushes to the source are the business of. */
  readonly workflow: string;
  /** ISO 8601 in UTC: when the factory first saw the digest under the tags. */
  readonly firstSeen: string;
  /** When it was made, as its config says. */
  readonly created?: string;
  /** What was recorded as published before it. */
  readonly previous?: Digest;
  /** The commit that the source was at when the digest was first seen. */
  readonly sourceCommit?: string;
  /** The platforms that images.yaml asked for then: what of them it lacks is no reason to build. */
  readonly enrolledPlatforms: readonly Platform[];
  /** Platforms that it has besides the enrolled ones. */
  readonly otherPlatforms: readonly string[];
}

/** What else the bytes of a platform depend on: other versions and kinds may lay the same files into other layers. */
export interface Builder {
  /** Version of buildah. */
  readonly buildah: string;
  /** `overlay`, `rootless overlay`, … */
  readonly storage: string;
}

/** The factory's own part of an image's state: what is published, and what it was made of. */
export interface ImageState {
  readonly digest: Digest;
  /** Where it was published, by the name that no machine changes. */
  readonly repository: string;
  readonly platforms: Readonly<Partial<Record<Platform, PlatformState>>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly commit?: string;
  readonly version?: string;
  /** UTC second. */
  readonly epoch?: number;
  readonly tags: Readonly<Record<string, TagState>>;
  /** Newest first. */
  readonly publications: readonly Publication[];
  /** Undefined until a digest that was adopted has passed a scan here. */
  readonly scan?: ScanState;
  /** Of a digest that somebody else's CI published. */
  readonly adopted?: Adoption;
  /** What a rebuild would fix of the published digest, as the latest scan of it has found; a publication ends it. */
  readonly fixes?: readonly Fix[];
  /** UTC second: the epoch of a rebuild that is to take `fixes`. */
  readonly fixesEpoch?: number;
  /** What runs were about to publish and did not record, newest first. */
  readonly publishing?: readonly Unfinished[];
}

/** A flaw of a package that a newer version cures, which a rebuild would take. */
export interface Fix {
  /** CVE-…, GHSA-…, DSA-… */
  readonly id: string;
  readonly package: string;
  readonly installed: string;
  readonly fixed: string;
  readonly platforms: readonly Platform[];
  /** ISO 8601 in UTC: when it was first seen that it can be fixed. */
  readonly since: string;
}

/** A publication as it is written down before tags move, so that what a dead run left under them is known as ours. */
export type Unfinished = Pick<Publication, "digest" | "uniqueTag" | "at" | "version">;

/** Under which database the published digest passed. */
export interface ScanState {
  /** "blocked": published all the same, by a rollback with `ALLOW=blocked`. */
  readonly verdict: "passed" | "blocked";
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly database: "official" | "sample";
  /** ISO 8601 in UTC: when the database was made. */
  readonly databaseUpdatedAt: string;
}

/** The UTC day on which a digest was first published, as `YYYY-MM-DD`; undefined when it never was. */
export function firstPublishedOn(state: ImageState, digest: Digest): string | undefined {
  return state.publications.findLast((publication) => publication.digest === digest)?.at.slice(0, 10);
}
