import type { GitSource } from "../../enrolment/enrolment.ts";
import type { Run } from "../../run.ts";
import { createLister, type Lister, repositoryName } from "./listing.ts";
import { expandRef, isCommit, type Refs, refMissing, versionAt, versionOfTag } from "./refs.ts";
import { parseGitUrl } from "./url.ts";

/** What a git source is at this moment. */
export interface GitFacts {
  /** Full object name: 40 or 64 hex digits. */
  readonly commit: string;
  /** The SemVer tag that the ref names, without a leading "v"; for a commit given in full the highest that stands there. */
  readonly version: string | undefined;
  /** Whether the ref is a tag, which is expected to stay where it is. */
  readonly onTag?: true;
}

export interface GitDeps {
  readonly run: Run;
  /** Where credentials that are named by variable come from, and the few variables that git itself needs. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface ResolveOptions {
  /** Takes the place of the source's ref, as `REF=` does. */
  readonly ref?: string | undefined;
  /**
   * Asks for the version of a full commit too. Any other ref is looked up in the repository, which tells the version
   * by the way; for a full commit nobody has to be asked, unless some tag says `{version}`.
   */
  readonly wantsVersion?: boolean;
}

/**
 * Makes the function that resolves refs. It lists each repository once, however many images are built from it and
 * however many ask at the same time, so that all of them see one state; a failed listing is tried again by the next.
 * The commit is looked up by git's own rules: `refs/…` as written, else a tag, else a branch; HEAD without a ref.
 * @param lister What lists repositories, where that is not this resolver's alone.
 * @throws FactoryError "source-ref-missing", "source-unavailable", "source-invalid" or "credentials-invalid".
 */
export function createGitResolver(
  deps: GitDeps,
  lister: Lister = createLister(deps),
): (source: GitSource, options?: ResolveOptions) => Promise<GitFacts> {
  const listings = new Map<string, Promise<Refs>>();
  const list = (source: GitSource): Promise<Refs> => {
    const key = repositoryName(source);
    const known = listings.get(key);
    if (known !== undefined) return known;
    const listing = lister.list(source);
    listings.set(key, listing);
    listing.catch(() => listings.delete(key));
    return listing;
  };
  return async (source, options = {}) => {
    const url = parseGitUrl(source.url);
    const ref = options.ref ?? source.ref;
    const given = fullCommit(ref);
    if (given !== undefined) {
      if (options.wantsVersion !== true) return { commit: given, version: undefined };
      return { commit: given, version: versionAt(await list(source), given) };
    }
    const refs = await list(source);
    const name = expandRef(refs, ref);
    const commit = name === undefined ? undefined : refs.get(name);
    if (commit === undefined) throw refMissing(refs, ref, url.text);
    return {
      commit,
      version: name === undefined ? undefined : versionOfTag(name),
      ...(name?.startsWith("refs/tags/") ? { onTag: true } : {}),
    };
  };
}

/** Begins to list the repository of a source, if resolving it so will ask for that. */
export function listAhead(source: GitSource, { ref, wantsVersion }: ResolveOptions, lister: Lister): void {
  if (fullCommit(ref ?? source.ref) !== undefined && wantsVersion !== true) return;
  lister.ahead(source);
}

function fullCommit(ref: string | undefined): string | undefined {
  const given = ref?.toLowerCase();
  return given !== undefined && isCommit(given) ? given : undefined;
}
