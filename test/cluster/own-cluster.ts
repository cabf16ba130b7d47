import { existsSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/run.ts";
import type { Ctr } from "./builder-image.ts";

/** A cluster of this machine alone, brought up for one run. */
export interface OwnCluster {
  readonly kubeconfig: string;
  readonly kubectlBin: string;
  readonly registry: string;
  readonly kubeletFolder: string;
  readonly stateVolume: string;
  readonly ctr: Ctr;
  /** The words before a command that has to reach it. */
  readonly inside: readonly [string, ...string[]];
  readonly down: () => Promise<void>;
}

/** Where the scripts and programs of such a cluster are. */
export interface ClusterScripts {
  /** CLUSTER_SCRIPTS: the folder with up.sh. */
  readonly scripts: string;
  /** BIN: what its build.sh made. */
  readonly bin: string;
  /** The folder with the CRDs of Argo Rollouts. */
  readonly rollouts: string;
}

/** Runs up.sh, registry.sh and rollouts-up.sh; NETNS, NODE_IP, CONTAINERD_BIN and RUNC count as they do for them. */
export async function bringUp(
  { scripts, bin, rollouts }: ClusterScripts,
  onProgress: (text: string) => void,
): Promise<OwnCluster> {
  const netns = process.env["NETNS"] ?? "ke2e";
  if (existsSync(`/run/netns/${netns}`)) {
    throw new Error(
      `the network namespace ${netns} is in use: another cluster is up, or choose NETNS and NODE_IP`,
    );
  }
  const state = await mkdtemp(join(tmpdir(), "factory-cluster-"));
  // A pod's root with a user of its own has to pass through on the way to its files.
  await chmod(state, 0o755);
  const script = async (name: string, timeoutMs = 300_000) => {
    onProgress(name);
    await run({
      tool: "bash",
      args: [join(scripts, name)],
      env: { ...chosen(), STATE: state, BIN: bin, NODE_UP: "1", CRDS: rollouts },
      timeoutMs,
      onLine: onProgress,
    });
  };
  const down = () => script("down.sh", 120_000);
  try {
    for (const name of ["up.sh", "registry.sh", "rollouts-up.sh"]) await script(name);
  } catch (error) {
    await down();
    throw error;
  }
  const ctr =
    process.env["CONTAINERD_BIN"] === undefined ? "ctr" : join(process.env["CONTAINERD_BIN"], "ctr");
  return {
    kubeconfig: join(state, "pki/admin.kubeconfig"),
    kubectlBin: join(bin, "kubectl"),
    registry: `${process.env["NODE_IP"] ?? "10.77.0.1"}:5000`,
    kubeletFolder: join(state, "kubelet"),
    stateVolume: join(state, "volume"),
    ctr: [ctr, "--address", join(state, "c.sock"), "--namespace", "k8s.io"],
    inside: ["nsenter", `--net=/run/netns/${netns}`, "--"],
    down,
  };
}

// Not NODE, the node's name: in what npm runs, NODE is the path of a program.
const known = ["NETNS", "NODE_IP", "POD_CIDR", "API_PORT", "ETCD_PORT", "CONTAINERD_BIN", "RUNC", "CNI_BIN"];

function chosen(): Record<string, string> {
  return Object.fromEntries(
    [...known, "BUSYBOX"].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
