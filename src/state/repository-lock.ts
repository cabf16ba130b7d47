import { join } from "node:path";
import { digestOf, shortDigest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { withLock } from "./lock.ts";

export interface RepositoryLockDoor {
  readonly workDir: string;
  readonly signal?: AbortSignal;
}

/** Runs `work` while no other run of this machine moves tags of the repository or writes the state that goes with them. */
export function withRepository<T>(
  repository: Repository,
  { workDir, signal }: RepositoryLockDoor,
  work: () => Promise<T>,
): Promise<T> {
  const name = shortDigest(digestOf(formatRepository(repository)));
  const file = join(workDir, "locks", `publish-${name}.lock`);
  return withLock(file, signal === undefined ? {} : { signal }, work);
}
