import { digestOf, shortDigest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { sharedLock, withLock } from "./lock.ts";

export interface RepositoryLockDoor {
  readonly stateDir: string;
  readonly signal?: AbortSignal;
}

/** Runs `work` while nobody else with the same state publishes to the repository or writes what is known of it. */
export async function withRepository<T>(
  repository: Repository,
  door: RepositoryLockDoor,
  work: () => Promise<T>,
): Promise<T> {
  const name = shortDigest(digestOf(formatRepository(repository)));
  const file = await sharedLock(door.stateDir, `publish-${name}`);
  return withLock(file, door.signal === undefined ? {} : { signal: door.signal }, work);
}
