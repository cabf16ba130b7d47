import { join } from "node:path";
import { type Log, timed } from "../log.ts";
import type { PlatformStep } from "../plan/plan-step.ts";
import { hostPlatform, type Platform } from "../platform.ts";
import { findStaged, type StagedPlatform, type StagingTarget } from "../publish/staging.ts";
import { beforeSending } from "../registry/doubt.ts";
import type { ResolvedImage } from "../resolve/resolver.ts";
import type { SourceTree } from "../source/source-tree.ts";
import { type Leases, withLease } from "../state/lease.ts";
import { withLock } from "../state/lock.ts";
import { type BuildDoor, buildPlatform } from "./build-platform.ts";
import type { BuildQueue } from "./build-queue.ts";
import { sweepAbandoned } from "./graph-root.ts";
import type { BuildHost } from "./host.ts";

export interface StageDoor extends Omit<BuildDoor, "host" | "signal"> {
  /** Finds out, once, how this machine builds, with the tools for it installed. */
  readonly host: () => Promise<BuildHost>;
  /** Makes sure that programs of a foreign platform run here. */
  readonly ensureEmulation: (platform: Platform) => Promise<void>;
  /** Stages a platform that has no Dockerfile: the root filesystem of a debian source. */
  readonly stageRoot: (
    image: ResolvedImage,
    step: PlatformStep,
    target: StagingTarget,
  ) => Promise<StagedPlatform>;
  /** Locks that other machines of the cluster see too. */
  readonly leases?: Leases | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface StageRequest {
  readonly image: ResolvedImage;
  readonly step: PlatformStep;
  readonly epoch: number | undefined;
  readonly tree: (platform: Platform) => Promise<SourceTree>;
  readonly target: StagingTarget;
  /** Fails where the registry takes no pushes: nothing is built before it is known. */
  readonly mayPush: Promise<unknown>;
}

/**
 * What is staged under the key, built if nobody has: builders of one key wait for each other, and all of them for a
 * place in `builds`.
 */
export async function stagePlatform(
  request: StageRequest,
  builds: BuildQueue,
  door: StageDoor,
): Promise<StagedPlatform> {
  const { target } = request;
  const look = () => beforeSending(() => findStaged(door.client, target));
  const found = await look();
  if (found !== undefined) {
    await sweepAbandoned({ workDir: door.workDir, image: target.image, platform: target.platform }, door);
    door.log({
      kind: "note",
      image: target.image,
      platform: target.platform,
      text: `already staged as ${found.digest}`,
    });
    return found;
  }
  const name = `build-${target.key.slice("sha256:".length)}`;
  return builds.add(() =>
    withLock(join(door.workDir, "locks", `${name}.lock`), { signal: door.signal }, () =>
      withLease(door.leases, { name, of: `${target.image} ${target.platform}` }, door.signal, async () => {
        const since = await look();
        return since ?? timed(door.log, "build", target, () => build(request, door));
      }),
    ),
  );
}

async function build(
  { image, step, epoch, tree, target, mayPush }: StageRequest,
  door: StageDoor,
): Promise<StagedPlatform> {
  await mayPush;
  const read = image.dockerfiles?.get(step.platform);
  if (read === undefined) return door.stageRoot(image, step, target);
  const host = await door.host();
  const foreign = read.bases.needsToRun.filter((platform) => platform !== hostPlatform());
  for (const platform of foreign) await door.ensureEmulation(platform);
  return buildPlatform({ image, step, epoch, tree: await tree(step.platform), target }, { ...door, host });
}

/** One checkout for all platforms; of a debian source one for each, for each has files of its own. */
export function shareTrees({ source, facts }: ResolvedImage) {
  const trees = new Map<string, Promise<SourceTree>>();
  return {
    of: (platform: Platform): Promise<SourceTree> => {
      const name = facts.enrolment.source.kind === "debian" ? platform : "all";
      const tree = trees.get(name) ?? source.checkout(platform);
      trees.set(name, tree);
      return tree;
    },
    dispose: async (): Promise<void> => {
      const checkedOut = await Promise.allSettled(trees.values());
      await Promise.all(
        checkedOut.map((tree) => (tree.status === "fulfilled" ? tree.value.dispose() : undefined)),
      );
    },
  };
}
