import { createHash } from "node:crypto";
import type { RegistryClient } from "../../src/registry/client.ts";
import { parseReference } from "../../src/registry/reference.ts";
import type { FreightImage, KargoApi, Subscription, Warehouse } from "./kargo-objects.ts";

interface DiscoveryDoor {
  readonly api: KargoApi;
  readonly client: RegistryClient;
  readonly namespace: string;
}

const refresh = "kargo.akuity.io/refresh";

/** Looks at the registry for every Warehouse whose interval is over, or that was asked to; makes Freight of what is new. */
export function discoverer({ api, client, namespace }: DiscoveryDoor): () => Promise<void> {
  const lookedAt = new Map<string, number>();
  return async () => {
    for (const warehouse of await api.list<Warehouse>("warehouses")) {
      const { name } = warehouse.metadata;
      const asked = warehouse.metadata.annotations?.[refresh];
      const isAsked = asked !== undefined && asked !== warehouse.status?.lastHandledRefresh;
      const age = Date.now() - (lookedAt.get(name) ?? 0);
      if (!isAsked && age < durationMs(warehouse.spec.interval)) continue;
      lookedAt.set(name, Date.now());
      const image = await newest(subscriptionOf(warehouse), client);
      const found = image === undefined ? undefined : await freightOf(name, image);
      await api.say("warehouses", warehouse, {
        ...(asked === undefined ? {} : { lastHandledRefresh: asked }),
        ...(found === undefined ? {} : { lastFreightID: found }),
      });
    }
  };

  async function freightOf(warehouse: string, image: FreightImage): Promise<string> {
    const origin = { kind: "Warehouse", name: warehouse };
    const { repoURL, tag, digest } = image;
    const name = createHash("sha1").update([warehouse, repoURL, tag, digest].join(" ")).digest("hex");
    await api.apply("freights", {
      apiVersion: "kargo.akuity.io/v1alpha1",
      kind: "Freight",
      metadata: { name, namespace },
      alias: `found-${name.slice(0, 7)}`,
      origin,
      images: [image],
    });
    return name;
  }
}

function subscriptionOf({ metadata, spec }: Warehouse): Subscription {
  const [first, ...others] = spec.subscriptions;
  if (first?.image === undefined || others.length > 0)
    throw new Error(`this stand-in knows Warehouses of one image, and not ${metadata.name}`);
  return first.image;
}

async function newest(
  { repoURL, imageSelectionStrategy, constraint, allowTagsRegexes = [] }: Subscription,
  client: RegistryClient,
): Promise<FreightImage | undefined> {
  const repository = parseReference(repoURL);
  const tags = {
    Digest: async () => constraint,
    Lexical: async () =>
      (await client.listTags(repository))
        .filter((tag) => allowTagsRegexes.some((expression) => new RegExp(expression).test(tag)))
        .toSorted()
        .at(-1),
  }[imageSelectionStrategy];
  if (tags === undefined) throw new Error(`this stand-in does not know ${imageSelectionStrategy}`);
  const tag = await tags();
  const found = tag === undefined ? undefined : await client.headManifest(repository, tag);
  return tag === undefined || found === undefined ? undefined : { repoURL, tag, digest: found.digest };
}

/** `1h2m3s`, as Go writes it. */
function durationMs(text: string): number {
  const [, hours = "0", minutes = "0", seconds = "0"] =
    /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}
