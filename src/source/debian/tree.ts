import { chmod, utimes } from "node:fs/promises";
import { join } from "node:path";
import { imageTimeSeconds } from "../../image-time.ts";
import { inPrivateFolder } from "../private-folder.ts";
import type { SourceTree } from "../source-tree.ts";
import type { DebianDoor } from "./door.ts";
import type { DebianPackages } from "./packages.ts";
import { buildDebianRoot } from "./root.ts";

/** The one file of a debian source's context, for `ADD rootfs.tar /`. */
export const rootArchive = "rootfs.tar";

/**
 * A context that holds the root of resolved packages as `rootfs.tar` and nothing else.
 * @throws FactoryError as `buildDebianRoot`.
 */
export async function debianTree(
  resolved: DebianPackages,
  dockerfile: string | undefined,
  door: DebianDoor,
): Promise<SourceTree> {
  return inPrivateFolder(door.workDir, async ({ path: dir, dispose }) => {
    const file = join(dir, rootArchive);
    await buildDebianRoot(resolved, door, file);
    await chmod(file, 0o644);
    await utimes(file, imageTimeSeconds, imageTimeSeconds);
    return { dir, dockerfile, commit: undefined, version: undefined, treeId: resolved.id, dispose };
  });
}
