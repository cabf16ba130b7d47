import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { withLock } from "../state/lock.ts";
import { withKnownLayers } from "./known-layers.ts";

/** A cache folder of Trivy's that this process alone uses, and a folder beside it for one run's files. */
export interface CacheSlot {
  readonly cacheDir: string;
  readonly scratchDir: string;
}

export interface SlotRequest {
  readonly workDir: string;
  readonly platform: Platform;
  /** Keeps what different builds of Trivy remember apart. */
  readonly trivyVersion: string | undefined;
  /** Name in the cache folder → the folder that it links to: `db` to the advisories. */
  readonly links: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told which file of a cache is not as the run before left it, and is not used. */
  readonly damaged: (file: string) => void;
}

/** More scans of one platform at a time wait for each other; more would not be faster on any machine. */
const slotsPerPlatform = 16;

/**
 * Lends the first free cache folder of a platform to `work`. Trivy locks its cache for a whole scan and a second
 * process fails, so each has its own; the first free one is also the one that knows most layers.
 */
export async function withCacheSlot<T>(
  request: SlotRequest,
  work: (slot: CacheSlot) => Promise<T>,
): Promise<T> {
  const { workDir, signal } = request;
  const pool = `${request.trivyVersion ?? "unversioned"}-${request.platform.replace("/", "-")}`;
  const lockFile = (at: number) => join(workDir, "locks", `trivy-${pool}-${at}.lock`);
  const options = signal === undefined ? {} : { signal };
  const use = async (at: number) => {
    const dir = join(workDir, "cache", "trivy", "slots", `${pool}-${at}`);
    const slot: CacheSlot = { cacheDir: join(dir, "cache"), scratchDir: join(dir, "run") };
    await mkdir(slot.cacheDir, { recursive: true });
    for (const [name, target] of Object.entries(request.links)) await link(join(slot.cacheDir, name), target);
    const layers = { cacheDir: slot.cacheDir, marksFile: join(dir, "layers.json") };
    return withKnownLayers(layers, request.damaged, () => work(slot));
  };
  for (let at = 0; at < slotsPerPlatform; at += 1) {
    const taken = await tryLock(lockFile(at), options, () => use(at));
    if (taken !== undefined) return taken.result;
  }
  return withLock(lockFile(0), options, () => use(0));
}

/** Undefined when somebody else holds the lock; what `work` throws is thrown. */
async function tryLock<T>(
  file: string,
  options: { readonly signal?: AbortSignal },
  work: () => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  let isHeld = false;
  try {
    return await withLock(file, { ...options, waitMs: 0 }, async () => {
      isHeld = true;
      return { result: await work() };
    });
  } catch (error) {
    if (!isHeld && error instanceof FactoryError && error.code === "locked") return undefined;
    throw error;
  }
}

async function link(path: string, target: string): Promise<void> {
  const next = `${path}.next`;
  await rm(next, { force: true });
  await symlink(target, next);
  await rename(next, path);
}
