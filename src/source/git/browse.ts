import type { GitSource } from "../../enrolment/enrolment.ts";
import { makeView, type View } from "./checkout.ts";
import { listRefs } from "./listing.ts";
import type { MirrorDeps } from "./mirror.ts";
import { readParts } from "./parts.ts";
import { expandRef, isCommit, newestRelease, refMissing, versionAt, versionOfTag } from "./refs.ts";
import { parseGitUrl } from "./url.ts";

/** A repository at one commit, to be looked into without checking it out. */
export interface BrowsedRepository extends Pick<View, "name" | "readText"> {
  /** The one that was asked for; otherwise the tag of the newest release, and undefined (HEAD) where there is none. */
  readonly ref: string | undefined;
  /** SemVer of the ref's tag, without a leading "v". */
  readonly version: string | undefined;
  /** Paths of all regular files. */
  readonly files: readonly string[];
}

/**
 * Fetches a repository into the mirror that builds use too, and lists it. Nothing of it is run or written elsewhere.
 * @throws FactoryError "source-ref-missing", "source-unavailable", "source-invalid" or "credentials-invalid".
 */
export async function browseGit(source: GitSource, deps: MirrorDeps): Promise<BrowsedRepository> {
  const url = parseGitUrl(source.url);
  const refs = await listRefs(url, source, deps);
  const ref = source.ref ?? newestRelease(refs);
  const name = expandRef(refs, ref);
  const given = ref?.toLowerCase() ?? "";
  const commit = isCommit(given) ? given : name === undefined ? undefined : refs.get(name);
  if (commit === undefined) throw refMissing(refs, ref, url.text);
  const parts = await readParts(source, commit, source.directory, [], deps);
  const view = makeView(parts, `${url.text} at ${ref ?? commit.slice(0, 12)}`, deps);
  return {
    name: view.name,
    readText: view.readText,
    ref,
    version: isCommit(given) ? versionAt(refs, commit) : versionOfTag(name ?? ""),
    files: parts.flatMap(({ entries }) =>
      entries.flatMap(({ kind, path }) => (kind === "file" ? [path] : [])),
    ),
  };
}
