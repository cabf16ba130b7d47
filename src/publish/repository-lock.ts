import { join } from "node:path";
import { digestOf, shortDigest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { withLock } from "../state/lock.ts";

/** Runs `work` while no other process of this machine moves tags of the repository or records what they hold. */
export function withRepository<T>(
  repository: Repository,
  { workDir, signal }: { readonly workDir: string; readonly signal?: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  const name = shortDigest(digestOf(formatRepository(repository)));
  const file = join(workDir, "locks", `publish-${name}.lock`);
  return withLock(file, signal === undefined ? {} : { signal }, work);
}
