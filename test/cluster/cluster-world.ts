import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { parseRepository } from "../../src/registry/reference.ts";
import { expect } from "./expect.ts";
import { type Kubectl, kubectlIn } from "./kubectl.ts";
import type { Team } from "./team.ts";

/** A namespace of a cluster that a team's factory is deployed to, and what looks at it from outside. */
export interface ClusterWorld extends Kubectl {
  readonly team: Team;
  readonly namespace: string;
  /** Host, port and perhaps prefix in the registry, for pods and for this process alike. */
  readonly registry: string;
  readonly client: RegistryClient;
  /** Whether the cluster has the controllers of Kargo itself. */
  readonly hasKargo: boolean;
  /** Whether the controller of Argo Rollouts answers. */
  readonly hasRollouts: boolean;
}

/** One thing that is shown; it throws where it is not so, and gives back what is worth saying of what was seen. */
export interface ClusterCase<World extends ClusterWorld = ClusterWorld> {
  /** Of the five of the issue. */
  readonly point: 1 | 2 | 3 | 4 | 5;
  readonly name: string;
  readonly look: (world: World) => Promise<string>;
}

export function clusterWorld(
  team: Team,
  {
    kubectlBin,
    ...place
  }: Pick<ClusterWorld, "namespace" | "registry" | "hasKargo" | "hasRollouts"> & {
    readonly kubectlBin: string;
  },
): ClusterWorld {
  return {
    ...place,
    ...kubectlIn(place.namespace, kubectlBin),
    team,
    client: anonymousClient(place.registry),
  };
}

/** Host and port of a place in a registry. */
export function hostOf(registry: string): string {
  return registry.split("/", 1)[0] ?? "";
}

/** For a registry that speaks plain HTTP and knows nobody. */
export function anonymousClient(registry: string): RegistryClient {
  return createRegistryClient({
    embedded: undefined,
    insecureRegistries: [hostOf(registry)],
    credentials: { lookup: async () => undefined },
    log: () => undefined,
  });
}

/** The names of an image's publications in the registry, oldest first: each is `<UTC time>-<digest12>`. */
export async function publications(
  { registry, client }: ClusterWorld,
  image: string,
): Promise<readonly string[]> {
  const tags = await client.listTags(parseRepository(`${registry}/${image}`));
  return tags.filter((tag) => /^\d{8}T\d{6}Z-[0-9a-f]{12}$/.test(tag)).toSorted();
}

/** The digest of an image's newest publication. */
export async function newestDigest(world: ClusterWorld, image: string): Promise<Digest> {
  const newest = (await publications(world, image)).at(-1);
  expect(newest !== undefined, `${image} is not published`);
  const found = await world.client.headManifest(parseRepository(`${world.registry}/${image}`), newest);
  expect(found !== undefined, `${image}:${newest} is not there`);
  return found.digest;
}

/** The architectures of an index, in its order. */
export async function architectures(
  { registry, client }: ClusterWorld,
  image: string,
  digest: Digest,
): Promise<readonly string[]> {
  const found = await client.getManifest(parseRepository(`${registry}/${image}`), digest);
  const text = Buffer.from(found?.bytes ?? []).toString();
  return [...text.matchAll(/"architecture":\s*"(\w+)"/g)].map(([, name = ""]) => name);
}
