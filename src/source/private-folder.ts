import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { FactoryError } from "../errors.ts";
import { holdLock, withLock } from "../state/lock.ts";

/** A folder that only this user can enter and only this process uses. */
export interface PrivateFolder {
  readonly path: string;
  /** Removes it; call it exactly once. */
  readonly dispose: () => Promise<void>;
}

/**
 * Gives `work` a new private folder below the work folder's `cache/contexts`, which stays for the caller of its result;
 * a failure removes it. Folders of processes that have ended are removed on the way.
 */
export async function inPrivateFolder<T>(
  workDir: string,
  work: (folder: PrivateFolder) => Promise<T>,
): Promise<T> {
  const parent = parentOf(workDir);
  await mkdir(parent, { recursive: true });
  await removeAbandonedFolders(workDir);
  const path = join(parent, `context-${randomUUID()}`);
  // The lock comes first: a folder without one that is held is taken for abandoned.
  const release = await holdLock(lockOf(workDir, path), {});
  const dispose = async () => {
    await removeFolder(path);
    release();
    await removeFolder(lockOf(workDir, path));
  };
  try {
    await mkdir(path, { mode: 0o700 });
    return await work({ path, dispose });
  } catch (error) {
    await dispose();
    throw error;
  }
}

export function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 });
}

function lockOf(workDir: string, path: string): string {
  return join(workDir, "locks", `${basename(path)}.lock`);
}

function parentOf(workDir: string): string {
  return join(workDir, "cache", "contexts");
}

/**
 * Removes the private folders of processes that have ended. One whose lock is free belongs to nobody: the kernel freed
 * it when its process died.
 */
export async function removeAbandonedFolders(workDir: string): Promise<void> {
  const parent = parentOf(workDir);
  for (const name of await namesIn(parent)) {
    const path = join(parent, name);
    try {
      await withLock(lockOf(workDir, path), { waitMs: 0 }, () => removeFolder(path));
      await removeFolder(lockOf(workDir, path));
    } catch (error) {
      if (!(error instanceof FactoryError) || error.code !== "locked") throw error;
    }
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
