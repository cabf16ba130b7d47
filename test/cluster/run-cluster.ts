import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRepository } from "../../src/registry/reference.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { importBuilder } from "./builder-image.ts";
import { anonymousClient } from "./cluster-world.ts";
import { bringUp } from "./own-cluster.ts";
import type { Place } from "./place.ts";
import { pushBuilder } from "./pushed-builder.ts";
import { writeSources } from "./team.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ClusterRun {
  readonly env: Environment;
  /** Only cases whose names match. */
  readonly only: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** What is lacking for a run; undefined where nothing is. */
export function whySkipped(env: Environment): string | undefined {
  if (env["BUILDER_IMAGE"] === undefined)
    return "BUILDER_IMAGE is not set: an archive of the builder image, or with KUBECONFIG a reference that the cluster can pull";
  if (env["KUBECONFIG"] !== undefined)
    return env["REGISTRY"] === undefined
      ? "REGISTRY is not set: a registry for this machine and for pods"
      : undefined;
  const lacking = ["CLUSTER_SCRIPTS", "BIN"].filter((name) => env[name] === undefined);
  return lacking.length === 0 ? undefined : `neither KUBECONFIG nor ${lacking.join(" and ")} is set`;
}

/** Runs every case in the cluster of KUBECONFIG, else in one that it brings up and takes down. @returns an exit status. */
export async function runCluster({ env, only, signal, onProgress }: ClusterRun): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), "factory-team-"));
  const sources = join(scratch, "sources");
  const given = (name: string, otherwise: string) => env[name] ?? otherwise;
  const crds = given("CRDS", join(ownRoot, "../shared/crds"));
  const builder = given("BUILDER_IMAGE", "");
  const busybox = [env["BUSYBOX"], "/usr/bin/busybox", "/bin/busybox"].find(
    (file) => file && existsSync(file),
  );
  const place = { crds, scratch, sources, only };
  try {
    if (env["KUBECONFIG"] !== undefined) {
      // Of its own, so that nothing of a run before is taken for what this one publishes.
      const registry = `${given("REGISTRY", "")}/test-cluster-${randomBytes(4).toString("hex")}`;
      await writeSources(sources, busybox ?? "busybox", registry);
      onProgress("pushing the builder image with the project as it is here");
      const repository = parseRepository(`${given("REGISTRY", "")}/test-cluster-builder`);
      const builderImage = await pushBuilder(builder, sources, repository, anonymousClient(registry));
      return await inside([], {}, signal, {
        ...place,
        registry,
        builderImage,
        kubectlBin: given("KUBECTL", "kubectl"),
        stateVolume: env["STATE_VOLUME"],
        kubeletFolder: env["KUBELET_FOLDER"],
        stays: true,
      });
    }
    const rollouts = join(crds, "argo-rollouts-v1.9.1");
    const own = await bringUp(
      { scripts: given("CLUSTER_SCRIPTS", ""), bin: given("BIN", ""), rollouts },
      onProgress,
    );
    try {
      signal.throwIfAborted();
      await writeSources(sources, busybox ?? "busybox", own.registry);
      const builderImage = `${own.registry}/image-factory-builder:test`;
      onProgress("importing the builder image");
      await importBuilder(builder, builderImage, sources, own.ctr);
      const { registry, kubectlBin, stateVolume, kubeletFolder } = own;
      return await inside(own.inside, { KUBECONFIG: own.kubeconfig }, signal, {
        ...place,
        registry,
        builderImage,
        kubectlBin,
        stateVolume,
        kubeletFolder,
        stays: false,
      });
    } finally {
      onProgress("taking the cluster down");
      await own.down();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function inside(
  before: readonly string[],
  variables: Record<string, string>,
  signal: AbortSignal,
  place: Place,
): Promise<number> {
  const file = join(import.meta.dirname, "inside.ts");
  const [tool = "", ...args] = [...before, process.execPath, file, JSON.stringify(place)];
  const child = spawn(tool, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...variables },
  });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  const [status] = await once(child, "close");
  signal.throwIfAborted();
  return (status as number | null) ?? 70;
}
