import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { parseImageManifest, parseIndex } from "../registry/manifest.ts";
import { isIndexType } from "../registry/media-types.ts";
import { formatReference, type Repository } from "../registry/reference.ts";

/**
 * What of a published index its registry lacks, down to the last blob of every platform: each as a digest with what it
 * is. Nothing for one that is whole.
 */
export async function missingParts(
  repository: Repository,
  digest: Digest,
  client: Pick<RegistryClient, "getManifest" | "hasBlob">,
): Promise<readonly string[]> {
  const document = await client.getManifest(repository, digest);
  if (document === undefined) return [`manifest ${digest}`];
  const name = formatReference({ ...repository, digest });
  if (isIndexType(document.mediaType)) {
    const { manifests } = parseIndex(document, name);
    const missing = await Promise.all(
      manifests.map((child) => missingParts(repository, child.digest, client)),
    );
    return [...new Set(missing.flat())];
  }
  const { config, layers } = parseImageManifest(document, name);
  const blobs = [...new Set([config, ...layers].map((blob) => blob.digest))];
  const there = await Promise.all(blobs.map((blob) => client.hasBlob(repository, blob)));
  return blobs.filter((_, index) => !there[index]).map((blob) => `blob ${blob}`);
}
