import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

/** A new folder that only this user can enter, below the work folder's `cache/contexts`. */
async function makePrivateFolder(workDir: string): Promise<string> {
  const parent = join(workDir, "cache", "contexts");
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, "context-"));
}

export function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Gives `work` a private folder, which stays for the caller of its result; a failure removes it. */
export async function inPrivateFolder<T>(workDir: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makePrivateFolder(workDir);
  try {
    return await work(folder);
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}
