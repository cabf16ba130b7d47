import { FactoryError } from "../errors.ts";
import type { NonEmpty } from "../non-empty.ts";
import { architectureOf, type Platform } from "../platform.ts";
import { canonicalJson, sortedMap } from "./canonical-json.ts";
import type { Digest } from "./digest.ts";
import {
  countIn,
  digestIn,
  type Field,
  listIn,
  member,
  optional,
  parseObject,
  stringIn,
  stringMapIn,
  unexpected,
} from "./json.ts";
import {
  isForeignLayerType,
  isImageManifestType,
  isIndexType,
  ociIndexType,
  ociManifestType,
} from "./media-types.ts";

export type Annotations = Readonly<Record<string, string>>;

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly platform?: DescribedPlatform;
  readonly artifactType?: string;
  readonly annotations?: Annotations;
}

/** A platform as an index describes it; any operating system, not only those that the factory builds. */
export interface DescribedPlatform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md */
export interface ImageManifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md */
export interface ImageIndex {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** The exact bytes of a manifest or index, as a registry stores them under their digest. */
export interface ManifestDocument {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** Registries refuse larger manifests, so a larger answer is none. */
export const maxManifestBytes = 4 * 1024 * 1024;

/**
 * Reads an index or a Docker manifest list; `image` is its name in messages.
 * @throws FactoryError "base-unusable".
 */
export function parseIndex(
  document: Pick<ManifestDocument, "mediaType" | "bytes">,
  image: string,
): ImageIndex {
  if (!isIndexType(document.mediaType)) throw unknownType(document.mediaType, image, "an image index");
  const root = readRoot(document, image);
  return {
    mediaType: document.mediaType,
    ...optional(root, "artifactType", stringIn),
    manifests: listIn(member(root, "manifests"), descriptorIn),
    ...optional(root, "subject", descriptorIn),
    ...optional(root, "annotations", stringMapIn),
  };
}

/**
 * Reads the manifest of one platform's image or of an artifact; `image` is its name in messages.
 * @throws FactoryError "base-unusable", also for foreign layers, whose bytes a registry need not have.
 */
export function parseImageManifest(
  document: Pick<ManifestDocument, "mediaType" | "bytes">,
  image: string,
): ImageManifest {
  if (!isImageManifestType(document.mediaType))
    throw unknownType(document.mediaType, image, "an image manifest");
  const root = readRoot(document, image);
  return {
    mediaType: document.mediaType,
    ...optional(root, "artifactType", stringIn),
    config: descriptorIn(member(root, "config")),
    layers: listIn(member(root, "layers"), ownLayerIn),
    ...optional(root, "subject", descriptorIn),
    ...optional(root, "annotations", stringMapIn),
  };
}

/** One platform of an index that the factory writes. */
export interface IndexChild {
  readonly platform: Platform;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/**
 * The bytes of the index of these platforms: sorted by platform, keys in one order, so that the same children and
 * annotations have the same digest whoever writes them.
 */
export function indexBytes(children: NonEmpty<IndexChild>, annotations: Annotations = {}): Uint8Array {
  const sorted = children.toSorted((a, b) =>
    a.platform < b.platform ? -1 : a.platform > b.platform ? 1 : 0,
  );
  return canonicalJson({
    schemaVersion: 2,
    mediaType: ociIndexType,
    manifests: sorted.map(({ mediaType, digest, size, platform }) => ({
      mediaType,
      digest,
      size,
      platform: { architecture: architectureOf(platform), os: "linux" },
    })),
    annotations: sortedMap(annotations),
  });
}

/** The bytes of an OCI image manifest; keys in one order, layers in the order given. */
export function imageManifestBytes(manifest: Omit<ImageManifest, "mediaType">): Uint8Array {
  return canonicalJson({
    schemaVersion: 2,
    mediaType: ociManifestType,
    artifactType: manifest.artifactType,
    config: descriptorJson(manifest.config),
    layers: manifest.layers.map(descriptorJson),
    subject: manifest.subject === undefined ? undefined : descriptorJson(manifest.subject),
    annotations: sortedMap(manifest.annotations),
  });
}

function descriptorJson(descriptor: Descriptor): object {
  const { mediaType, digest, size, platform, artifactType, annotations } = descriptor;
  return { mediaType, digest, size, platform, artifactType, annotations: sortedMap(annotations) };
}

function readRoot({ mediaType, bytes }: Pick<ManifestDocument, "mediaType" | "bytes">, image: string): Field {
  const root = parseObject(bytes, image, "base-unusable");
  const version = member(root, "schemaVersion");
  if (version.value !== 2) throw unexpected(version, "2");
  const inner = member(root, "mediaType");
  if (inner.value !== undefined && inner.value !== mediaType) throw unexpected(inner, mediaType);
  return root;
}

function descriptorIn(field: Field): Descriptor {
  return {
    mediaType: stringIn(member(field, "mediaType")),
    digest: digestIn(member(field, "digest")),
    size: countIn(member(field, "size")),
    ...optional(field, "platform", platformIn),
    ...optional(field, "artifactType", stringIn),
    ...optional(field, "annotations", stringMapIn),
  };
}

function platformIn(field: Field): DescribedPlatform {
  return {
    architecture: stringIn(member(field, "architecture")),
    os: stringIn(member(field, "os")),
    ...optional(field, "variant", stringIn),
  };
}

function ownLayerIn(field: Field): Descriptor {
  const layer = descriptorIn(field);
  if (!isForeignLayerType(layer.mediaType)) return layer;
  throw new FactoryError("base-unusable", `${field.name} is a foreign layer (${layer.mediaType})`, {
    hint: "Choose a base whose layers are all in its registry.",
  });
}

function unknownType(mediaType: string, image: string, expected: string): FactoryError {
  const schema1 = /manifest\.v1\+(json|prettyjws)$/.test(mediaType) && mediaType.includes("docker");
  return new FactoryError(
    "base-unusable",
    schema1
      ? `${image} is a Docker schema 1 image (${mediaType}), a format without content addresses`
      : `${image}: expected ${expected}, got media type ${JSON.stringify(mediaType)}`,
    schema1 ? { hint: "Push it again with a Docker of this decade, or choose another base." } : {},
  );
}
