import type { SemVer } from "semver";
import type { TagRule, WatchedImage } from "../enrolment/enrolment.ts";
import { formatRepository, type Reference } from "../registry/reference.ts";
import { semver } from "../semver.ts";
import { matchingTags } from "./tag-expression.ts";

/** What a rule makes of a repository's tags. */
export type TagSelection =
  | { readonly kind: "selected"; readonly tag: string }
  /** The rule allows none of the tags. */
  | { readonly kind: "none" }
  /** Digest watches one tag, and the rule allows several. */
  | { readonly kind: "ambiguous"; readonly tags: readonly string[] };

/**
 * The tag that a rule selects, as Kargo does: SemVer the highest version, Lexical the last by name, NewestBuild the
 * one built last (`builtAt`: ISO 8601 by tag; tags without one do not count), Digest the only one that is allowed.
 * @throws FactoryError "images-invalid" when `allowTags` takes too long; so does everything here that asks a rule.
 */
export function selectTag(
  rule: TagRule,
  tags: readonly string[],
  builtAt: ReadonlyMap<string, string> = new Map(),
): TagSelection {
  const [first, ...others] = rankTags(rule, tags, builtAt);
  if (first === undefined) return { kind: "none" };
  if (rule.strategy === "Digest" && others.length > 0) return { kind: "ambiguous", tags: [first, ...others] };
  return { kind: "selected", tag: first };
}

/** The tags that a rule prefers to one that is in use, the best first; all where the rule does not know that one. */
export function newerTags(
  rule: TagRule,
  tags: readonly string[],
  inUse: string,
  builtAt: ReadonlyMap<string, string> = new Map(),
): readonly string[] {
  const ranked = rankTags(rule, tags, builtAt);
  const at = ranked.indexOf(inUse);
  return at < 0 ? ranked : ranked.slice(0, at);
}

/** Whether a rule names the tag at all, by `allowTags` and `ignoreTags`. */
export function allowsTag(rule: TagRule, tag: string): boolean {
  return allowedOf(rule, [tag]).length > 0;
}

function allowedOf({ allowTags, ignoreTags }: TagRule, tags: readonly string[]): readonly string[] {
  const left = ignoreTags.length === 0 ? tags : tags.filter((tag) => !ignoreTags.includes(tag));
  return allowTags === undefined ? left : matchingTags(allowTags, left);
}

/**
 * Whether what a Dockerfile names is what a rule is about. A tag that moves (`20`, `20.3-slim`) is within a range where
 * some version that it stands for is.
 */
export function coversTag(rule: TagRule, tag: string): boolean {
  if (!allowsTag(rule, tag)) return false;
  if (rule.constraint === undefined) return true;
  // More digits than these are no version to semver.
  const [, major, minor, patch] = /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-.*)?$/.exec(tag) ?? [];
  if (major === undefined) return false;
  const { Range } = semver();
  const versions = new Range(`${major}.${minor ?? "x"}.${patch ?? "x"}`);
  return versions.intersects(new Range(rule.constraint));
}

/** Whether a reference is of the repository that an entry watches, and its tag within the entry's rule. */
export function isWatchedBy({ repository, rule }: WatchedImage, { tag, ...of }: Reference): boolean {
  return tag !== undefined && formatRepository(of) === formatRepository(repository) && coversTag(rule, tag);
}

/**
 * The tags whose time of building NewestBuild needs, those first that come last when numbers in them count as numbers:
 * where there are too many to ask for all, those are likely the newest.
 */
export function buildCandidates(rule: TagRule, tags: readonly string[]): readonly string[] {
  // Here, and not for every command that loads this file: it takes milliseconds to make.
  const natural = new Intl.Collator("en", { numeric: true });
  return allowedOf(rule, tags).toSorted((a, b) => natural.compare(b, a) || byName(b, a));
}

function rankTags(
  rule: TagRule,
  tags: readonly string[],
  builtAt: ReadonlyMap<string, string>,
): readonly string[] {
  const allowed = allowedOf(rule, tags).toSorted((a, b) => byName(b, a));
  switch (rule.strategy) {
    case "SemVer":
      return byVersion(allowed, rule.constraint);
    case "NewestBuild":
      return allowed
        .filter((tag) => builtAt.has(tag))
        .toSorted((a, b) => Date.parse(builtAt.get(b) ?? "") - Date.parse(builtAt.get(a) ?? ""));
    default:
      return allowed;
  }
}

interface Version {
  readonly tag: string;
  readonly version: SemVer;
}

/**
 * Only whole versions count: `22` and `22.1` are names that move. Without a constraint a prerelease counts where
 * there is no release.
 */
function byVersion(tags: readonly string[], constraint: string | undefined): readonly string[] {
  const versions = tags
    .flatMap((tag): readonly Version[] => {
      const version = semver().parse(tag);
      return version === null ? [] : [{ tag, version }];
    })
    .toSorted((a, b) => semver().rcompare(a.version, b.version));
  const fitting =
    constraint === undefined
      ? releasesFirst(versions)
      : versions.filter(({ version }) => fits(version, constraint));
  return fitting.map(({ tag }) => tag);
}

function releasesFirst(versions: readonly Version[]): readonly Version[] {
  const isRelease = ({ version }: Version) => version.prerelease.length === 0;
  return versions.some(isRelease) ? versions.filter(isRelease) : versions;
}

/**
 * As Masterminds' semver reads a constraint: a prerelease fits only an alternative that names one itself, and then of
 * any version.
 * @see https://github.com/Masterminds/semver#working-with-prerelease-versions
 */
function fits(version: SemVer, constraint: string): boolean {
  return constraint
    .split("||")
    .some((range) => semver().satisfies(version, range, { includePrerelease: /\d-[0-9A-Za-z]/.test(range) }));
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
