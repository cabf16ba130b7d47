import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RegistryClient } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { type ManifestDocument, parseImageManifest, parseIndex } from "../../src/registry/manifest.ts";
import { isIndexType, ociManifestType } from "../../src/registry/media-types.ts";
import { formatReference, parseReference, type Repository } from "../../src/registry/reference.ts";
import { type Config, projectLayer, withLayer } from "./project-layer.ts";

/** Of a layer that is not compressed, which no registry minds, by the kind of its manifest. */
const ociLayerType = "application/vnd.oci.image.layer.v1.tar";
const dockerLayerType = "application/vnd.docker.image.rootfs.diff.tar";

/**
 * Puts a builder image that lies in some registry into the cluster's own, with the project as it stands here as one more
 * layer.
 * @returns its reference, by digest.
 */
export async function pushBuilder(
  reference: string,
  sources: string,
  to: Repository,
  client: RegistryClient,
): Promise<string> {
  const document = await ofThisMachine(reference, client);
  const { config, layers, mediaType } = parseImageManifest(document, reference);
  await client.copyImage(parseReference(reference), document.digest, to);
  const below = JSON.parse(
    Buffer.from((await client.getBlob(to, config.digest, { maxBytes: 1_000_000 })) ?? []).toString(),
  ) as Config;
  const scratch = await mkdtemp(join(tmpdir(), "factory-cluster-image-"));
  try {
    const layer = await readFile(await projectLayer(scratch, sources));
    const ours = Buffer.from(JSON.stringify(withLayer(below, digestOf(layer))));
    await client.putBlob(to, layer);
    await client.putBlob(to, ours);
    const manifest = {
      schemaVersion: 2,
      mediaType,
      config: { mediaType: config.mediaType, digest: digestOf(ours), size: ours.length },
      layers: [
        ...layers,
        {
          mediaType: mediaType === ociManifestType ? ociLayerType : dockerLayerType,
          digest: digestOf(layer),
          size: layer.length,
        },
      ],
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    return formatReference({ ...to, digest: await client.putManifest(to, "test", mediaType, bytes) });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Of an index the image of this machine's architecture, which the nodes have to have too. */
async function ofThisMachine(reference: string, client: RegistryClient): Promise<ManifestDocument> {
  const { registry, path, tag = "latest", digest } = parseReference(reference);
  const get = async (name: string) => {
    const found = await client.getManifest({ registry, path }, name);
    if (found === undefined) throw new Error(`BUILDER_IMAGE: ${reference} is not there`);
    return found;
  };
  const document = await get(digest ?? tag);
  if (!isIndexType(document.mediaType)) return document;
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const child = parseIndex(document, reference).manifests.find(
    ({ platform }) => platform?.architecture === architecture,
  );
  if (child === undefined) throw new Error(`BUILDER_IMAGE: ${reference} has no image for ${architecture}`);
  return get(child.digest);
}
