import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Leases } from "./lease.ts";
import { holdLock, sharedLock } from "./lock.ts";
import type { Request } from "./remote/exchange.ts";

/** What a state folder has to do with other machines. */
export interface SharedState {
  /** Makes folder and repository the same, where the state lies in a git repository. */
  readonly exchange?: (request: Request) => Promise<void>;
  /** Locks that the machines of a cluster have in common. */
  readonly leases?: Leases;
}

/** By the folder, as the kernel has mounts: whoever writes into it shares it, and none of them can forget to. */
const shared = new Map<string, SharedState>();

/** Says for the rest of this process what a state folder has to do with other machines. */
export function shareState(stateDir: string, state: SharedState): void {
  shared.set(stateDir, state);
}

export function sharedState(stateDir: string): SharedState {
  return shared.get(stateDir) ?? {};
}

/** Puts the files of these that lie in the state folder where other machines see them, where the state is shared. */
export async function pushFiles(stateDir: string, files: readonly string[]): Promise<void> {
  const paths = files.map((file) => relative(stateDir, file)).filter((path) => !path.startsWith(".."));
  const { exchange } = sharedState(stateDir);
  if (paths.length > 0) await exchange?.({ of: { files: paths }, pulls: false, pushes: true });
}

/** Takes up what other machines have recorded, where the state is shared. */
export async function pullState(stateDir: string): Promise<void> {
  await sharedState(stateDir).exchange?.({ of: "all", pulls: true, pushes: false });
}

/** The lock of whoever works on what is recorded of an image; there is a file only while somebody does. */
export function imageLock(stateDir: string, image: string): string {
  return join(stateDir, ".locks", `image-${image}.lock`);
}

/** What the work on an image's state can do before its end. */
export interface ImageWork {
  /** Puts what is written down so far where other machines see it, and takes up what they wrote meanwhile. */
  readonly checkpoint: () => Promise<void>;
}

/**
 * Runs `work` on what is recorded of an image as the state repository has it now, and puts there what it has written
 * before it ends. The caller has the lock of the image's repository.
 * @throws FactoryError "state-unavailable", "locked"; what was written stays in the folder, for the next exchange.
 */
export async function withSharedImage<T>(
  image: string,
  { stateDir, signal }: { readonly stateDir: string; readonly signal?: AbortSignal },
  work: (image: ImageWork) => Promise<T>,
): Promise<T> {
  const { exchange } = sharedState(stateDir);
  if (exchange === undefined) return work({ checkpoint: async () => undefined });
  await sharedLock(stateDir, "repository");
  const lock = imageLock(stateDir, image);
  const release = await holdLock(lock, signal === undefined ? {} : { signal });
  const push = () => exchange({ of: { image }, pulls: false, pushes: true });
  try {
    await exchange({ of: { image }, pulls: true, pushes: false });
    const result = await work({ checkpoint: push });
    await push();
    return result;
  } finally {
    await rm(lock, { force: true });
    release();
  }
}
