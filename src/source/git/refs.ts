import { suggestion } from "../../enrolment/suggestion.ts";
import { FactoryError } from "../../errors.ts";
import { semver } from "../../semver.ts";

/** What `git ls-remote` lists: the object of each ref, annotated tags followed to their commit, and HEAD. */
export type Refs = ReadonlyMap<string, string>;

/** A full object name, of a SHA-1 or a SHA-256 repository. */
export function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/**
 * Reads lines of `<object> TAB <ref>`; `<tag>^{}` is the commit that an annotated tag stands for and replaces it.
 * @see https://git-scm.com/docs/git-ls-remote#_output
 */
export function parseRefs(listing: string): Refs {
  const refs = new Map<string, string>();
  for (const line of listing.split("\n")) {
    const [object, name] = line.split("\t");
    if (object === undefined || name === undefined || !isCommit(object)) continue;
    refs.set(name.endsWith("^{}") ? name.slice(0, -3) : name, object);
  }
  return refs;
}

/**
 * The full name that a short one stands for, by git's own order: a tag goes before a branch of the same name.
 * @see https://git-scm.com/docs/gitrevisions
 */
export function expandRef(refs: Refs, ref: string | undefined): string | undefined {
  if (ref === undefined) return refs.has("HEAD") ? "HEAD" : undefined;
  return [ref, `refs/${ref}`, `refs/tags/${ref}`, `refs/heads/${ref}`].find((name) => refs.has(name));
}

/** The SemVer that a tag is, without its leading `v`; undefined for any other name. */
export function versionOfTag(name: string): string | undefined {
  const tag = name.startsWith("refs/tags/") ? name.slice("refs/tags/".length) : undefined;
  if (tag === undefined || !/^v?\d/.test(tag)) return undefined;
  const text = tag.replace(/^v/, "");
  return semver().valid(text) === null ? undefined : text;
}

/** The highest version whose tag stands at a commit: what a commit that is given in full is a release of. */
export function versionAt(refs: Refs, commit: string): string | undefined {
  const versions = [...refs].flatMap(([name, object]) =>
    object === commit ? (versionOfTag(name) ?? []) : [],
  );
  return versions.sort((a, b) => semver().rcompare(a, b))[0];
}

/** The tag of the highest version that is no pre-release: what a repository calls its newest release. */
export function newestRelease(refs: Refs): string | undefined {
  const releases = [...refs.keys()].flatMap((name) => {
    const version = versionOfTag(name);
    if (version === undefined || semver().prerelease(version) !== null) return [];
    return [{ version, tag: name.slice("refs/tags/".length) }];
  });
  return releases.sort((a, b) => semver().rcompare(a.version, b.version))[0]?.tag;
}

/** The error of a ref that the repository does not have, with the name that comes nearest. */
export function refMissing(refs: Refs, ref: string | undefined, url: string): FactoryError {
  if (ref === undefined) {
    return new FactoryError("source-ref-missing", `${url} has no HEAD that names a commit`, {
      hint: "Push a first commit, or set source.ref to a branch that exists.",
    });
  }
  if (/^[0-9a-f]{7,39}$/.test(ref)) {
    return new FactoryError("source-ref-missing", `${url} has no ref ${ref}`, {
      hint: "A commit is given by all 40 digits: a server does not look up shorter ones.",
    });
  }
  const names = [...refs.keys()].flatMap((name) => /^refs\/(?:heads|tags)\/(.+)$/.exec(name)?.[1] ?? []);
  const near = suggestion(ref, names);
  return new FactoryError("source-ref-missing", `${url} has no branch or tag ${JSON.stringify(ref)}`, {
    hint: near === undefined ? "Correct source.ref, or push it." : `Did you mean ${near}?`,
  });
}
