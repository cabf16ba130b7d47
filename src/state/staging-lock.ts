import { FactoryError } from "../errors.ts";
import { digestOf, shortDigest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { sharedLock, withLock } from "./lock.ts";
import type { RepositoryLockDoor } from "./repository-lock.ts";

/** Runs `work` while nothing is deleted of the staging repository; any number of builds does so side by side. */
export async function withStaging<T>(
  staging: Repository,
  { stateDir, signal }: RepositoryLockDoor,
  work: () => Promise<T>,
): Promise<T> {
  const file = await lockOf(staging, stateDir);
  return withLock(file, { shared: true, ...(signal === undefined ? {} : { signal }) }, work);
}

/** Runs `work` while no build uses the staging repository; undefined, at once, where one does. */
export async function withStagingAlone<T>(
  staging: Repository,
  { stateDir }: RepositoryLockDoor,
  work: () => Promise<T>,
): Promise<T | undefined> {
  let alone = false;
  try {
    return await withLock(await lockOf(staging, stateDir), { waitMs: 0 }, () => {
      alone = true;
      return work();
    });
  } catch (error) {
    if (alone || !(error instanceof FactoryError) || error.code !== "locked") throw error;
    return undefined;
  }
}

function lockOf(staging: Repository, stateDir: string): Promise<string> {
  return sharedLock(stateDir, `staging-${shortDigest(digestOf(formatRepository(staging)))}`);
}
