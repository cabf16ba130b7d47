import type { ArchiveSource, Enrolment, FolderSource, GitSource } from "../enrolment/enrolment.ts";
import type { Run } from "../run.ts";
import type { Lister } from "../source/git/listing.ts";
import type { Patch } from "../source/git/patches.ts";
import { createGitResolver, type GitFacts } from "../source/git/resolve.ts";
import { wantsVersion } from "./begin-sources.ts";
import { pathsOf, type SourceHandle, unchanged } from "./source-handle.ts";
import { createTreeLooks, type TreeLooks } from "./tree-looks.ts";

export interface SourceDoor {
  readonly run: Run;
  readonly workDir: string;
  readonly stateDir: string;
  /** Where credentials that are named by variable come from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Lists repositories; by default one of this opener's own. */
  readonly lister?: Lister;
  /** Makes sure that git is there; called once a git source is looked at. */
  readonly ensureGit: () => Promise<void>;
  /** `REF=`, for the images that it is for. */
  readonly refOf: (image: string) => string | undefined;
  /** Opens a debian source, whose files are packages. */
  readonly openDebian: (enrolment: Enrolment) => Promise<SourceHandle>;
}

/** Looks at sources; each repository, and each tree of it, is asked once, however many images are built from it. */
export interface SourceOpener {
  readonly open: (enrolment: Enrolment) => Promise<SourceHandle>;
  /** Removes what was checked out to be looked at and was not built after all. */
  readonly close: () => Promise<void>;
}

export function createSourceOpener(door: SourceDoor): SourceOpener {
  const resolveGit = createGitResolver(door, door.lister);
  let git: Promise<void> | undefined;
  const { look, close } = createTreeLooks(door.workDir);
  let openArchive: ((enrolment: Enrolment, source: ArchiveSource) => Promise<SourceHandle>) | undefined;
  const open = async (enrolment: Enrolment): Promise<SourceHandle> => {
    const { source } = enrolment;
    switch (source.kind) {
      case "git": {
        git ??= door.ensureGit();
        await git;
        const fromFile = enrolment.versionFile !== undefined;
        const ref = door.refOf(enrolment.name);
        const facts = await resolveGit(source, { ref, wantsVersion: wantsVersion(enrolment) });
        const own = fromFile ? { ...facts, version: undefined } : facts;
        const handle = await openGit(enrolment, source, own, { ...door, look });
        const asEnrolled = async () => (await resolveGit(source)).commit === facts.commit;
        return ref === undefined ? handle : { ...handle, asEnrolled };
      }
      case "folder":
        return openFolder(enrolment, source, door);
      case "archive": {
        const { createArchiveOpener } = await import("./open-archive.ts");
        openArchive ??= createArchiveOpener({ ...door, look });
        return openArchive(enrolment, source);
      }
      case "debian":
        return door.openDebian(enrolment);
    }
  };
  return { open, close };
}

async function openFolder(
  enrolment: Enrolment,
  source: FolderSource,
  door: SourceDoor,
): Promise<SourceHandle> {
  const { identifyFolder, sendFolder } = await import("../source/folder.ts");
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

/** A patched commit never changes. */
async function openGit(
  enrolment: Enrolment,
  source: GitSource,
  facts: GitFacts,
  door: SourceDoor & Pick<TreeLooks, "look">,
): Promise<SourceHandle> {
  const paths = pathsOf(enrolment);
  const { url, directory, submodules, lfs, credentials } = source;
  const patches = await patchesOf(enrolment);
  const patched = patches.length === 0 ? {} : { patches: patches.map(({ digest }) => digest) };
  const inputs = { url, directory, submodules, lfs, commit: facts.commit, ...paths, ...patched };
  // A tree that is known is not checked out, and a repository is asked before what does so is loaded.
  const checkout = async () => {
    const { checkoutGit } = await import("../source/git/checkout.ts");
    return checkoutGit(source, facts, paths, door, patches);
  };
  return { ...facts, ...(await door.look({ inputs, credentials, checkout }, enrolment)) };
}

async function patchesOf({ patchFiles }: Enrolment): Promise<readonly Patch[]> {
  if (patchFiles.length === 0) return [];
  const { readPatches } = await import("../source/git/patches.ts");
  return readPatches(patchFiles);
}
