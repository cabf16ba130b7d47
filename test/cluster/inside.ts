import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { advisoryFeed } from "../../src/scan/feed.ts";
import { pushFeed } from "../../src/scan/feed-registry.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { analysisCases } from "./analysis-cases.ts";
import { buildCases } from "./build-cases.ts";
import { type ClusterCase, type ClusterWorld, clusterWorld, expectStatus } from "./cluster-world.ts";
import { commandCases } from "./command-cases.ts";
import { manifestCases } from "./manifest-cases.ts";
import { platformCases } from "./platform-cases.ts";
import { raceCases } from "./race-cases.ts";
import { makeTeam } from "./team.ts";

/** One case as it went. */
interface CaseResult {
  readonly point: number;
  readonly name: string;
  readonly verdict: "ok" | "failed";
  readonly saw: string;
  readonly seconds: number;
}

/** What the process that brought the cluster up hands to the one that is inside of it. */
export interface Place {
  readonly registry: string;
  readonly builderImage: string;
  readonly kubectlBin: string;
  readonly crds: string;
  readonly namespace: string;
  /** A folder for the checkout, which whoever made it removes. */
  readonly scratch: string;
  /** Folder of sources, which the builder image has too. */
  readonly sources: string;
  /** Where a cluster without storage classes has the state; undefined where claims are filled by themselves. */
  readonly stateVolume: string | undefined;
  readonly kubeletFolder: string | undefined;
  readonly only: string | undefined;
}

/** In this order: what is published by one is looked at by the next. */
const cases: readonly ClusterCase[] = [
  ...manifestCases,
  ...buildCases,
  ...analysisCases,
  ...raceCases,
  ...commandCases,
  ...platformCases,
];

/** Deploys a factory to the cluster and looks at everything that it does there; prints a table. */
async function main(place: Place): Promise<number> {
  const { registry, namespace } = place;
  const settings = {
    registry,
    insecureRegistries: [registry, unreachable(registry)],
    trivyDatabase: `${registry}/trivy-db:2`,
    // The sample grows old, and nobody brings it up to date.
    databaseMaxAge: "36500d",
  };
  const team = await makeTeam(join(place.scratch, "checkout"), place.sources, settings, {
    namespace,
    builderImage: place.builderImage,
    retries: 1,
    resources: { cpu: "50m", memory: "64Mi" },
    ...(place.kubeletFolder === undefined ? {} : { kubeletFolder: place.kubeletFolder }),
  });
  await team.writeImages(images(registry));
  await team.writeCluster({});
  const world = clusterWorld(team, place);
  await prepare(world, place);
  const results: CaseResult[] = [];
  for (const each of cases) {
    if (place.only !== undefined && !new RegExp(place.only).test(each.name)) continue;
    const result = await lookAt(each, world);
    process.stderr.write(`${resultLine(result)}\n`);
    results.push(result);
  }
  for (const result of results.toSorted((one, other) => one.point - other.point))
    process.stdout.write(`${resultLine(result)}\n`);
  return results.every(({ verdict }) => verdict === "ok") ? 0 : 70;
}

function images(registry: string): readonly object[] {
  const amd64 = { platforms: ["linux/amd64"] };
  return [
    { name: "hello", source: { folder: "hello" } },
    { name: "pair", source: { folder: "hello" } },
    { name: "child", source: { folder: "child" }, ...amd64 },
    { name: "blocked", source: { folder: "blocked" }, ...amd64 },
    { name: "bad-child", source: { folder: "bad-child" }, ...amd64 },
    { name: "slow", source: { folder: "slow" }, ...amd64 },
    { name: "twin", source: { folder: "slow" }, ...amd64 },
    { name: "unreachable", source: { folder: "child" }, registry: unreachable(registry), ...amd64 },
    { name: "scheduled", source: { folder: "hello" }, schedule: { cron: "* * * * *" }, ...amd64 },
  ];
}

/** Of the same host, where nothing listens. */
function unreachable(registry: string): string {
  return `${registry.replace(/:\d+$/, "")}:5999`;
}

/** What a cluster has to have before anything is deployed to it. */
async function prepare(world: ClusterWorld, { stateVolume }: Place): Promise<void> {
  const sample = await readFile(join(ownRoot, "sample/trivy-db/sample.tar.gz"));
  await pushFeed(advisoryFeed, sample, { registry: world.registry, path: "trivy-db" }, world.client);
  for (const folder of ["argo-rollouts-v1.9.1", "kargo-v1.11.2"]) {
    const files = join(world.crds, folder);
    if (existsSync(files)) await world.ask("apply", "--server-side", "-f", files);
  }
  await world.ask("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
  if (stateVolume === undefined) return;
  const volume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "image-factory-state" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: stateVolume, type: "DirectoryOrCreate" },
      claimRef: { namespace: world.namespace, name: "image-factory-state" },
    },
  };
  expectStatus(await world.apply(volume), 0);
}

async function lookAt({ point, name, look }: ClusterCase, world: ClusterWorld): Promise<CaseResult> {
  const startedAt = performance.now();
  const became = await look(world).then(
    (saw) => ({ verdict: "ok" as const, saw }),
    (error: unknown) => ({ verdict: "failed" as const, saw: String(error) }),
  );
  return { point, name, ...became, seconds: (performance.now() - startedAt) / 1_000 };
}

/** `ok      2    31.8 s  a policy failure fails the Job at once: 77, one pod`. */
function resultLine({ point, name, verdict, saw, seconds }: CaseResult): string {
  return `${verdict.padEnd(6)}  ${point}  ${seconds.toFixed(1).padStart(6)} s  ${name}: ${saw}`;
}

process.exit(await main(JSON.parse(process.argv[2] ?? "") as Place));
