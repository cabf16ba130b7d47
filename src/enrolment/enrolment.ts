import type { NonEmpty } from "../non-empty.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";

/** One image as images.yaml enrols it: defaults applied, every field checked. Survives JSON.stringify. */
export interface Enrolment {
  readonly name: string;
  /** Where the entry stands, for messages: `images.yaml:12:5`. */
  readonly position: string;
  /** Where it publishes, by the name that no machine changes (`factory.localhost/<name>` without registry and repository). */
  readonly repository: Repository;
  readonly platforms: NonEmpty<Platform>;
  readonly source: Source;
  /**
   * Path below the source's root; below the folder of images.yaml for a debian source, and undefined only for one
   * whose root is the image.
   */
  readonly dockerfile: string | undefined;
  /** Path in the source that is sent as build context, relative to its root; "." is the root. */
  readonly context: string;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly secrets: readonly BuildSecret[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Templates as written: `{version}`, `{commit}` and `{date}` are rendered when they are known. */
  readonly tags: NonEmpty<string>;
  readonly timeouts: { readonly buildMs: number; readonly scanMs: number };
  /** What RUN may reach: the machine's network, or nothing. */
  readonly network: "default" | "none";
  readonly scan: ScanPolicy;
  /** How long a changed base has to stand before a rebuild that nobody asked for takes it. */
  readonly rebuildDelayMs: number;
  /** Whether the factory rebuilds it by itself. */
  readonly autoRebuild: boolean;
  readonly schedule: Schedule | undefined;
  /** Name of the workflow of somebody else's CI that builds pushes to the source; undefined where the factory does. */
  readonly workflow: string | undefined;
  /** Absolute paths of the patches that the checked-out source gets, in this order. */
  readonly patchFiles: readonly string[];
  /** Absolute path of the file in the state repository that holds the next version, which is a tag of the build. */
  readonly versionFile: string | undefined;
  /** What of its publications is kept, where that is not what settings say. */
  readonly keep?: KeepRule;
}

/** What of an image's superseded publications stays; what is not said is as settings have it. */
export interface KeepRule {
  /** Digests. */
  readonly last?: number;
  readonly forMs?: number;
  /** Regular expression. */
  readonly tags?: string;
}

/** What images.yaml says: what is built here, and what is only watched because others are built from it. */
export interface Enrolled {
  readonly images: readonly Enrolment[];
  readonly watched: readonly WatchedImage[];
}

/** An image of somebody else: never built here, its tags are looked at. */
export interface WatchedImage {
  readonly name: string;
  /** As of an enrolment. */
  readonly position: string;
  readonly repository: Repository;
  readonly rule: TagRule;
  /** UTC day `YYYY-MM-DD` after which it gets no more fixes. */
  readonly endOfLife: string | undefined;
  /** What builds use in place of whatever its tag has moved to. */
  readonly pinned: Digest | undefined;
}

export const tagStrategies = ["Digest", "SemVer", "Lexical", "NewestBuild"] as const;

/** Which of an image's tags is the one to use. */
export interface TagRule {
  readonly strategy: (typeof tagStrategies)[number];
  /** Regular expression; undefined allows every tag. */
  readonly allowTags: string | undefined;
  /** Range of versions, for SemVer. */
  readonly constraint: string | undefined;
  readonly ignoreTags: readonly string[];
}

/** When an image is rebuilt although nothing that can be seen has changed. */
export interface Schedule {
  /** Five fields as in a Kubernetes CronJob. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
}

export type Source = GitSource | FolderSource | ArchiveSource | DebianSource;

export interface GitSource {
  readonly kind: "git";
  /** https, ssh or file-system address, shorthands expanded; never with a password in it. */
  readonly url: string;
  /** Branch, tag or full commit; undefined is the remote's HEAD. */
  readonly ref: string | undefined;
  /** Sub-directory that counts as the source's root; "." is the whole. */
  readonly directory: string;
  readonly credentials: GitCredentials | undefined;
  readonly submodules: boolean;
  readonly lfs: boolean;
}

export type GitCredentials =
  | {
      readonly kind: "variable";
      readonly name: string;
      readonly user: string;
      /** An unset variable is no mistake: the repository is then read without credentials. */
      readonly unset?: "anonymous";
    }
  | { readonly kind: "file"; readonly path: string; readonly user: string }
  | { readonly kind: "ssh"; readonly key: string; readonly knownHosts: string };

export interface FolderSource {
  readonly kind: "folder";
  /** Absolute, or relative to the folder of images.yaml; made absolute when read. */
  readonly path: string;
}

/** A tar archive with the files of a build. */
export interface ArchiveSource {
  readonly kind: "archive";
  readonly place: ArchivePlace;
  /** Of the archive as it comes, compressed; undefined takes whatever stands there. */
  readonly digest: Digest | undefined;
  /** Sub-directory that counts as the source's root; "." is the whole. */
  readonly directory: string;
}

export type ArchivePlace =
  | {
      readonly kind: "url";
      /** https, or http of this machine; never with a password in it. */
      readonly url: string;
      readonly credentials: ArchiveCredentials | undefined;
    }
  /** Absolute. */
  | { readonly kind: "file"; readonly path: string };

/** A token; with a user it is sent as that user's password, without one as a bearer's. */
export type ArchiveCredentials =
  | { readonly kind: "variable"; readonly name: string; readonly user: string | undefined }
  | { readonly kind: "file"; readonly path: string; readonly user: string | undefined };

export interface DebianSource {
  readonly kind: "debian";
  /** `bookworm`, `trixie`, … */
  readonly suite: string;
  /** `minbase`: a whole small Debian with apt, besides the packages. */
  readonly variant: "extract" | "minbase";
  readonly components: NonEmpty<string>;
  /** At least one, but for `minbase`. */
  readonly packages: readonly string[];
  /** Base address of the archive; undefined means what settings or the machine's apt name for the suite. */
  readonly mirror: string | undefined;
}

/** Where the credentials for a source are. */
export function credentialsOf(source: Source): GitCredentials | ArchiveCredentials | undefined {
  if (source.kind === "git") return source.credentials;
  return source.kind === "archive" && source.place.kind === "url" ? source.place.credentials : undefined;
}

/** Mounted for `RUN --mount=type=secret,id=<id>`; the value itself never stands in images.yaml. */
export type BuildSecret =
  | { readonly id: string; readonly from: "variable"; readonly name: string }
  | { readonly id: string; readonly from: "file"; readonly path: string };

export const severities = ["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;
export type Severity = (typeof severities)[number];

export interface ScanPolicy {
  /** Findings of these severities block. */
  readonly severities: NonEmpty<Severity>;
  /** Whether a finding that has no fixed version blocks too. */
  readonly unfixed: boolean;
  /** "none" declares an image in which no package is expected; "detect" demands one that a scanner can read. */
  readonly os: "detect" | "none";
  /** "sample" allows the factory's own tiny database where the official one cannot be reached. */
  readonly database: "official" | "sample";
  readonly exceptions: readonly ScanException[];
}

/** A finding that is accepted for now: by whom, why and until when is not optional. */
export interface ScanException {
  /** CVE-…, GHSA-…, DSA-… */
  readonly id: string;
  /** Only in this package; undefined is in any. */
  readonly package: string | undefined;
  readonly reason: string;
  readonly owner: string;
  /** UTC day `YYYY-MM-DD`, the last on which the exception holds. */
  readonly expires: string;
}
