import { join } from "node:path";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { keepJson, recallJson } from "../kept.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import type { SourceTree } from "../source/source-tree.ts";
import { createTurns } from "../turns.ts";
import { type SourceHandle, unchanged } from "./source-handle.ts";

/** A source that never changes: a commit, or an archive of a digest. */
export interface FixedSource {
  /** All that what is sent follows from, other than the recipe; JSON-able. */
  readonly inputs: object;
  /** Where it may only be looked at with these, so that nobody sees what others may. */
  readonly credentials: unknown;
  readonly checkout: () => Promise<SourceTree>;
}

/** Finds out what fixed sources are for a build. */
export interface TreeLooks {
  /** Once a machine for each source; the checkout that this takes is the first build's. */
  readonly look: (
    source: FixedSource,
    enrolment: Enrolment,
  ) => Promise<Pick<SourceHandle, "dockerfile" | "files" | "checkout">>;
  /** Removes what was checked out to be looked at and was not built after all. */
  readonly close: () => Promise<void>;
}

/** What a tree is apart from where it lies. */
interface TreeIdentity {
  readonly treeId: Digest;
  readonly dockerfile: string;
}

/** One tree as it was looked at, with the checkout that this took. */
interface Look {
  readonly identity: TreeIdentity;
  readonly tree: SourceTree | undefined;
}

/** Each is some git processes, one after another, or an archive to unpack. */
const checkoutsAtOnce = 8;

export function createTreeLooks(workDir: string): TreeLooks {
  /** Checkouts that no build has taken yet. */
  const kept = new Set<SourceTree>();
  const looks = new Map<string, Promise<Look>>();
  const inTurn = createTurns(checkoutsAtOnce);
  const lookAt = async (file: string, checkout: FixedSource["checkout"]): Promise<Look> => {
    const known = recallTree(file);
    if (known !== undefined) return { identity: known, tree: undefined };
    const tree = await inTurn(checkout);
    kept.add(tree);
    return { identity: await remember(tree, file), tree };
  };
  return {
    look: async ({ inputs, credentials, checkout }, enrolment) => {
      const name = digestOf(JSON.stringify({ recipe: 1, ...inputs }));
      const file = join(workDir, "cache", "trees", `${name.slice("sha256:".length)}.json`);
      const shared = JSON.stringify([file, credentials ?? null]);
      const looked = looks.get(shared) ?? lookAt(file, checkout);
      looks.set(shared, looked);
      const { identity, tree } = await looked;
      return {
        dockerfile: identity.dockerfile,
        files: () => identity.treeId,
        checkout: async () =>
          tree !== undefined && kept.delete(tree)
            ? tree
            : unchanged(await checkout(), identity.treeId, enrolment),
      };
    },
    close: async () => {
      const unused = [...kept];
      kept.clear();
      await Promise.all(unused.map((tree) => tree.dispose()));
    },
  };
}

async function remember(tree: SourceTree, file: string): Promise<TreeIdentity> {
  if (tree.dockerfile === undefined) throw new Error("such a source has a Dockerfile");
  const identity = { treeId: tree.treeId, dockerfile: tree.dockerfile };
  await keepJson(file, identity);
  return identity;
}

function recallTree(file: string): TreeIdentity | undefined {
  const { treeId, dockerfile } = (recallJson(file) ?? {}) as Partial<TreeIdentity>;
  return treeId === undefined || dockerfile === undefined ? undefined : { treeId, dockerfile };
}
