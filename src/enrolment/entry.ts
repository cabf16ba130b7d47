import { resolve } from "node:path";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { type Platform, platforms } from "../platform.ts";
import { isDigest } from "../registry/digest.ts";
import { archiveOf } from "./archive.ts";
import { destination } from "./destination.ts";
import { parseDuration } from "./duration.ts";
import type {
  BuildSecret,
  Enrolment,
  GitCredentials,
  KeepRule,
  ScanPolicy,
  Source,
  WatchedImage,
} from "./enrolment.ts";
import { parseGitAddress } from "./git-address.ts";
import type { Credentials, Defaults, Git, Image, Scan, Secret } from "./images-file.generated.ts";
import { forgeSource, olderDelay, tagPattern, watchedRepository } from "./older-forms.ts";
import { plainPath } from "./plain-path.ts";

/** An entry with what the defaults add to it. */
export function withDefaults(defaults: Defaults, entry: Image): Image {
  const merged: Image = { ...defaults, ...entry };
  if (defaults.args !== undefined) merged.args = { ...defaults.args, ...entry.args };
  if (defaults.labels !== undefined) merged.labels = { ...defaults.labels, ...entry.labels };
  if (defaults.annotations !== undefined)
    merged.annotations = { ...defaults.annotations, ...entry.annotations };
  if (defaults.timeouts !== undefined) merged.timeouts = { ...defaults.timeouts, ...entry.timeouts };
  if (defaults.scan !== undefined) merged.scan = { ...defaults.scan, ...entry.scan };
  if (defaults.keep !== undefined) merged.keep = { ...defaults.keep, ...entry.keep };
  return merged;
}

/** An entry of an image that is built here. */
export type BuiltImage = Image & { readonly source: NonNullable<Image["source"]> };

export function isBuilt(image: Image): image is BuiltImage {
  return image.source !== undefined;
}

/** The enrolment that an entry means; expects one that the schema has passed, and `folder` absolute. */
export function enrolmentOf(image: BuiltImage, position: string, folder: string): Enrolment {
  const source = sourceOf(image, folder);
  const { args, labels, annotations } = image;
  return {
    name: image.name,
    position,
    repository: destination(image.name, image.registry, image.repository),
    platforms: ordered(image.platforms ?? platforms),
    source,
    dockerfile: dockerfileOf(image, source),
    context: source.kind === "debian" ? "." : plainPath(image.context ?? "."),
    target: image.target,
    args: { ...args },
    secrets: (image.secrets ?? []).map((secret) => secretOf(secret, folder)),
    labels: { ...labels },
    annotations: { ...annotations },
    tags: image.tags ?? ["latest"],
    timeouts: {
      buildMs: milliseconds(image.timeouts?.build ?? "1h"),
      scanMs: milliseconds(image.timeouts?.scan ?? defaultScanTime),
    },
    network: image.network ?? "default",
    scan: scanOf(image.scan ?? {}),
    rebuildDelayMs: milliseconds(image.rebuildDelay ?? (image.source.repo === undefined ? "0s" : olderDelay)),
    autoRebuild: image.autoRebuild ?? true,
    schedule:
      image.schedule === undefined
        ? undefined
        : { cron: image.schedule.cron, timeZone: image.schedule.timeZone ?? "UTC" },
    workflow: image.source.workflow ?? gitWorkflow(image.source.git),
    patchFiles: (image.local?.patchFiles ?? []).map((file) => resolve(folder, file)),
    versionFile:
      image.local?.versionFile === undefined ? undefined : resolve(folder, image.local.versionFile),
    ...(image.keep === undefined ? {} : { keep: keepOf(image.keep) }),
  };
}

function keepOf({ last, for: time, tags }: NonNullable<Image["keep"]>): KeepRule {
  return {
    ...(last === undefined ? {} : { last }),
    ...(time === undefined ? {} : { forMs: milliseconds(time) }),
    ...(tags === undefined ? {} : { tags: tagPattern(tags) }),
  };
}

/** The image of somebody else that an entry without source means; `image` is it with the defaults, passed by the schema. */
export function watchedOf(entry: Image, image: Image, position: string): WatchedImage {
  return {
    name: image.name,
    position,
    repository: watchedRepository(entry, image),
    rule: {
      strategy: image.imageSelectionStrategy ?? "Lexical",
      allowTags: image.allowTags === undefined ? undefined : tagPattern(image.allowTags),
      constraint: image.constraint,
      ignoreTags: image.ignoreTags ?? [],
    },
    endOfLife: image.endOfLife,
    pinned: image.digest !== undefined && isDigest(image.digest) ? image.digest : undefined,
  };
}

function ordered(wanted: readonly Platform[]): NonEmpty<Platform> {
  const sorted = platforms.filter((platform) => wanted.includes(platform));
  return isNonEmpty(sorted) ? sorted : platforms;
}

function dockerfileOf(image: BuiltImage, source: Source): string | undefined {
  const dockerfile = image.source.dockerfile ?? image.dockerfile;
  if (dockerfile !== undefined) return plainPath(dockerfile);
  return source.kind === "debian" ? undefined : "Dockerfile";
}

function sourceOf(image: BuiltImage, folder: string): Source {
  const { git, folder: path, archive, debian, repo } = image.source;
  if (repo !== undefined) return forgeSource(repo, image.source);
  if (git !== undefined) return gitOf(typeof git === "string" ? { url: git } : git, folder);
  if (path !== undefined) return { kind: "folder", path: resolve(folder, path) };
  if (archive !== undefined) return archiveOf(archive, folder);
  if (debian === undefined) throw new TypeError("the schema passed a source of no kind");
  return {
    kind: "debian",
    suite: debian.suite,
    components: debian.components ?? ["main"],
    variant: debian.variant ?? "extract",
    packages: debian.packages ?? [],
    mirror: debian.mirror,
  };
}

function gitWorkflow(git: Git | undefined): string | undefined {
  return typeof git === "object" ? git.workflow : undefined;
}

function gitOf(git: Exclude<Git, string>, folder: string): Source {
  const address = parseGitAddress(git.url, folder);
  if (!("url" in address)) throw new TypeError("the schema passed a git address that is none");
  return {
    kind: "git",
    url: address.url,
    ref: git.ref,
    directory: plainPath(git.directory ?? "."),
    credentials: git.credentials === undefined ? undefined : credentialsOf(git.credentials, folder),
    submodules: git.submodules ?? false,
    lfs: git.lfs ?? false,
  };
}

function credentialsOf(given: Credentials, folder: string): GitCredentials | undefined {
  const user = given.user ?? "x-access-token";
  if (given.variable !== undefined) return { kind: "variable", name: given.variable, user };
  if (given.file !== undefined) return { kind: "file", path: resolve(folder, given.file), user };
  if (given.sshKey === undefined || given.knownHosts === undefined) return undefined;
  return { kind: "ssh", key: resolve(folder, given.sshKey), knownHosts: resolve(folder, given.knownHosts) };
}

function secretOf(secret: Secret, folder: string): BuildSecret {
  return secret.env === undefined
    ? { id: secret.id, from: "file", path: resolve(folder, secret.file ?? "") }
    : { id: secret.id, from: "variable", name: secret.env };
}

/** How long a scan may take. */
export const defaultScanTime = "15m";

/** The policy of an image of which images.yaml says nothing. */
export const defaultPolicy: ScanPolicy = scanOf({});

function scanOf(scan: Scan): ScanPolicy {
  return {
    severities: scan.severities ?? ["HIGH", "CRITICAL"],
    unfixed: scan.unfixed ?? false,
    os: scan.os ?? "detect",
    database: scan.database ?? "official",
    exceptions: (scan.exceptions ?? []).map((exception) => ({ ...exception, package: exception.package })),
  };
}

function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new TypeError(`the schema passed ${text}, which is no duration`);
  return ms;
}
