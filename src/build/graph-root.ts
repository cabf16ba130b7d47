import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { Run } from "../run.ts";
import { withLock } from "../state/lock.ts";
import { whenAbsent } from "../when-absent.ts";
import { removeContainers, writeConfigs } from "./buildah.ts";
import type { BuildHost } from "./host.ts";

/**
 * Where buildah keeps what belongs to one image and platform: nobody else uses it while its lock is held, so whatever
 * container, mount or file is found there belongs to a run that is dead.
 */
export interface GraphRoot {
  /** Layers and images: the layer cache of this image, platform and epoch. */
  readonly graph: string;
  /** Locks and mounts of running containers. */
  readonly run: string;
  /** TMPDIR of the builder, emptied after each use. */
  readonly tmp: string;
}

export interface GraphRootOwner {
  readonly workDir: string;
  readonly image: string;
  readonly platform: Platform;
  /** UTC second; layers of another epoch are stale by definition and are not kept. */
  readonly epoch: number | undefined;
}

/** Runs `work` with a graph root that is this call's alone, and leaves no container, mount or temporary file in it. */
export async function withGraphRoot<T>(
  owner: GraphRootOwner,
  deps: Deps & { readonly insecureHosts: readonly string[]; readonly signal?: AbortSignal },
  work: (root: GraphRoot) => Promise<T>,
): Promise<T> {
  const { dir, root, lock } = placesOf(owner);
  return withLock(lock, deps.signal === undefined ? {} : { signal: deps.signal }, async () => {
    await sweep(root, deps);
    await enterEpoch(dir, root, owner.epoch, deps);
    await mkdir(root.tmp, { recursive: true, mode: 0o700 });
    await writeConfigs(root, deps.host, deps.insecureHosts);
    try {
      return await work(root);
    } finally {
      await sweep(root, deps);
    }
  });
}

/**
 * Removes what a killed build has left of an image and platform for which there is nothing to build any more. Who holds
 * the lock is alive, and tidies up by itself.
 */
export async function sweepAbandoned(
  owner: Omit<GraphRootOwner, "epoch">,
  { run, host }: { readonly run: Run; readonly host: () => Promise<BuildHost> },
): Promise<void> {
  const { root, lock } = placesOf(owner);
  if (!existsSync(root.tmp)) return;
  try {
    await withLock(lock, { waitMs: 0 }, async () => {
      if (existsSync(root.tmp)) await sweep(root, { run, host: await host() });
    });
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== "locked") throw error;
  }
}

function placesOf({ workDir, image, platform: owned }: Omit<GraphRootOwner, "epoch">) {
  const platform = owned.replace("/", "-");
  const dir = join(storageDir(workDir), image, platform);
  const root: GraphRoot = { graph: join(dir, "graph"), run: join(dir, "run"), tmp: join(dir, "tmp") };
  return { dir, root, lock: storageLock(workDir, image, platform) };
}

/** Holds `<image>/<platform>` of every image that was built here. */
export function storageDir(workDir: string): string {
  return join(workDir, "storage");
}

/** Held by whoever uses the graph root of `image` and `platform` (as `linux-amd64`). */
export function storageLock(workDir: string, image: string, platform: string): string {
  return join(workDir, "locks", `storage-${image}-${platform}.lock`);
}

type Deps = { readonly run: Run; readonly host: BuildHost };

/** Removes what an ended build left: working containers, and the folder for temporary files. */
async function sweep(root: GraphRoot, { run, host }: Deps): Promise<void> {
  if (await hasContainers(root)) {
    await mkdir(root.tmp, { recursive: true, mode: 0o700 });
    await writeConfigs(root, host, []);
    await removeContainers(root, host, run);
    // buildah does not know a container that it was killed over before it wrote down what it was for.
    if (await hasContainers(root)) await remove(root.graph, { run, host });
  }
  await remove(root.tmp, { run, host });
  await remove(join(root.run, "runtime"), { run, host });
}

async function hasContainers(root: GraphRoot): Promise<boolean> {
  const lists = await Promise.all(
    ["overlay", "vfs"].map((driver) =>
      readIfThere(join(root.graph, `${driver}-containers`, "containers.json")),
    ),
  );
  return lists.some((list) => list !== undefined && !["", "[]"].includes(list.trim()));
}

async function enterEpoch(
  dir: string,
  root: GraphRoot,
  epoch: number | undefined,
  deps: Deps,
): Promise<void> {
  const file = join(dir, "epoch");
  const wanted = String(epoch ?? "none");
  const found = await readIfThere(file);
  if (found === wanted) return;
  if (found !== undefined) await remove(root.graph, deps);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(file, wanted);
}

/** Layers that a rootless build wrote belong to subordinate users: only inside their namespace can they be removed. */
async function remove(path: string, { run, host }: Deps): Promise<void> {
  const [tool, ...words] = host.userNamespace;
  if (tool === undefined) return rm(path, { recursive: true, force: true });
  await run({ tool, args: [...words, "rm", "-rf", "--", path] });
}

function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(whenAbsent(undefined));
}
