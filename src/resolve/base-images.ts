import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import { type ImageConfig, parseImageConfig } from "../registry/image-config.ts";
import { childFor, formatPlatform, platformsOf, runsOn } from "../registry/image-platforms.ts";
import {
  type ImageManifest,
  type ManifestDocument,
  parseImageManifest,
  parseIndex,
} from "../registry/manifest.ts";
import { isIndexType } from "../registry/media-types.ts";
import { formatReference, type Reference, type Repository } from "../registry/reference.ts";

/** What a base's name means today: its index, or its only manifest. */
export interface ResolvedBase {
  readonly repository: Repository;
  readonly digest: Digest;
}

/** One platform of a base, read down to its config. */
export interface BaseImage {
  readonly repository: Repository;
  /** Digest of the platform's manifest. */
  readonly digest: Digest;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

/** Looks bases up; each name is asked for once in a run, so that all builds of the run pin the same digest. */
export interface BaseImages {
  /**
   * The digest that a reference has now, or was pinned to.
   * @throws FactoryError "base-missing" when the registry has no such image.
   */
  resolve(reference: Reference): Promise<ResolvedBase>;
  /**
   * One platform of a resolved base.
   * @throws FactoryError "base-platform-missing", "base-unusable".
   */
  platform(base: ResolvedBase, platform: Platform): Promise<BaseImage>;
}

export interface BaseImagesOptions {
  readonly client: RegistryClient;
  /** Manifests and configs never change under their digest: kept here, they are fetched once a machine. */
  readonly cacheDir: string;
  /** `PIN=`: the digest that a reference means on this run, by its formatted text. */
  readonly pins: ReadonlyMap<string, Digest>;
}

/** Configs are small; an answer above this is none. */
const maxConfigBytes = 8 * 1024 * 1024;

export function createBaseImages({ client, cacheDir, pins }: BaseImagesOptions): BaseImages {
  const resolved = new Map<string, Promise<ResolvedBase>>();
  const platforms = new Map<string, Promise<BaseImage>>();

  const lookUp = async (reference: Reference): Promise<ResolvedBase> => {
    const repository = { registry: reference.registry, path: reference.path };
    const pinned = pins.get(formatReference(reference)) ?? reference.digest;
    if (pinned !== undefined) return { repository, digest: pinned };
    const found = await client.headManifest(repository, reference.tag ?? "latest");
    if (found === undefined) {
      throw new FactoryError("base-missing", `there is no image ${formatReference(reference)}`, {
        hint: "Correct the name in the Dockerfile, or publish that image first.",
      });
    }
    return { repository, digest: found.digest };
  };

  const manifestOf = async (repository: Repository, digest: Digest): Promise<ManifestDocument> => {
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

  const read = async ({ repository, digest }: ResolvedBase, platform: Platform): Promise<BaseImage> => {
    const name = formatReference({ ...repository, digest });
    const top = await manifestOf(repository, digest);
    const own = isIndexType(top.mediaType) ? childOf(top, platform, name) : digest;
    const document = own === digest ? top : await manifestOf(repository, own);
    const manifest = parseImageManifest(document, name);
    const bytes = await cached(
      join(cacheDir, `${manifest.config.digest.slice(7)}.config`),
      manifest.config.digest,
      () => configOf(repository, manifest.config.digest, name),
    );
    const config = parseImageConfig(bytes, name);
    if (!runsOn(config, platform)) throw wrongPlatform(name, platform, formatPlatform(config));
    return { repository, digest: own, manifest, config };
  };

  return {
    resolve: (reference) => once(resolved, formatReference(reference), () => lookUp(reference)),
    platform: (base, platform) =>
      once(platforms, `${formatReference({ ...base.repository, digest: base.digest })} ${platform}`, () =>
        read(base, platform),
      ),
  };
}

function childOf(index: ManifestDocument, platform: Platform, name: string): Digest {
  const parsed = parseIndex(index, name);
  const child = childFor(parsed, platform);
  if (child === undefined) throw wrongPlatform(name, platform, platformsOf(parsed).join(", "));
  return child.digest;
}

function wrongPlatform(name: string, platform: Platform, has: string): FactoryError {
  return new FactoryError(
    "base-platform-missing",
    `${name} has no image for ${platform}: it has ${has || "none"}`,
    {
      hint: `Choose a base that has ${platform}, or take ${platform} out of platforms in images.yaml.`,
    },
  );
}

/** Bytes that have this digest: from the file when they are there and right, else fetched and kept. */
async function cached(file: string, digest: Digest, fetch: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const kept = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (kept !== undefined && digestOf(kept) === digest) return kept;
  const bytes = await fetch();
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, Buffer.from(bytes));
  return bytes;
}

/** A look-up that failed is not remembered: the next who asks tries again. */
function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}
