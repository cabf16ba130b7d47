import type { Log } from "../log.ts";
import type { RegistryClient } from "../registry/client.ts";
import { missing } from "../registry/copy.ts";
import type { Digest } from "../registry/digest.ts";
import {
  type Descriptor,
  type ImageManifest,
  type ManifestDocument,
  parseImageManifest,
  parseIndex,
} from "../registry/manifest.ts";
import { isImageManifestType, isIndexType } from "../registry/media-types.ts";
import { nameOf } from "../registry/pulls.ts";
import type { Repository } from "../registry/reference.ts";
import type { Referrer } from "../registry/referrers.ts";

/** All that makes an image elsewhere what it is here. */
export interface Content {
  /** Each stands behind all that it names; the image itself is the last. */
  readonly manifests: readonly ManifestDocument[];
  /** What belongs to those manifests, and to one another: receipts, SBOMs, signatures. */
  readonly referrers: readonly (Referrer & { readonly subject: Digest })[];
  /** Those of both, each once. */
  readonly blobs: readonly Pick<Descriptor, "digest" | "size">[];
}

interface ContentDoor {
  readonly client: Pick<RegistryClient, "addressOf" | "getManifest" | "listReferrers">;
  readonly log: Log;
}

/**
 * Reads the manifests of an image and of everything that refers to it, byte for byte.
 * @throws FactoryError "base-unusable" for a manifest of another kind, and for layers that no registry has.
 */
export async function readContent(
  repository: Repository,
  digest: Digest,
  { client, log }: ContentDoor,
): Promise<Content> {
  const manifests = new Map<Digest, ManifestDocument>();
  const referrers = new Map<Digest, Referrer & { readonly subject: Digest }>();
  const blobs = new Map<Digest, Pick<Descriptor, "digest" | "size">>();
  const note = ({ config, layers }: ImageManifest) => {
    for (const blob of [config, ...layers]) blobs.set(blob.digest, { digest: blob.digest, size: blob.size });
  };

  const readImage = async (at: Digest): Promise<void> => {
    const document = await known(at);
    const name = nameOf(repository, at);
    if (isIndexType(document.mediaType)) {
      await Promise.all(parseIndex(document, name).manifests.map((child) => readImage(child.digest)));
    } else {
      note(parseImageManifest(document, name));
    }
    manifests.set(at, document);
    await readReferrers(at);
  };

  const readReferrers = async (subject: Digest): Promise<void> => {
    const listed = await client.listReferrers(repository, subject);
    await Promise.all(listed.map(({ digest: at }) => readReferrer(at, subject)));
  };

  const readReferrer = async (at: Digest, subject: Digest): Promise<void> => {
    const document = await known(at);
    const name = nameOf(repository, at);
    if (!isImageManifestType(document.mediaType)) {
      log({ kind: "warning", text: `${name} stays behind: it is of the type ${document.mediaType}` });
      return;
    }
    const manifest = parseImageManifest(document, name);
    note(manifest);
    referrers.set(at, { subject, bytes: document.bytes, entry: entryOf(document, manifest) });
    await readReferrers(at);
  };

  const known = async (at: Digest): Promise<ManifestDocument> => {
    const document = await client.getManifest(repository, at);
    if (document === undefined) throw missing(client.addressOf(repository), "manifests", at);
    return document;
  };

  await readImage(digest);
  return {
    manifests: [...manifests.values()],
    referrers: [...referrers.values()],
    blobs: [...blobs.values()],
  };
}

/**
 * How a referrer is listed, by what it says of itself.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
function entryOf({ mediaType, digest, bytes }: ManifestDocument, manifest: ImageManifest): Descriptor {
  const { artifactType = manifest.config.mediaType, annotations } = manifest;
  return {
    mediaType,
    digest,
    size: bytes.length,
    artifactType,
    ...(annotations === undefined ? {} : { annotations }),
  };
}
