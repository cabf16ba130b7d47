import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ClusterWorld, clusterWorld, hostOf } from "./cluster-world.ts";
import { expectStatus } from "./expect.ts";
import { type GitServer, startGitServer } from "./git-server.ts";
import { findDriver, type KargoDriver } from "./kargo-driver.ts";
import type { Place } from "./place.ts";
import type { Prepared } from "./prepare.ts";
import { makeTeam } from "./team.ts";

/** Of the factory that has its state in a volume, and of the one that has it in a git repository. */
export const namespaces = { volume: "image-factory-kargo", git: "image-factory-git" } as const;

/** A factory whose state lies in a git repository, and which Kargo drives. */
export interface GitWorld extends ClusterWorld {
  readonly server: GitServer;
  /** Who acts on Warehouses, Freight and Stages. */
  readonly driver: KargoDriver;
}

const amd64 = { platforms: ["linux/amd64"] };

/** A factory that nothing is deployed of yet: the first cases do that. */
export async function openVolumeWorld(place: Place, prepared: Prepared): Promise<ClusterWorld> {
  const unreachable = `${hostOf(place.registry).replace(/:\d+$/, "")}:5999`;
  return openWorld(place, prepared, {
    namespace: namespaces.volume,
    factory: { insecureRegistries: [hostOf(place.registry), unreachable] },
    cluster: {},
    images: [
      { name: "hello", source: { folder: "hello" } },
      { name: "pair", source: { folder: "hello" } },
      { name: "child", source: { folder: "child" }, ...amd64 },
      { name: "blocked", source: { folder: "blocked" }, ...amd64 },
      { name: "bad-child", source: { folder: "bad-child" }, ...amd64 },
      { name: "slow", source: { folder: "slow" }, ...amd64 },
      { name: "twin", source: { folder: "slow" }, ...amd64 },
      // Of the same host, where nothing listens.
      { name: "unreachable", source: { folder: "child" }, registry: unreachable, ...amd64 },
      { name: "scheduled", source: { folder: "hello" }, schedule: { cron: "* * * * *" }, ...amd64 },
    ],
  });
}

/** A factory that is deployed, with everything that docs/cluster.md gives it by hand. */
export async function openGitWorld(place: Place, prepared: Prepared): Promise<GitWorld> {
  const server = await startGitServer(place.builderImage, place.kubectlBin);
  const world = await openWorld(place, prepared, {
    namespace: namespaces.git,
    factory: { insecureRegistries: [hostOf(place.registry)], layerCache: "beside" },
    cluster: {
      stateRepository: { url: server.url },
      certificates: "team-certificates",
      kargo: { interval: "1m", baseInterval: "1m" },
    },
    images: gitImages("1"),
  });
  expectStatus(await world.team.npm("deploy"), 0);
  await giveCredentials(world, server, place.scratch);
  await world.ask("wait", "--for=condition=Available", "deploy/image-factory-pod", "--timeout=600s");
  return { ...world, server, driver: await findDriver(world, prepared) };
}

/** As docs/cluster.md has it. The registry asks nobody who he is, and takes a login all the same. */
async function giveCredentials(
  { ask, registry }: ClusterWorld,
  { token, certificate }: GitServer,
  scratch: string,
): Promise<void> {
  const login = { auth: Buffer.from(`team:${token}`).toString("base64") };
  const files = {
    "config.json": JSON.stringify({ auths: { [hostOf(registry)]: login } }),
    "ca.crt": certificate,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(scratch, name), content);
  const docker = [
    "--type=kubernetes.io/dockerconfigjson",
    `--from-file=.dockerconfigjson=${join(scratch, "config.json")}`,
  ];
  await ask("create", "secret", "generic", "ghcr-credentials", ...docker);
  await ask("create", "secret", "generic", "github-credentials", `--from-literal=password=${token}`);
  await ask("create", "configmap", "team-certificates", `--from-file=${join(scratch, "ca.crt")}`);
}

/** @param last of the image whose last step alone is another with it. */
export function gitImages(last: string): readonly object[] {
  return [
    { name: "walked", source: { folder: "walked" }, tags: ["stable"], ...amd64 },
    { name: "walked-child", source: { folder: "walked-child" }, tags: ["stable"], ...amd64 },
    { name: "one", source: { folder: "hello" }, ...amd64 },
    { name: "two", source: { folder: "hello" }, ...amd64 },
    { name: "three", source: { folder: "hello" }, ...amd64 },
    { name: "layered", source: { folder: "layered" }, args: { LAST: last }, ...amd64 },
    { name: "aging", source: { folder: "aging" }, ...amd64 },
  ];
}

async function openWorld(
  { registry, ...place }: Place,
  { hasRollouts, hadKargo }: Prepared,
  {
    namespace,
    factory,
    cluster,
    images,
  }: {
    readonly namespace: string;
    readonly factory: object;
    readonly cluster: object;
    readonly images: readonly object[];
  },
): Promise<ClusterWorld> {
  const settings = {
    registry,
    trivyDatabase: `${registry}/trivy-db:2`,
    // The sample grows old, and nobody brings it up to date.
    databaseMaxAge: "36500d",
    ...factory,
  };
  const team = await makeTeam(join(place.scratch, namespace), place.sources, settings, {
    namespace,
    builderImage: place.builderImage,
    retries: 1,
    resources: { cpu: "50m", memory: "64Mi" },
    ...(place.kubeletFolder === undefined ? {} : { kubeletFolder: place.kubeletFolder }),
    ...cluster,
  });
  await team.writeImages(images);
  await team.writeCluster({});
  return clusterWorld(team, {
    namespace,
    registry,
    kubectlBin: place.kubectlBin,
    hasRollouts,
    hasKargo: hadKargo,
  });
}
