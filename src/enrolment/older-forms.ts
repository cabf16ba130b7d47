import { formatRepository, parseRepository, type Repository } from "../registry/reference.ts";
import { destination } from "./destination.ts";
import type { GitCredentials, GitSource } from "./enrolment.ts";
import { parseGitAddress } from "./git-address.ts";
import type { Image, SourceOfImage } from "./images-file.generated.ts";
import type { Path, Problem } from "./problem.ts";

/** The entry with what stands under `enrollment` as its own; where the entry says a thing itself, that stands. */
export function flattened({ enrollment, ...own }: Image): Image {
  return { ...enrollment, ...own };
}

/** A path into a flattened entry as a path into the entry as it was written. */
export function asWritten(path: Path, entry: Image, at: Path): Path {
  const key = path[at.length] as keyof Image | undefined;
  const nested = key !== undefined && entry[key] === undefined && Object.hasOwn(entry.enrollment ?? {}, key);
  return nested ? [...at, "enrollment", ...path.slice(at.length)] : path;
}

const tokens: Readonly<Record<"github" | "gitlab", GitCredentials>> = {
  github: { kind: "variable", name: "GITHUB_TOKEN", user: "x-access-token", unset: "anonymous" },
  gitlab: { kind: "variable", name: "GITLAB_TOKEN", user: "oauth2", unset: "anonymous" },
};

/** The git source that `repo` of the older tool means; expects one that `checkSource` has passed. */
export function forgeSource(repo: string, { provider = "github", branch }: SourceOfImage): GitSource {
  const address = parseGitAddress(`${provider}:${repo}`, "/");
  if (!("url" in address)) throw new TypeError("a repository of a forge was passed that is none");
  return {
    kind: "git",
    url: address.url,
    ref: branch,
    directory: ".",
    credentials: tokens[provider],
    submodules: false,
    lfs: false,
  };
}

/** How long the older tool let a changed base stand where nothing else was said. */
export const olderDelay = "7d";

const kinds = ["git", "folder", "archive", "debian", "repo"] as const;

/** What goes with `repo` alone, and where the same is said of another source. */
const ofRepo = {
  provider: "a git source names its forge in its address: github:owner/name",
  branch: "the branch of a git source is ref in source.git",
  dockerfile: "for other sources dockerfile stands in the entry itself",
  workflow: "the workflow of a git source stands in source.git",
} as const;

/** What is wrong with the fields of a source taken together. */
export function checkSource({ source, dockerfile }: Image, at: Path): readonly Problem[] {
  if (source === undefined) return [];
  const path = [...at, "source"];
  const given = kinds.filter((kind) => source[kind] !== undefined);
  if (given.length > 1) {
    const expected = `expected exactly one of git, folder, archive and debian${source.repo === undefined ? "" : ", or repo"}`;
    return [{ path, text: `${expected}, got ${given.join(" and ")}` }];
  }
  if (given.length === 0) {
    const got = Object.keys(source).join(" and ");
    return [{ path, text: `expected git, folder, archive, debian or repo too, got ${got} alone` }];
  }
  const { repo, provider = "github" } = source;
  const problems: Problem[] = [];
  if (repo === undefined) {
    for (const [key, instead] of Object.entries(ofRepo)) {
      if (source[key as keyof typeof ofRepo] === undefined) continue;
      const text = `expected repo beside it (${instead}), got ${given[0]}`;
      problems.push({ path: [...path, key], onKey: true, text });
    }
    return problems;
  }
  const address = parseGitAddress(`${provider}:${repo}`, "/");
  if ("expected" in address) {
    const form = provider === "github" ? "owner/name" : "group/project";
    problems.push({
      path: [...path, "repo"],
      text: `expected ${form} as ${provider} has it, got ${JSON.stringify(repo)}`,
    });
  }
  if (dockerfile !== undefined && source.dockerfile !== undefined) {
    const text = "expected dockerfile here or in source, got both";
    problems.push({ path: [...at, "dockerfile"], onKey: true, text });
  }
  return problems;
}

/** The repository that a watched image's entry names, in one text or in two; `merged` has the defaults in it. */
export function watchedRepository(entry: Image, merged: Image): Repository {
  return entry.repoURL === undefined
    ? destination(merged.name, merged.registry, merged.repository)
    : parseRepository(entry.repoURL);
}

/** `repoURL` says the same as registry and repository, where those stand beside it. */
export function checkRepoUrl({ name, registry, repository, repoURL }: Image, at: Path): readonly Problem[] {
  if (repoURL === undefined || (registry === undefined && repository === undefined)) return [];
  const named = formatRepository(destination(name, registry, repository));
  if (formatRepository(parseRepository(repoURL)) === named) return [];
  const text = `expected ${named}, which registry and repository name, or none of those, got ${JSON.stringify(repoURL)}`;
  return [{ path: [...at, "repoURL"], text }];
}

/**
 * A pattern for tags as it was meant. The older tool escaped twice, and `^1\\.2$` then asks for a backslash; since no
 * tag has one, each pair of them stands for one.
 */
export function tagPattern(text: string): string {
  const once = text.replaceAll("\\\\", "\\");
  try {
    new RegExp(once, "u");
    return once;
  } catch {
    return text;
  }
}
