import { digestOf, shortDigest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { withLease } from "./lease.ts";
import { sharedLock, withLock } from "./lock.ts";
import { type ImageWork, sharedState, withSharedImage } from "./shared-state.ts";

export interface RepositoryLockDoor {
  readonly stateDir: string;
  readonly signal?: AbortSignal;
}

/** Asked before a tag moves: throws where another machine may have the lock by now. */
export type MayMove = () => void;

/**
 * Runs `work` while no other run moves tags of the repository or writes the state that goes with them: no other of this
 * machine, and none of the cluster where the settings name a namespace for leases.
 */
export async function withRepository<T>(
  repository: Repository,
  { stateDir, signal }: RepositoryLockDoor,
  work: (mayMove: MayMove) => Promise<T>,
): Promise<T> {
  const name = shortDigest(digestOf(formatRepository(repository)));
  const file = await sharedLock(stateDir, `publish-${name}`);
  const { leases } = sharedState(stateDir);
  return withLock(file, signal === undefined ? {} : { signal }, () =>
    withLease(leases, { name: `publish-${name}`, of: formatRepository(repository) }, signal, work),
  );
}

/**
 * As `withRepository`, for work on what is recorded of one image: it begins with what other machines have recorded, and
 * ends when they see what it has.
 */
export async function withImage<T>(
  { image, repository }: { readonly image: string; readonly repository: Repository },
  door: RepositoryLockDoor,
  work: (held: ImageWork & { readonly mayMove: MayMove }) => Promise<T>,
): Promise<T> {
  return withRepository(repository, door, (mayMove) =>
    withSharedImage(image, door, (shared) => work({ ...shared, mayMove })),
  );
}
