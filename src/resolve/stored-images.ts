import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import { keep, recall } from "../kept.ts";
import { type Platform, platforms } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import { type ImageConfig, parseImageConfig } from "../registry/image-config.ts";
import { childFor, formatPlatform, runsOn } from "../registry/image-platforms.ts";
import {
  type Annotations,
  type DescribedPlatform,
  type ImageManifest,
  type ManifestDocument,
  parseImageManifest,
  parseIndex,
} from "../registry/manifest.ts";
import { isIndexType } from "../registry/media-types.ts";
import { formatReference, type Repository } from "../registry/reference.ts";

/** An image or an index by its digest. */
export interface StoredDigest {
  readonly repository: Repository;
  readonly digest: Digest;
}

/** One platform's image, read down to its config. */
export interface StoredImage extends StoredDigest {
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

/** What an index lists, or the only image where there is none. */
export interface StoredPlatforms {
  /** Digest of each platform's manifest, by `linux/arm64`; a variant that runs where ours does stands under ours. */
  readonly platforms: Readonly<Record<string, Digest>>;
  readonly annotations: Annotations;
}

/** Reads what never changes under its digest: each manifest and config is fetched once a machine. */
export interface StoredImages {
  /** @throws FactoryError "base-missing", "base-unusable". */
  readonly platforms: (stored: StoredDigest) => Promise<StoredPlatforms>;
  /** @throws FactoryError as `platforms`, also for an index. */
  readonly image: (stored: StoredDigest) => Promise<StoredImage>;
}

/** Configs are small; an answer above this is none. */
const maxConfigBytes = 8 * 1024 * 1024;

export function createStoredImages(
  client: Pick<RegistryClient, "getManifest" | "getBlob">,
  cacheDir: string,
): StoredImages {
  const manifestOf = async ({ repository, digest }: StoredDigest): Promise<ManifestDocument> => {
    const name = formatReference({ ...repository, digest });
    const bytes = await cached(join(cacheDir, `${digest.slice(7)}.manifest`), digest, async () => {
      const found = await client.getManifest(repository, digest);
      if (found !== undefined) return found.bytes;
      throw new FactoryError("base-missing", `there is no image ${name}`, {
        hint: "It was deleted in its registry: name another digest or a tag.",
      });
    });
    const { mediaType } = JSON.parse(new TextDecoder().decode(bytes)) as { mediaType?: string };
    if (mediaType !== undefined) return { mediaType, digest, bytes };
    // OCI manifests may leave their type out; the registry's answer has it.
    const found = await client.getManifest(repository, digest);
    if (found === undefined) throw new FactoryError("base-missing", `there is no image ${name}`);
    return found;
  };

  const configOf = async (repository: Repository, digest: Digest, name: string): Promise<Uint8Array> => {
    const bytes = await client.getBlob(repository, digest, { maxBytes: maxConfigBytes });
    if (bytes !== undefined) return bytes;
    throw new FactoryError("base-unusable", `${name} lacks its config ${digest} in the registry`, {
      hint: "That image is incomplete there: push it again, or choose another base.",
    });
  };

  const read = async (
    { repository, digest }: StoredDigest,
    document: ManifestDocument,
  ): Promise<StoredImage> => {
    const name = formatReference({ ...repository, digest });
    const manifest = parseImageManifest(document, name);
    const bytes = await cached(
      join(cacheDir, `${manifest.config.digest.slice(7)}.config`),
      manifest.config.digest,
      () => configOf(repository, manifest.config.digest, name),
    );
    return { repository, digest, manifest, config: parseImageConfig(bytes, name) };
  };

  return {
    platforms: async (stored) => {
      const document = await manifestOf(stored);
      if (!isIndexType(document.mediaType)) {
        const { config, manifest } = await read(stored, document);
        return { platforms: { [nameOf(config)]: stored.digest }, annotations: manifest.annotations ?? {} };
      }
      const index = parseIndex(document, formatReference({ ...stored.repository, digest: stored.digest }));
      const named = index.manifests.flatMap((child): readonly (readonly [string, Digest])[] =>
        child.platform === undefined || child.platform.os === "unknown"
          ? []
          : [[nameOf(child.platform), child.digest]],
      );
      const own = platforms.flatMap((platform): readonly (readonly [string, Digest])[] => {
        const child = childFor(index, platform);
        return child === undefined ? [] : [[platform, child.digest]];
      });
      return { platforms: Object.fromEntries([...named, ...own]), annotations: index.annotations ?? {} };
    },
    image: async (stored) => read(stored, await manifestOf(stored)),
  };
}

function nameOf(described: DescribedPlatform): string {
  return platforms.find((platform: Platform) => runsOn(described, platform)) ?? formatPlatform(described);
}

/** Bytes that have this digest: from the file when they are there and right, else fetched and kept. */
async function cached(file: string, digest: Digest, fetch: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const kept = recall(file);
  if (kept !== undefined && digestOf(kept) === digest) return kept;
  const bytes = await fetch();
  await keep(file, bytes);
  return bytes;
}
