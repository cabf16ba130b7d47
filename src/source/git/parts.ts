import type { GitSource } from "../../enrolment/enrolment.ts";
import { FactoryError } from "../../errors.ts";
import { pathMissing } from "../source-path.ts";
import { completeTree, inMirror, type Mirror, type MirrorDeps, mirrorOf } from "./mirror.ts";
import { withCommit } from "./mirror-commits.ts";
import { applyPatches, type Patch } from "./patches.ts";
import { type GitEntry, parseTree } from "./tree.ts";
import { type GitUrl, parseGitUrl, parseSubmoduleUrl } from "./url.ts";

/** A tree of one repository that makes up a source, or the part of it below `prefix`: a submodule. */
export interface Part {
  readonly mirror: Mirror;
  readonly commit: string;
  /** The tree that stands at `prefix`, as git looks it up. */
  readonly tree: string;
  /** Path relative to the source's root; "" is the root. */
  readonly prefix: string;
  /** Paths are relative to the source's root. */
  readonly entries: readonly GitEntry[];
}

/** Submodules in submodules in …: a repository that goes deeper is taken for one that contains itself. */
const deepest = 10;

/**
 * Fetches and lists a commit with the patches applied to it, and its submodules where they are asked for: the source
 * itself first.
 * @throws FactoryError "source-ref-missing", "source-unavailable", "source-invalid" or "credentials-invalid".
 */
export async function readParts(
  source: GitSource,
  commit: string,
  directory: string,
  patches: readonly Patch[],
  deps: MirrorDeps,
): Promise<readonly Part[]> {
  const url = parseGitUrl(source.url);
  const partial = directory !== "." && !source.submodules && !source.lfs;
  const mirror = mirrorOf(url, source.credentials, partial, deps.workDir);
  const root = await readPart(mirror, commit, directory, "", deps);
  const patched = patches.length === 0 ? root : await applyPatches(root, patches, deps);
  return source.submodules ? [patched, ...(await readSubmodules(root, directory, 1, deps))] : [patched];
}

function readPart(
  mirror: Mirror,
  commit: string,
  directory: string,
  prefix: string,
  deps: MirrorDeps,
): Promise<Part> {
  const name = `${mirror.url.text} at ${commit.slice(0, 12)}`;
  return withCommit(mirror, commit, deps, async () => {
    const tree = directory === "." ? `${commit}^{tree}` : await findTree(mirror, commit, directory, deps);
    if (tree === undefined) throw pathMissing("directory", directory, name);
    await completeTree(mirror, tree, deps);
    const { stdout } = await inMirror(mirror, ["ls-tree", "-r", "-z", tree], deps);
    const entries = parseTree(stdout, name);
    const placed =
      prefix === "" ? entries : entries.map((entry) => ({ ...entry, path: `${prefix}/${entry.path}` }));
    return { mirror, commit, tree, prefix, entries: placed };
  });
}

/** Looks into trees alone: a partial mirror has nothing else yet. */
async function findTree(
  mirror: Mirror,
  commit: string,
  directory: string,
  deps: MirrorDeps,
): Promise<string | undefined> {
  const args = ["ls-tree", "-z", "-d", "--full-tree", commit, "--", directory];
  const { stdout } = await inMirror(mirror, args, deps);
  return /^\d+ tree ([0-9a-f]+)\t/.exec(stdout)?.[1];
}

/** `directory` is where the part's tree lies in its repository: what .gitmodules writes is relative to the latter. */
async function readSubmodules(
  part: Part,
  directory: string,
  depth: number,
  deps: MirrorDeps,
): Promise<Part[]> {
  const links = part.entries.filter((entry) => entry.kind === "submodule");
  if (links.length === 0) return [];
  if (depth > deepest) {
    throw new FactoryError(
      "source-invalid",
      `${part.mirror.url.text} has submodules more than ${deepest} deep`,
    );
  }
  const addresses = await readAddresses(part, deps);
  const parts: Part[] = [];
  for (const link of links) {
    const within = part.prefix === "" ? link.path : link.path.slice(part.prefix.length + 1);
    const address = addresses.get(directory === "." ? within : `${directory}/${within}`);
    if (address === undefined) {
      throw new FactoryError(
        "source-invalid",
        `.gitmodules of ${part.mirror.url.text} has no address for ${link.path}`,
      );
    }
    const url = parseSubmoduleUrl(address, part.mirror.url);
    const credentials = sameServer(url, part.mirror.url) ? part.mirror.credentials : undefined;
    const mirror = mirrorOf(url, credentials, false, deps.workDir);
    const submodule = await readPart(mirror, link.object, ".", link.path, deps);
    parts.push(submodule, ...(await readSubmodules(submodule, ".", depth + 1, deps)));
  }
  return parts;
}

/** Path to URL, as .gitmodules has them; read as text, so nothing else in it has any effect. */
function readAddresses(part: Part, deps: MirrorDeps): Promise<ReadonlyMap<string, string>> {
  return withCommit(part.mirror, part.commit, deps, async () => {
    const args = [
      "config",
      `--blob=${part.commit}:.gitmodules`,
      "-z",
      "--get-regexp",
      "^submodule\\..*\\.(path|url)$",
    ];
    const { stdout } = await inMirror(part.mirror, args, deps, { alsoOk: [1, 128] });
    const modules = new Map<string, { path?: string; url?: string }>();
    for (const record of stdout.split("\0")) {
      const [, name, field, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(record) ?? [];
      if (name !== undefined && field !== undefined)
        modules.set(name, { ...modules.get(name), [field]: value });
    }
    return new Map(
      [...modules.values()].flatMap(({ path, url }) => (path && url ? [[path, url] as const] : [])),
    );
  });
}

/** Credentials go to the server that they were given for, and to no other that a repository names. */
function sameServer(a: GitUrl, b: GitUrl): boolean {
  return (
    a.transport === b.transport && a.origin === b.origin && (a.transport !== "ssh" || hostOf(a) === hostOf(b))
  );
}

function hostOf(url: GitUrl): string {
  return /^(?:ssh:\/\/)?(?:[^@/]*@)?([^:/]+)/.exec(url.text)?.[1] ?? url.text;
}
