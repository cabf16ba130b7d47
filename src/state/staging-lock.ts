import { randomUUID } from "node:crypto";
import { FactoryError } from "../errors.ts";
import { digestOf, shortDigest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { type HeldLease, type Leases, withLease } from "./lease.ts";
import { sharedLock, withLock } from "./lock.ts";
import type { RepositoryLockDoor } from "./repository-lock.ts";
import { sharedState } from "./shared-state.ts";

/**
 * Runs `work` while nothing is deleted of the staging repository, by this machine or, where the settings name a namespace
 * for leases, another of the cluster; any number of builds does so side by side.
 */
export async function withStaging<T>(
  staging: Repository,
  { stateDir, signal }: RepositoryLockDoor,
  work: (check: HeldLease["check"]) => Promise<T>,
): Promise<T> {
  const lock = lockOf(staging);
  const file = await sharedLock(stateDir, lock.name);
  const { leases } = sharedState(stateDir);
  return withLock(file, { shared: true, ...(signal === undefined ? {} : { signal }) }, async () => {
    if (leases === undefined) return work(() => undefined);
    const member = await enter(lock, leases, signal);
    try {
      return await work(member.check);
    } finally {
      await member.release();
    }
  });
}

/** Takes a lease of one's own beside those of other builds; whoever deletes has the lease of the door meanwhile. */
async function enter(lock: StagingLock, leases: Leases, signal: AbortSignal | undefined) {
  const name = `${lock.name}-${randomUUID().slice(0, 8)}`;
  return withLease(leases, lock, signal, async (isOpen) => {
    const member = await leases.hold({ ...lock, name, group: lock.name }, signal);
    try {
      // Whoever has taken the door since may not have seen it.
      isOpen();
      return member;
    } catch (error) {
      await member.release();
      throw error;
    }
  });
}

/** Runs `work` while no build uses the staging repository; undefined, soon, where one does. */
export async function withStagingAlone<T>(
  staging: Repository,
  { stateDir, signal }: RepositoryLockDoor,
  work: (check: HeldLease["check"]) => Promise<T>,
): Promise<T | undefined> {
  const lock = lockOf(staging);
  const { leases } = sharedState(stateDir);
  let alone = false;
  try {
    return await withLock(await sharedLock(stateDir, lock.name), { waitMs: 0 }, () => {
      alone = true;
      return withLease(leases, lock, signal, async (check) =>
        leases === undefined || (await leases.isDeserted(lock.name, signal)) ? work(check) : undefined,
      );
    });
  } catch (error) {
    if (alone || !(error instanceof FactoryError) || error.code !== "locked") throw error;
    return undefined;
  }
}

interface StagingLock {
  readonly name: string;
  readonly of: string;
}

function lockOf(staging: Repository): StagingLock {
  const of = formatRepository(staging);
  return { name: `staging-${shortDigest(digestOf(of))}`, of };
}
