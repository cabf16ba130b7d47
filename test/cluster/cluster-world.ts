import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { type Ended, startProgram, type Team } from "./team.ts";

/** A cluster that a team's factory is deployed to, and what looks at it from outside. */
export interface ClusterWorld {
  readonly team: Team;
  readonly namespace: string;
  /** Host and port of the registry, for pods and for this process alike. */
  readonly registry: string;
  /** Folder with the CRDs of Kargo and Argo Rollouts. */
  readonly crds: string;
  readonly kubectl: (...args: readonly string[]) => Promise<Ended>;
  /** What kubectl prints; an error where it fails. */
  readonly ask: (...args: readonly string[]) => Promise<string>;
  /** Server-side, as strictly as it goes. */
  readonly apply: (object: object, ...args: readonly string[]) => Promise<Ended>;
  readonly client: RegistryClient;
}

/** One thing that is shown; it throws where it is not so, and gives back what is worth saying of what was seen. */
export interface ClusterCase {
  /** Of the five of the issue. */
  readonly point: 1 | 2 | 3 | 4 | 5;
  readonly name: string;
  readonly look: (world: ClusterWorld) => Promise<string>;
}

export function clusterWorld(
  team: Team,
  place: Pick<ClusterWorld, "namespace" | "registry" | "crds"> & { readonly kubectlBin: string },
): ClusterWorld {
  const { kubectlBin, ...rest } = place;
  const kubectl = (...args: readonly string[]) =>
    startProgram(kubectlBin, ["--namespace", place.namespace, ...args], process.env).ended;
  const ask = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await kubectl(...args);
    expect(status === 0, `kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const apply = (object: object, ...args: readonly string[]) =>
    startProgram(
      kubectlBin,
      ["apply", "--server-side", "--validate=strict", "--field-manager=test-cluster", ...args, "-f", "-"],
      process.env,
      JSON.stringify(object),
    ).ended;
  const client = createRegistryClient({
    embedded: undefined,
    insecureRegistries: [place.registry],
    credentials: { lookup: async () => undefined },
    log: () => undefined,
  });
  return { ...rest, team, kubectl, ask, apply, client };
}

/** @throws with what was expected instead. */
export function expect(holds: boolean, expected: string): asserts holds {
  if (!holds) throw new Error(expected);
}

/** The exit status that a command has to end with. */
export function expectStatus(ended: Ended, status: number): void {
  expect(
    ended.status === status,
    `expected exit status ${status}, got ${ended.status}: ${`${ended.stdout}${ended.stderr}`.slice(-1_500)}`,
  );
}

/** Asks until there is an answer. */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    expect(Date.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The names of an image's publications in the registry, oldest first: each is `<UTC time>-<digest12>`. */
export async function publications(
  { registry, client }: ClusterWorld,
  image: string,
): Promise<readonly string[]> {
  const tags = await client.listTags({ registry, path: image });
  return tags.filter((tag) => /^\d{8}T\d{6}Z-[0-9a-f]{12}$/.test(tag)).toSorted();
}

/** The digest of an image's newest publication. */
export async function newestDigest(world: ClusterWorld, image: string): Promise<Digest> {
  const newest = (await publications(world, image)).at(-1);
  expect(newest !== undefined, `${image} is not published`);
  const found = await world.client.headManifest({ registry: world.registry, path: image }, newest);
  expect(found !== undefined, `${image}:${newest} is not there`);
  return found.digest;
}

/** The architectures of an index, in its order. */
export async function architectures(
  { registry, client }: ClusterWorld,
  image: string,
  digest: Digest,
): Promise<readonly string[]> {
  const found = await client.getManifest({ registry, path: image }, digest);
  const text = Buffer.from(found?.bytes ?? []).toString();
  return [...text.matchAll(/"architecture":\s*"(\w+)"/g)].map(([, name = ""]) => name);
}
