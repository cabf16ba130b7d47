import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { FactoryError } from "../errors.ts";
import type { NonEmpty } from "../non-empty.ts";
import { canonicalJson } from "../registry/canonical-json.ts";
import type { RegistryClient, RegistryClientOptions } from "../registry/client.ts";
import { digestOf } from "../registry/digest.ts";
import { parseImageManifest } from "../registry/manifest.ts";
import { ociManifestType } from "../registry/media-types.ts";
import { formatReference, parseReference, type Repository } from "../registry/reference.ts";
import { faultIn } from "../registry/retry.ts";
import { type Feed, type FeedLayer, type FeedSource, feedArtifactType } from "./feed.ts";

/** Makes a client for one conversation, with the credentials and settings of this run. */
export type OpenClient = (
  options: Pick<RegistryClientOptions, "signal" | "limits" | "timeouts">,
) => RegistryClient;

/** On a network that lets nothing out, every further try costs the user seconds and changes nothing. */
const briefly = {
  limits: { attempts: 2, deadlineMs: 4_000 },
  timeouts: { connectMs: 3_000, idleMs: 4_000 },
} as const;

/**
 * A feed in a registry, by the name that settings give it (`mirror.example.com/trivy-db`, with the schema's number as
 * its tag where it has none).
 * @throws FactoryError "settings-invalid" for what is no name.
 */
function registrySource(name: string, feed: Feed, open: OpenClient): FeedSource {
  const reference = readName(name, feed);
  const formatted = formatReference(reference);
  return {
    name: formatted,
    resolve: async (signal) => {
      const document = await open({ ...briefly, signal }).getManifest(reference, reference.tag);
      if (document === undefined) throw absent(formatted);
      const { layers } = parseImageManifest(document, formatted);
      const [layer] = layers;
      if (layer !== undefined && layers.length === 1) return layer;
      throw new FactoryError(
        "database-unavailable",
        `${formatted} is no ${feed.name} of Trivy's: expected one layer, got ${layers.length}`,
      );
    },
    download: async (layer, file, signal) => {
      const bytes = await open({ signal }).streamBlob(reference, layer.digest);
      if (bytes === undefined) throw absent(`${formatted}: ${layer.digest}`);
      await pipeline(bytes, createWriteStream(file, { flags: "wx" }), { signal }).catch((cause: unknown) => {
        throw faultIn(cause) === undefined ? cause : brokenOff(formatted, layer, cause as Error);
      });
    },
  };
}

/**
 * Where a feed is fetched from: the mirror that settings name, or the repositories that Trivy itself uses.
 * @throws FactoryError "settings-invalid" for a mirror that is no name.
 */
export function feedSources(feed: Feed, mirror: string | undefined, open: OpenClient): NonEmpty<FeedSource> {
  const [first, ...others] = mirror === undefined ? feed.repositories : [mirror];
  return [registrySource(first, feed, open), ...others.map((name) => registrySource(name, feed, open))];
}

/**
 * Stores a feed's layer as the artifact that Trivy downloads, under the schema's number as its tag.
 * @see https://trivy.dev/docs/latest/advanced/self-hosting/
 */
export async function pushFeed(
  feed: Feed,
  layer: Uint8Array,
  repository: Repository,
  client: RegistryClient,
): Promise<FeedLayer> {
  const config = new TextEncoder().encode("{}");
  const descriptor = { mediaType: feed.mediaType, digest: digestOf(layer), size: layer.length };
  await client.putBlob(repository, config);
  await client.putBlob(repository, layer);
  const manifest = canonicalJson({
    schemaVersion: 2,
    mediaType: ociManifestType,
    artifactType: feedArtifactType,
    config: {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: digestOf(config),
      size: config.length,
    },
    layers: [descriptor],
  });
  await client.putManifest(repository, `${feed.version}`, ociManifestType, manifest);
  return descriptor;
}

function readName(name: string, feed: Feed): Repository & { readonly tag: string } {
  try {
    const { registry, path, tag = `${feed.version}`, digest } = parseReference(name);
    if (digest === undefined) return { registry, path, tag };
  } catch (cause) {
    if (!(cause instanceof FactoryError)) throw cause;
    throw notAName(name, feed, cause);
  }
  throw notAName(name, feed);
}

function notAName(name: string, feed: Feed, cause?: FactoryError): FactoryError {
  const seen = cause?.message ?? "a digest, which would never be refreshed";
  return new FactoryError(
    "settings-invalid",
    `the mirror of the ${feed.name}: expected host/repository[:tag], got ${JSON.stringify(name)}: ${seen}`,
    { hint: "Correct it in factory.yaml.", cause },
  );
}

function brokenOff(name: string, { digest }: FeedLayer, cause: Error): FactoryError {
  const hint = "Try again; look at the registry, and at proxies before it, if it breaks off each time.";
  return new FactoryError("registry-unavailable", `${name}: GET ${digest} broke off: ${cause.message}`, {
    hint,
    cause,
  });
}

function absent(name: string): FactoryError {
  return new FactoryError("database-unavailable", `${name} does not exist`, {
    hint: "Correct the name of the mirror in factory.yaml.",
  });
}
