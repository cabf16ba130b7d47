import { resolve } from "node:path";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { type Platform, platforms } from "../platform.ts";
import { isDigest } from "../registry/digest.ts";
import { archiveOf, checkArchive } from "./archive.ts";
import { destination, namesHost } from "./destination.ts";
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
import { checkLocal } from "./local.ts";
import {
  checkRepoUrl,
  checkSource,
  forgeSource,
  olderDelay,
  tagPattern,
  watchedRepository,
} from "./older-forms.ts";
import { plainPath } from "./plain-path.ts";
import type { Path, Problem } from "./problem.ts";
import { factsOf } from "./tags.ts";
import { needsCommit } from "./values.ts";

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

/** What no schema can say of a single entry: fields that do not go together. `merged` has the defaults in it. */
export function checkEntry(entry: Image, merged: Image, at: Path): readonly Problem[] {
  if (merged.source === undefined) return checkWatched(entry, merged, at);
  const source = checkSource(entry, at);
  return [
    ...source,
    ...checkName(entry, at),
    ...checkNotWatched(entry, at),
    ...checkRepository(merged, at),
    ...checkCredentials(entry, at),
    ...(source.length > 0
      ? []
      : [
          ...checkDebian(entry, merged, at),
          ...checkArchive(entry, at),
          ...checkLocal(entry, merged, at),
          ...checkPlaceholders(merged, at),
        ]),
    ...checkRepeats(merged, at),
  ];
}

/** Names of a built image's Kubernetes objects are made from its own. */
const longestName = 40;

function checkName({ name }: Image, at: Path): readonly Problem[] {
  if (name.length <= longestName) return [];
  const text = `expected at most ${longestName} characters, got ${name.length}`;
  return [{ path: [...at, "name"], text }];
}

const watchedOnly = [
  "allowTags",
  "imageSelectionStrategy",
  "constraint",
  "ignoreTags",
  "endOfLife",
  "digest",
  "repoURL",
] as const;

function checkNotWatched(entry: Image, at: Path): readonly Problem[] {
  return watchedOnly.flatMap((key) => {
    if (entry[key] === undefined) return [];
    const text =
      "expected no source beside it, for it says how an image of somebody else is watched, got one";
    return [{ path: [...at, key], onKey: true, text }];
  });
}

const ofBuilds = [
  "dockerfile",
  "context",
  "target",
  "args",
  "secrets",
  "labels",
  "annotations",
  "tags",
  "timeouts",
  "network",
  "scan",
  "schedule",
  "local",
] as const;

/** An entry without source: an image of somebody else, which only its repository can name. */
function checkWatched(entry: Image, merged: Image, at: Path): readonly Problem[] {
  if (merged.repository === undefined && merged.registry === undefined && entry.repoURL === undefined) {
    const text = "expected a source, or the repository of an image that is only watched, got neither";
    return [{ path: at, text }];
  }
  const problems: Problem[] = ofBuilds.flatMap((key) => {
    if (entry[key] === undefined) return [];
    const text = "expected a source too, for without one the image is only watched, got none";
    return [{ path: [...at, key], onKey: true, text }];
  });
  if (entry.constraint !== undefined && (entry.imageSelectionStrategy ?? "Lexical") !== "SemVer") {
    const text =
      "expected imageSelectionStrategy SemVer beside it, which alone compares versions, got another";
    problems.push({ path: [...at, "constraint"], onKey: true, text });
  }
  return [...checkRepository(merged, at), ...checkRepoUrl(entry, at), ...problems];
}

function checkRepository({ registry, repository }: Image, at: Path): readonly Problem[] {
  if (registry === undefined || repository === undefined || !namesHost(repository)) return [];
  const text = `expected a repository without a host, which registry names (${registry}), got ${JSON.stringify(repository)}`;
  return [{ path: [...at, "repository"], text }];
}

function checkCredentials({ source }: Image, at: Path): readonly Problem[] {
  const git = source?.git;
  if (git === undefined || typeof git === "string" || git.credentials === undefined) return [];
  const { variable, file, sshKey, knownHosts, user } = git.credentials;
  const path = [...at, "source", "git", "credentials"];
  const problem = (text: string): readonly Problem[] => [{ path, text }];
  const given = Object.keys(git.credentials).join(" and ");
  const kinds = [variable, file, sshKey].filter((kind) => kind !== undefined).length;
  if (
    kinds !== 1 ||
    (sshKey === undefined) !== (knownHosts === undefined) ||
    (sshKey !== undefined && user !== undefined)
  ) {
    return problem(
      `expected variable or file, each with or without user, or sshKey with knownHosts, got ${given}`,
    );
  }
  const address = parseGitAddress(git.url, "/");
  const url = "url" in address ? address.url : "";
  if (url.startsWith("https://")) {
    return sshKey === undefined ? [] : problem("expected variable or file for an https address, got sshKey");
  }
  if (url.startsWith("http://"))
    return problem("expected an https or ssh address, over which alone credentials are sent, got http");
  if (url.startsWith("/")) return problem("expected no credentials for a path of this machine, got some");
  return sshKey === undefined
    ? problem(`expected sshKey with knownHosts for an ssh address, got ${given}`)
    : [];
}

function checkDebian(entry: Image, merged: Image, at: Path): readonly Problem[] {
  if (entry.source?.debian === undefined) return [];
  const problems: Problem[] = [];
  const { variant, packages } = entry.source.debian;
  if (packages === undefined && variant !== "minbase") {
    const text = "expected packages, or variant: minbase, got neither";
    problems.push({ path: [...at, "source", "debian"], text });
  }
  if (entry.context !== undefined) {
    const text = "expected none for a debian source, whose context is the root filesystem, got one";
    problems.push({ path: [...at, "context"], onKey: true, text });
  }
  if (merged.dockerfile !== undefined) return problems;
  for (const key of ["target", "args", "secrets", "network"] as const) {
    if (entry[key] === undefined) continue;
    const text = "expected a dockerfile too, which alone can make use of it, got none";
    problems.push({ path: [...at, key], onKey: true, text });
  }
  return problems;
}

function checkPlaceholders(merged: Image, at: Path): readonly Problem[] {
  if (merged.source?.git !== undefined || merged.source?.repo !== undefined) return [];
  const kind = (["folder", "archive"] as const).find((one) => merged.source?.[one] !== undefined) ?? "debian";
  const problems: Problem[] = [];
  (merged.tags ?? []).forEach((tag, index) => {
    const needs = factsOf(tag).filter(
      (fact) => fact !== "date" && (fact !== "version" || merged.local?.versionFile === undefined),
    );
    if (needs.length === 0) return;
    const text = `expected a git source, which alone has a ${needs.join(" and a ")}, got ${kind} and ${JSON.stringify(tag)}`;
    problems.push({ path: [...at, "tags", index], text });
  });
  for (const field of ["args", "labels", "annotations"] as const) {
    if (!needsCommit(merged[field] ?? {})) continue;
    problems.push({ path: [...at, field], text: `expected a git source for {commit}, got ${kind}` });
  }
  return problems;
}

function checkRepeats(merged: Image, at: Path): readonly Problem[] {
  const problems: Problem[] = [];
  const ids = new Set<string>();
  (merged.secrets ?? []).forEach(({ id }, index) => {
    if (ids.has(id)) {
      const text = `expected each secret once, got ${JSON.stringify(id)} again`;
      problems.push({ path: [...at, "secrets", index, "id"], text });
    }
    ids.add(id);
  });
  return problems;
}
