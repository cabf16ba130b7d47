import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "./errors.ts";
import { digestOf, shortDigest } from "./registry/digest.ts";
import { holdLock, withLock } from "./state/lock.ts";
import { whenAbsent } from "./when-absent.ts";

/**
 * Gives `work` a folder for files with secrets that a tool has to read, which only this user can enter: in memory, where
 * the machine has such a place, else below the work folder. It is gone when `work` has ended; of processes that were
 * killed, when the next one begins.
 */
export async function withSecretFolder<T>(workDir: string, work: (folder: string) => Promise<T>): Promise<T> {
  const name = randomUUID();
  const place = await placeFor(workDir);
  // The lock comes first: a folder without one that is held is taken for abandoned.
  const release = await holdLock(lockOf(workDir, name), {});
  const folder = join(place.dir, `${place.prefix}${name}`);
  try {
    await mkdir(place.dir, { recursive: true, mode: 0o700 });
    await mkdir(folder, { mode: 0o700 });
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    release();
    await rm(lockOf(workDir, name), { force: true });
  }
}

/** Removes the secrets of processes that have ended: the kernel freed their locks when they died. */
export async function removeAbandonedSecrets(workDir: string): Promise<void> {
  const { dir, prefix } = await placeFor(workDir);
  for (const entry of await readdir(dir).catch(whenAbsent<readonly string[]>([]))) {
    if (!entry.startsWith(prefix)) continue;
    const lock = lockOf(workDir, entry.slice(prefix.length));
    try {
      await withLock(lock, { waitMs: 0 }, () => rm(join(dir, entry), { recursive: true, force: true }));
      await rm(lock, { force: true });
    } catch (error) {
      if (!(error instanceof FactoryError) || error.code !== "locked") throw error;
    }
  }
}

function lockOf(workDir: string, name: string): string {
  return join(workDir, "locks", `secrets-${name}.lock`);
}

const sharedMemory = "/dev/shm";

/** @see https://man7.org/linux/man-pages/man2/statfs.2.html */
const tmpfsMagic = 0x01021994;

/** Everybody writes to the shared memory: what is this user's and this work folder's goes by the name. */
async function placeFor(workDir: string): Promise<{ readonly dir: string; readonly prefix: string }> {
  const isInMemory = await statfs(sharedMemory).then(
    ({ type }) => type === tmpfsMagic,
    () => false,
  );
  if (!isInMemory) return { dir: join(workDir, "secrets"), prefix: "" };
  const owner = `${process.getuid?.()}-${shortDigest(digestOf(workDir))}`;
  return { dir: sharedMemory, prefix: `image-factory-${owner}-` };
}
