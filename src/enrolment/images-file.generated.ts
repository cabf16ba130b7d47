// Made from images.schema.json by test/enrolment/schema.test.ts; not edited by hand.

/**
 * The images that the factory builds: a list, or defaults and a list.
 */
export type ImagesFile = Images | ImagesWithDefaults;
/**
 * What commands, state and logs call the image, and its repository where no other is given: lower-case letters and digits, with single . _ - between them, at most 40 characters so that the names of its Kubernetes objects fit (128 for an image that is only watched).
 */
export type Name = string;
/**
 * Host of the registry, with a port if it needs one and a path that goes before the repository. Without registry and repository the image goes to the factory's own registry, under its name; with a repository alone, to docker.io.
 */
export type Registry = string;
/**
 * Path in the registry. Default: the image's name. Alone, it is read as docker reads the name of an image: acme/api is docker.io/acme/api, and ghcr.io/acme/api names the registry too. The tag does not stand here.
 */
export type Repository = string;
/**
 * What the image is built for. Default: linux/amd64 and linux/arm64.
 *
 * @minItems 1
 */
export type Platforms = [Platform, ...Platform[]];
/**
 * Operating system and architecture.
 */
export type Platform = "linux/amd64" | "linux/arm64";
/**
 * A git repository: its address, or a mapping with the address as url.
 */
export type Git =
  | string
  | {
      url: GitUrl;
      ref?: GitRef;
      directory?: GitDirectory;
      credentials?: Credentials;
      submodules?: Submodules;
      lfs?: Lfs;
      workflow?: Workflow;
    };
/**
 * github:owner/repository, gitlab:group/project, gitea:host/owner/repository, an https or ssh address, user@host:path, or a path of this machine that begins with / or . and is relative to the folder of this file. Never with a password in it.
 */
export type GitUrl = string;
/**
 * Branch, tag or full commit. Default: the branch that the repository's HEAD names.
 */
export type GitRef = string;
/**
 * Sub-directory that counts as the source's root. Default: the whole repository.
 */
export type GitDirectory = string;
/**
 * Name of an environment variable; its value is read when it is needed.
 */
export type VariableName = string;
/**
 * Path of a file on this machine, absolute or relative to the folder of this file.
 */
export type FilePath = string;
/**
 * User name that goes with the token. Default: x-access-token.
 */
export type User = string;
/**
 * Whether submodules are fetched too. Default: false.
 */
export type Submodules = boolean;
/**
 * Whether files that git LFS keeps elsewhere are fetched too. Default: false.
 */
export type Lfs = boolean;
/**
 * Name of the workflow of another CI that builds pushes to this source. What it pushes under the image's tags is taken as published; the factory builds on base changes, changes of this file, schedules and by hand.
 */
export type Workflow = string;
/**
 * A folder of this machine, absolute or relative to the folder of this file.
 */
export type Folder = string;
/**
 * An https address, which may lead on to another; http on this machine alone. Never with a password in it.
 */
export type ArchiveUrl = string;
/**
 * An archive of this machine, absolute or relative to the folder of this file.
 */
export type ArchivePath = string;
/**
 * SHA-256 of the archive as it comes: another one is refused, and one that was fetched before is not asked for again. Default: whatever stands there.
 */
export type ArchiveDigest = string;
/**
 * Sub-directory of the archive that counts as the source's root, for one that has everything in a folder. Default: the whole archive.
 */
export type ArchiveDirectory = string;
/**
 * User name, whose password the token then is. Default: none, the token is sent as a bearer's.
 */
export type ArchiveUser = string;
/**
 * Debian's release by its code name.
 */
export type Suite = string;
/**
 * extract unpacks the packages and runs nothing of them: small, and without apt. minbase is a whole small Debian, its packages configured, on which a Dockerfile can install more; for a platform that is not the machine's own it needs emulation. Default: extract.
 */
export type Variant = "extract" | "minbase";
/**
 * Names of binary packages. Optional with variant: minbase.
 *
 * @minItems 1
 */
export type Packages = [Package, ...Package[]];
/**
 * Name of a binary package, without version or architecture.
 */
export type Package = string;
/**
 * Components of the archive. Default: main.
 *
 * @minItems 1
 */
export type Components = [Component, ...Component[]];
/**
 * Component of the archive.
 */
export type Component = string;
/**
 * Base address of the Debian archive. Default: what settings or this machine's apt name for the suite.
 */
export type Mirror = string;
/**
 * The forge of repo. A token in GITHUB_TOKEN or GITLAB_TOKEN is used where that variable is set. Default: github.
 */
export type Provider = "github" | "gitlab";
/**
 * Repository on the forge, as owner/name. The whole of it is sent to the build unless context says otherwise.
 */
export type Repo = string;
/**
 * Branch of repo; a tag or a full commit will do too. Default: the branch that the repository's HEAD names.
 */
export type Branch = string;
/**
 * Path of the Dockerfile in repo, in the place of dockerfile of the entry. Default: Dockerfile.
 */
export type SourceDockerfile = string;
/**
 * File of the GitHub Actions workflow that builds pushes to repo: those are then its business, and base changes, schedules and builds by hand are the factory's.
 */
export type RepoWorkflow = string;
/**
 * Path of the Dockerfile below the source's root; for a debian source, below the folder of this file. Default: Dockerfile; a debian source without one is the image as it is.
 */
export type Dockerfile = string;
/**
 * Folder below the source's root that is sent to the build. Default: the whole source.
 */
export type Context = string;
/**
 * Stage of the Dockerfile that is the image. Default: the last.
 */
export type Target = string;
/**
 * A text, in quotes where YAML would read something else.
 */
export type Value = string;
/**
 * The id that the Dockerfile mounts.
 */
export type SecretId = string;
/**
 * What RUN --mount=type=secret,id=… finds: the name of a variable or file of this machine, never a value.
 */
export type Secrets = Secret[];
/**
 * Tags under which the image is published. Default: latest.
 *
 * @minItems 1
 */
export type Tags = [Tag, ...Tag[]];
/**
 * A tag, in quotes where it looks like a number. {version} stands for the version of the SemVer git tag that source names, {commit} for this run's full commit, {date} for the UTC day on which the digest was first published.
 */
export type Tag = string;
/**
 * Time for building one platform. Default: 1h.
 */
export type BuildTimeout = string;
/**
 * Time for scanning one platform. Default: 15m.
 */
export type ScanTimeout = string;
/**
 * What RUN may reach: the machine's network, or nothing. Default: default.
 */
export type Network = "default" | "none";
/**
 * Findings of these severities stop the image. Default: HIGH and CRITICAL.
 *
 * @minItems 1
 */
export type Severities = [Severity, ...Severity[]];
/**
 * A severity as the scanner spells it.
 */
export type Severity = "UNKNOWN" | "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";
/**
 * Whether a finding that no version fixes yet stops the image too. Default: false.
 */
export type Unfixed = boolean;
/**
 * detect: the scanner has to find an operating system with packages. none: the image is meant to have none. Default: detect.
 */
export type Os = "detect" | "none";
/**
 * official: the advisories of Trivy's own database. sample: the factory's tiny example database will do where that one cannot be reached; for trying things out, never for an image that is used. Default: official.
 */
export type Database = "official" | "sample";
/**
 * The advisory's id.
 */
export type FindingId = string;
/**
 * Only in this package. Default: in any.
 */
export type PackageName = string;
/**
 * Why the finding may pass.
 */
export type Reason = string;
/**
 * Who answers for it.
 */
export type Owner = string;
/**
 * The last UTC day on which the exception holds.
 */
export type Expires = string;
/**
 * Findings that are accepted for now.
 */
export type Exceptions = Exception[];
/**
 * How long a changed base has to stand before rebuilds that nobody asked for take it, so that a bad one shows itself first. A base that changes again starts the wait anew; builds by hand do not wait. Default: 0s; 7d, as in the older tool, for a source with repo.
 */
export type RebuildDelay = string;
/**
 * Whether the factory rebuilds the image by itself when it is stale. Default: true.
 */
export type AutoRebuild = boolean;
/**
 * Five fields as in a CronJob: minute, hour, day of the month, month, day of the week.
 */
export type Cron = string;
/**
 * Name in the IANA time zone database. Default: UTC.
 */
export type TimeZone = string;
/**
 * How many digests are kept, the newest, however old.
 */
export type KeepLast = number;
/**
 * How long every publication is kept, however many there are.
 */
export type KeepFor = string;
/**
 * Regular expression of the tags that keep what they name for ever.
 */
export type KeepTags = string;
/**
 * Regular expression for the tags of a watched image that count. Default: every tag.
 */
export type AllowTags = string;
/**
 * Which of the tags of a watched image is the one to use: Digest takes the tag that allowTags names as it moves, SemVer the highest version, Lexical the last by name, NewestBuild the one that was built last. Default: Lexical.
 */
export type ImageSelectionStrategy = "Digest" | "SemVer" | "Lexical" | "NewestBuild";
/**
 * Range of versions of a watched image that count, for the strategy SemVer.
 */
export type Constraint = string;
/**
 * Tags of a watched image that never count.
 *
 * @minItems 1
 */
export type IgnoreTags = [IgnoredTag, ...IgnoredTag[]];
/**
 * A tag as the registry has it.
 */
export type IgnoredTag = string;
/**
 * UTC day after which the watched image gets no more fixes: from then on the plan says so of every image built from it.
 */
export type EndOfLife = string;
/**
 * Digest to which a watched image is pinned: builds use this one whatever its tag has moved to.
 */
export type Digest = string;
/**
 * Registry and repository of a watched image in one text, in the place of registry and repository.
 */
export type RepoURL = string;
/**
 * Folder that is sent to the build, where nothing is cloned. Default: that of local.dockerfile.
 */
export type LocalDir = string;
/**
 * Dockerfile that takes the place of one in a source: nothing is cloned. Default: Dockerfile in local.dir.
 */
export type LocalDockerfile = string;
/**
 * File that holds the version of the next publication, which is a tag of it and what {version} stands for. After it the last part is incremented and the file committed; a version with a pre-release suffix stays as it is.
 */
export type VersionFile = string;
/**
 * Path below the folder of this file.
 */
export type PatchFile = string;
/**
 * Patches for a git source, applied in this order as git apply does, with paths from the source's root.
 */
export type PatchFiles = PatchFile[];
/**
 * One entry per image.
 */
export type Images = Image[];
/**
 * Only official can be a default: an image that makes do with the sample database says so itself.
 */
export type DefaultDatabase = "official";

/**
 * One image: what it is built from, where it is published and what may stop it. Without a source it is only watched: an image of somebody else that others here are built from.
 */
export interface Image {
  name: Name;
  registry?: Registry;
  repository?: Repository;
  platforms?: Platforms;
  source?: SourceOfImage;
  dockerfile?: Dockerfile;
  context?: Context;
  target?: Target;
  args?: Args;
  secrets?: Secrets;
  labels?: Labels;
  annotations?: Annotations;
  tags?: Tags;
  timeouts?: Timeouts;
  network?: Network;
  scan?: Scan;
  rebuildDelay?: RebuildDelay;
  autoRebuild?: AutoRebuild;
  schedule?: Schedule;
  keep?: Keep;
  allowTags?: AllowTags;
  imageSelectionStrategy?: ImageSelectionStrategy;
  constraint?: Constraint;
  ignoreTags?: IgnoreTags;
  endOfLife?: EndOfLife;
  digest?: Digest;
  repoURL?: RepoURL;
  updates?: Updates;
  enrollment?: NestedEnrollment;
  local?: Local;
}
/**
 * What the image is built from: exactly one of git, folder, archive and debian; or repo, the form of the older tool, with provider, branch, dockerfile and workflow.
 */
export interface SourceOfImage {
  git?: Git;
  folder?: Folder;
  archive?: Archive;
  debian?: Debian;
  provider?: Provider;
  repo?: Repo;
  branch?: Branch;
  dockerfile?: SourceDockerfile;
  workflow?: RepoWorkflow;
}
/**
 * Where the credentials for this repository are: a variable or a file with a token, or an ssh key. Default: what git on this machine is set up with.
 */
export interface Credentials {
  variable?: VariableName;
  file?: FilePath;
  user?: User;
  sshKey?: FilePath;
  knownHosts?: FilePath;
}
/**
 * A tar archive with the files of the build, as it is or compressed by gzip or zstd: at an address, or a file of this machine. Only what it unpacks to counts, not how or when it was packed.
 */
export interface Archive {
  url?: ArchiveUrl;
  path?: ArchivePath;
  digest?: ArchiveDigest;
  directory?: ArchiveDirectory;
  credentials?: ArchiveCredentials;
}
/**
 * Where the token for this address is: a variable or a file. It is sent there alone, not to where the address leads on to. Default: none.
 */
export interface ArchiveCredentials {
  variable?: VariableName;
  file?: FilePath;
  user?: ArchiveUser;
}
/**
 * A root filesystem made of Debian packages. Every package has to be listed but those that listed ones depend on; with variant: minbase those that every Debian has, and apt, are there without being listed.
 */
export interface Debian {
  suite: Suite;
  variant?: Variant;
  packages?: Packages;
  components?: Components;
  mirror?: Mirror;
}
/**
 * Values for ARG. They stay readable in the image: what is secret belongs in secrets. {commit} stands for this run's commit.
 */
export interface Args {
  [k: string]: Value;
}
/**
 * One secret: its id, and the variable or the file that holds it.
 */
export interface Secret {
  id: SecretId;
  env?: VariableName;
  file?: FilePath;
}
/**
 * Labels of the image. {commit} stands for this run's commit, and each new commit is then a new image.
 */
export interface Labels {
  [k: string]: Value;
}
/**
 * Annotations of the index. {commit} stands for this run's commit.
 */
export interface Annotations {
  [k: string]: Value;
}
/**
 * How long one platform may take.
 */
export interface Timeouts {
  build?: BuildTimeout;
  scan?: ScanTimeout;
}
/**
 * Which findings stop a publication. By default: vulnerabilities, HIGH and CRITICAL, those with a fix.
 */
export interface Scan {
  severities?: Severities;
  unfixed?: Unfixed;
  os?: Os;
  database?: Database;
  exceptions?: Exceptions;
}
/**
 * One accepted finding: which, why, by whom and until when.
 */
export interface Exception {
  id: FindingId;
  package?: PackageName;
  reason: Reason;
  owner: Owner;
  expires: Expires;
}
/**
 * When the image is rebuilt although nothing that can be seen has changed, for what its RUN lines fetch.
 */
export interface Schedule {
  cron: Cron;
  timeZone?: TimeZone;
}
/**
 * What npm run gc keeps of this image's publications, in the place of keepLast, keepFor and keepTags of factory.yaml. What one of the three keeps stays.
 */
export interface Keep {
  last?: KeepLast;
  for?: KeepFor;
  tags?: KeepTags;
}
/**
 * A field of the older tool in whatever shape it has: it may stand here, and nothing depends on it.
 */
export interface Updates {
  [k: string]: unknown;
}
/**
 * The older tool's second place for registry, repository, source, rebuildDelay, autoRebuild and updates. They count as the entry's own; where the entry says a thing itself, that stands.
 */
export interface NestedEnrollment {
  registry?: Registry;
  repository?: Repository;
  source?: SourceOfImage;
  rebuildDelay?: RebuildDelay;
  autoRebuild?: AutoRebuild;
  updates?: Updates;
}
/**
 * What of the image lies in the state repository, which is the folder of this file.
 */
export interface Local {
  dir?: LocalDir;
  dockerfile?: LocalDockerfile;
  versionFile?: VersionFile;
  patchFiles?: PatchFiles;
}
/**
 * What the entries share, and the entries.
 */
export interface ImagesWithDefaults {
  defaults?: Defaults;
  images: Images;
}
/**
 * Fields for every entry that does not set them. args, labels, annotations, timeouts and scan are merged key by key; a list or a text of an entry takes the place of the default.
 */
export interface Defaults {
  registry?: Registry;
  repository?: Repository;
  platforms?: Platforms;
  dockerfile?: Dockerfile;
  context?: Context;
  target?: Target;
  args?: Args;
  secrets?: Secrets;
  labels?: Labels;
  annotations?: Annotations;
  tags?: Tags;
  timeouts?: Timeouts;
  network?: Network;
  scan?: DefaultScan;
  rebuildDelay?: RebuildDelay;
  autoRebuild?: AutoRebuild;
  schedule?: Schedule;
  keep?: Keep;
}
/**
 * Which findings stop a publication, for every entry that does not say otherwise.
 */
export interface DefaultScan {
  severities?: Severities;
  unfixed?: Unfixed;
  os?: Os;
  database?: DefaultDatabase;
  exceptions?: Exceptions;
}
