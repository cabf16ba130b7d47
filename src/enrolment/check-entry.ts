import { checkArchive } from "./archive.ts";
import { namesHost } from "./destination.ts";
import { parseGitAddress } from "./git-address.ts";
import type { Image } from "./images-file.generated.ts";
import { checkLocal } from "./local.ts";
import { checkRepoUrl, checkSource } from "./older-forms.ts";
import type { Path, Problem } from "./problem.ts";
import { factsOf } from "./tags.ts";
import { needsCommit } from "./values.ts";

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
