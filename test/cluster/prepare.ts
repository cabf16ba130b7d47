import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ownRoot } from "../../src/setup/needs.ts";
import { anonymousClient } from "./cluster-world.ts";
import { pushDatabase } from "./database.ts";
import { expect, expectStatus, until } from "./expect.ts";
import { gitNamespace } from "./git-server.ts";
import { type Kubectl, kubectlIn } from "./kubectl.ts";
import type { Place } from "./place.ts";

/** What was found of a cluster, and what of the test is in it. */
export interface Prepared {
  readonly hasRollouts: boolean;
  /** The CRDs of Kargo were there, so its controllers may be. */
  readonly hadKargo: boolean;
  /** Removes what the test made, where the cluster stays. */
  readonly tidy: () => Promise<void>;
}

const stateVolumeName = "test-cluster-state";

/** Makes what a cluster has to have before anything is deployed to these namespaces. */
export async function prepare(place: Place, namespaces: readonly string[]): Promise<Prepared> {
  const kubectl = kubectlIn("default", place.kubectlBin);
  for (const name of [...namespaces, gitNamespace]) {
    const { status } = await kubectl.kubectl("get", "namespace", name);
    expect(status !== 0, `the namespace ${name} exists: this test makes it, and removes all that is in it`);
  }
  await pushDatabase(place.registry, anonymousClient(place.registry), await sampleDatabase());
  const installed = await installCrds(kubectl, place.crds);
  const priorities = async () =>
    (await kubectl.ask("get", "priorityclasses", "-o", "name")).split("\n").filter((name) => name !== "");
  const before = await priorities();
  await claimState(kubectl, place, namespaces[0] ?? "");
  return {
    hasRollouts: await answersRollouts(kubectl),
    hadKargo: !installed.includes("kargo-v1.11.2"),
    tidy: async () => {
      if (!place.stays) return;
      const gone = [...namespaces.flatMap((name) => [name, `${name}-nodes`]), gitNamespace];
      await kubectl.kubectl("delete", "projects.kargo.akuity.io", ...namespaces, "--ignore-not-found");
      await kubectl.ask("delete", "namespace", ...gone, "--ignore-not-found");
      const made = (await priorities()).filter((name) => !before.includes(name));
      if (made.length > 0) await kubectl.ask("delete", ...made);
      await kubectl.ask("delete", "persistentvolume", stateVolumeName, "--ignore-not-found");
      for (const folder of installed)
        await kubectl.ask("delete", "--ignore-not-found", "-f", join(place.crds, folder));
    },
  };
}

export function sampleDatabase(): Promise<Uint8Array> {
  return readFile(join(ownRoot, "sample/trivy-db/sample.tar.gz"));
}

/** Those that the cluster has are left as they are. */
async function installCrds({ ask, kubectl }: Kubectl, crds: string): Promise<readonly string[]> {
  const wanted = {
    "argo-rollouts-v1.9.1": "analysisruns.argoproj.io",
    "kargo-v1.11.2": "stages.kargo.akuity.io",
  };
  const installed = [];
  for (const [folder, name] of Object.entries(wanted)) {
    if ((await kubectl("get", "crd", name)).status === 0) continue;
    const files = join(crds, folder);
    expect(existsSync(files), `the cluster has no ${name}, and CRDS (${crds}) has no ${folder}`);
    await ask("apply", "--server-side", "-f", files);
    installed.push(folder);
  }
  await ask("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
  return installed;
}

async function claimState(kubectl: Kubectl, { stateVolume }: Place, namespace: string): Promise<void> {
  const found = await kubectl.ask("get", "storageclass", "-o", "json");
  if (found.includes('"storageclass.kubernetes.io/is-default-class": "true"')) return;
  expect(
    stateVolume !== undefined,
    "the cluster has no default StorageClass: give STATE_VOLUME, a folder of its one node",
  );
  const volume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: stateVolumeName },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: stateVolume, type: "DirectoryOrCreate" },
      claimRef: { namespace, name: "image-factory-state" },
    },
  };
  expectStatus(await kubectl.apply(volume), 0);
}

/** A measurement of something that is not there: the controller says so within a second. */
async function answersRollouts({ apply, ask, kubectl }: Kubectl): Promise<boolean> {
  const name = "test-cluster-asks";
  const run = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisRun",
    metadata: { name, namespace: "default" },
    spec: {
      metrics: [{ name: "nothing", provider: { web: { url: "http://127.0.0.1:9", jsonPath: "{$.x}" } } }],
    },
  };
  expectStatus(await apply(run), 0);
  const phase = () => ask("get", "analysisruns.argoproj.io", name, "-o", "jsonpath={.status.phase}");
  const answered = await until(
    "a controller of Argo Rollouts",
    20,
    async () => (await phase()) || undefined,
  ).then(
    () => true,
    () => false,
  );
  await kubectl("delete", "analysisruns.argoproj.io", name);
  return answered;
}
