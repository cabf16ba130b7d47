import { join } from "node:path";
import type { Enrolment, FolderSource, GitSource } from "../enrolment/enrolment.ts";
import { factsOf } from "../enrolment/tags.ts";
import { keepJson, recallJson } from "../kept.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import type { Run } from "../run.ts";
import { identifyFolder, sendFolder } from "../source/folder.ts";
import { checkoutGit } from "../source/git/checkout.ts";
import { readPatches } from "../source/git/patches.ts";
import { createGitResolver, type GitFacts } from "../source/git/resolve.ts";
import type { SourceTree } from "../source/source-tree.ts";
import { createTurns, type Turns } from "../turns.ts";
import { type SourceHandle, unchanged } from "./source-handle.ts";

export interface SourceDoor {
  readonly run: Run;
  readonly workDir: string;
  readonly stateDir: string;
  /** Where credentials that are named by variable come from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Makes sure that git is there; called once a git source is looked at. */
  readonly ensureGit: () => Promise<void>;
  /** `REF=`, for the images that it is for. */
  readonly refOf: (image: string) => string | undefined;
  /** Opens a debian source, whose files are packages. */
  readonly openDebian: (enrolment: Enrolment) => Promise<SourceHandle>;
}

/** What a tree is apart from where it lies. */
interface TreeIdentity {
  readonly treeId: Digest;
  readonly dockerfile: string;
}

/** Each is some git processes, one after another. */
const checkoutsAtOnce = 8;

/** What the git sources of one run share. */
interface GitLooks {
  /** Checkouts that no build has taken yet. */
  readonly kept: Set<SourceTree>;
  readonly looks: Map<string, Promise<Look>>;
  readonly inTurn: Turns;
}

/** One tree as it was looked at, with the checkout that this took. */
interface Look {
  readonly identity: TreeIdentity;
  readonly tree: SourceTree | undefined;
}

/** Looks at sources; each repository, and each tree of it, is asked once, however many images are built from it. */
export interface SourceOpener {
  readonly open: (enrolment: Enrolment) => Promise<SourceHandle>;
  /** Removes what was checked out to be looked at and was not built after all. */
  readonly close: () => Promise<void>;
}

export function createSourceOpener(door: SourceDoor): SourceOpener {
  const resolveGit = createGitResolver(door);
  let git: Promise<void> | undefined;
  const kept = new Set<SourceTree>();
  const looks: GitLooks = { kept, looks: new Map(), inTurn: createTurns(checkoutsAtOnce) };
  const open = async (enrolment: Enrolment): Promise<SourceHandle> => {
    const { source } = enrolment;
    switch (source.kind) {
      case "git": {
        git ??= door.ensureGit();
        await git;
        const fromFile = enrolment.versionFile !== undefined;
        const wantsVersion = !fromFile && enrolment.tags.some((tag) => factsOf(tag).includes("version"));
        const ref = door.refOf(enrolment.name);
        const facts = await resolveGit(source, { ref, wantsVersion });
        const own = fromFile ? { ...facts, version: undefined } : facts;
        const handle = await openGit(enrolment, source, own, { ...door, ...looks });
        const asEnrolled = async () => (await resolveGit(source)).commit === facts.commit;
        return ref === undefined ? handle : { ...handle, asEnrolled };
      }
      case "folder":
        return openFolder(enrolment, source, door);
      case "debian":
        return door.openDebian(enrolment);
    }
  };
  const close = async () => {
    const unused = [...kept];
    kept.clear();
    await Promise.all(unused.map((tree) => tree.dispose()));
  };
  return { open, close };
}

function pathsOf({ dockerfile, context }: Enrolment) {
  return { dockerfile: dockerfile ?? "Dockerfile", context };
}

async function openFolder(
  enrolment: Enrolment,
  source: FolderSource,
  door: SourceDoor,
): Promise<SourceHandle> {
  const paths = pathsOf(enrolment);
  const { versionFile } = enrolment;
  const options = { ...door, ownFiles: versionFile === undefined ? [] : [versionFile] };
  const { treeId, dockerfile } = await identifyFolder(source, paths, options);
  return {
    commit: undefined,
    version: undefined,
    dockerfile,
    files: () => treeId,
    checkout: async () => unchanged(await sendFolder(source, paths, options), treeId, enrolment),
  };
}

/** A patched commit never changes, so what it is for a build is found out once a machine; that checkout is the first build's. */
async function openGit(
  enrolment: Enrolment,
  source: GitSource,
  facts: GitFacts,
  door: SourceDoor & GitLooks,
): Promise<SourceHandle> {
  const paths = pathsOf(enrolment);
  const { url, directory, submodules, lfs } = source;
  const patches = await readPatches(enrolment.patchFiles);
  const patched = patches.length === 0 ? {} : { patches: patches.map(({ digest }) => digest) };
  const name = digestOf(
    JSON.stringify({
      recipe: 1,
      url,
      directory,
      submodules,
      lfs,
      commit: facts.commit,
      ...paths,
      ...patched,
    }),
  );
  const file = join(door.workDir, "cache", "trees", `${name.slice("sha256:".length)}.json`);
  const checkout = () => checkoutGit(source, facts, paths, door, patches);
  const look = async (): Promise<Look> => {
    const known = await recallTree(file);
    if (known !== undefined) return { identity: known, tree: undefined };
    const tree = await door.inTurn(checkout);
    door.kept.add(tree);
    return { identity: await remember(tree, file), tree };
  };
  const shared = JSON.stringify([file, source.credentials ?? null]);
  const looked = door.looks.get(shared) ?? look();
  door.looks.set(shared, looked);
  const { identity, tree } = await looked;
  return {
    ...facts,
    dockerfile: identity.dockerfile,
    files: () => identity.treeId,
    checkout: async () =>
      tree !== undefined && door.kept.delete(tree)
        ? tree
        : unchanged(await checkout(), identity.treeId, enrolment),
  };
}

async function remember(tree: SourceTree, file: string): Promise<TreeIdentity> {
  if (tree.dockerfile === undefined) throw new Error("a git source has a Dockerfile");
  const identity = { treeId: tree.treeId, dockerfile: tree.dockerfile };
  await keepJson(file, identity);
  return identity;
}

async function recallTree(file: string): Promise<TreeIdentity | undefined> {
  const { treeId, dockerfile } = ((await recallJson(file)) ?? {}) as Partial<TreeIdentity>;
  return treeId === undefined || dockerfile === undefined ? undefined : { treeId, dockerfile };
}
