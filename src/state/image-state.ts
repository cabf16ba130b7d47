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
  /** The safeties that somebody stepped over for it, and why: `ALLOW=` and `WHY=`. */
  readonly allowed?: AllowedSafeties;
}

export interface AllowedSafeties {
  readonly safeties: readonly string[];
  readonly why: string;
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
}

/** What one platform of the published image is. */
export interface PlatformState {
  readonly key: Digest;
  readonly digest: Digest;
  readonly inputs: PlatformInputs;
  /** Undefined for a platform that another machine staged, and for one that no builder made. */
  readonly builtBy?: Builder;
}

/** What else the bytes of a platform depend on: other versions and kinds may lay the same files into other layers. */
export interface Builder {
  /** Version of buildah. */
  readonly buildah: string;
  /** `overlay`, `rootless overlay`, … */
  readonly storage: string;
}

/** The factory's own part of an image's state: what the published digest was made of. */
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
  readonly scan: ScanState;
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
  readonly verdict: "passed";
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
