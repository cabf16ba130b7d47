import { FactoryError } from "../errors.ts";

/**
 * The media types that the factory writes.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md
 */
export const ociIndexType = "application/vnd.oci.image.index.v1+json";
export const ociManifestType = "application/vnd.oci.image.manifest.v1+json";
export const ociConfigType = "application/vnd.oci.image.config.v1+json";
export const ociLayerGzipType = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Docker's names of the same things, which many bases still have. */
export const dockerListType = "application/vnd.docker.distribution.manifest.list.v2+json";
export const dockerManifestType = "application/vnd.docker.distribution.manifest.v2+json";

/**
 * Sent on every HEAD and GET of a manifest: a registry may answer 404, or with a converted manifest and another
 * digest, when the type that it holds is not among those that are accepted.
 */
export const acceptedManifestTypes = [
  ociIndexType,
  ociManifestType,
  dockerListType,
  dockerManifestType,
] as const;

export function isIndexType(mediaType: string): boolean {
  return mediaType === ociIndexType || mediaType === dockerListType;
}

export function isImageManifestType(mediaType: string): boolean {
  return mediaType === ociManifestType || mediaType === dockerManifestType;
}

const ociLayerTypeOf: Readonly<Record<string, string>> = {
  "application/vnd.oci.image.layer.v1.tar": "application/vnd.oci.image.layer.v1.tar",
  [ociLayerGzipType]: ociLayerGzipType,
  "application/vnd.oci.image.layer.v1.tar+zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip": ociLayerGzipType,
  "application/vnd.docker.image.rootfs.diff.tar.zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
};

/** Whether a layer of this type is held by somebody else than the registry, and so cannot be copied. */
export function isForeignLayerType(mediaType: string): boolean {
  return mediaType.includes(".foreign.") || mediaType.includes(".nondistributable.");
}

/**
 * The OCI name of a layer's media type: the bytes are the same under either name.
 * @throws FactoryError "base-unusable" for foreign layers and for what is no file-system layer.
 */
export function ociLayerType(mediaType: string, image: string): string {
  const known = ociLayerTypeOf[mediaType];
  if (known !== undefined) return known;
  throw new FactoryError(
    "base-unusable",
    isForeignLayerType(mediaType)
      ? `${image} has a foreign layer (${mediaType}), whose bytes the registry need not have`
      : `${image} has a layer of type ${JSON.stringify(mediaType)}, which is no tar, gzip or zstd layer`,
    { hint: "Choose a base whose layers are all in its registry." },
  );
}
