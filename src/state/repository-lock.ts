import { digestOf, shortDigest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { sharedLock, withLock } from "./lock.ts";

export interface RepositoryLockDoor {
  readonly stateDir: string;
  readonly signal?: AbortSignal;
}

/** Runs `work` while no other run of this machine moves tags of the repository or writes the state that goes with them. */
export async function withRepository<T>(
  repository: Repository,
  { stateDir, signal }: RepositoryLockDoor,
  work: () => Promise<T>,
): Promise<T> {
  const name = shortDigest(digestOf(formatRepository(repository)));
  const file = await sharedLock(stateDir, `publish-${name}`);
  return withLock(file, signal === undefined ? {} : { signal }, work);
}
