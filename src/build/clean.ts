import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Run } from "../run.ts";
import { withLock } from "../state/lock.ts";
import { whenAbsent } from "../when-absent.ts";
import { storageDir, storageLock } from "./graph-root.ts";

export interface CleanDoor {
  readonly workDir: string;
  readonly run: Run;
  readonly log: Log;
  /** See `userNamespace` of src/build/rootless.ts; empty for root. */
  readonly userNamespace: readonly string[];
}

/** What can be made again: never state, the registry's data, its credentials or installed tools. */
const folders = ["cache", "logs", "reports"];

/**
 * Removes what builds left and keep on this machine: layers, mirrors, downloads, logs and reports. What a running
 * build uses stays, and is named.
 */
export async function clean(door: CleanDoor): Promise<void> {
  const { workDir, log } = door;
  const graphRoots = await graphRootsIn(workDir);
  const removed = await Promise.all(graphRoots.map((root) => removeGraphRoot(root, door)));
  if (removed.includes(false) || (await anyHeld(join(workDir, "locks"))))
    return log({ kind: "note", text: "caches, logs and reports stay while another command uses them" });
  for (const folder of folders) await rm(join(workDir, folder), { recursive: true, force: true });
  await remove(storageDir(workDir), door);
}

/** The layers of one image and platform (as `linux-amd64`) on this machine. */
export interface LocalLayers {
  readonly image: string;
  readonly platform: string;
}

export async function graphRootsIn(workDir: string): Promise<readonly LocalLayers[]> {
  const found: LocalLayers[] = [];
  for (const image of await entries(storageDir(workDir)))
    for (const platform of await entries(join(storageDir(workDir), image))) found.push({ image, platform });
  return found;
}

/** Removes layers unless a build uses them, which is said. @returns whether they are gone. */
export async function removeGraphRoot({ image, platform }: LocalLayers, door: CleanDoor): Promise<boolean> {
  const { workDir, log } = door;
  try {
    await withLock(storageLock(workDir, image, platform), { waitMs: 0 }, () =>
      remove(join(storageDir(workDir), image, platform), door),
    );
    return true;
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== "locked") throw error;
    log({ kind: "note", image, text: `its layers for ${platform} stay: a build uses them` });
    return false;
  }
}

/** Layers of a rootless build belong to ids that only its user namespace may delete. */
async function remove(path: string, { run, userNamespace }: CleanDoor): Promise<void> {
  if (!existsSync(path)) return;
  const [tool, ...words] = userNamespace;
  if (tool !== undefined) await run({ tool, args: [...words, "rm", "-rf", "--", path] });
  else await rm(path, { recursive: true, force: true });
}

/** Whether some process holds one of the locks: who fetches, checks out, builds or scans does. */
async function anyHeld(locks: string): Promise<boolean> {
  for (const name of await entries(locks)) {
    if (!name.endsWith(".lock")) continue;
    try {
      await withLock(join(locks, name), { waitMs: 0 }, async () => undefined);
    } catch (error) {
      if (!(error instanceof FactoryError) || error.code !== "locked") throw error;
      return true;
    }
  }
  return false;
}

function entries(dir: string): Promise<readonly string[]> {
  return readdir(dir).catch(whenAbsent([]));
}
