import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { RegistryClient } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { type ImageConfig, imageConfigBytes } from "../../src/registry/image-config.ts";
import { type Descriptor, imageManifestBytes, indexBytes } from "../../src/registry/manifest.ts";
import {
  ociConfigType,
  ociIndexType,
  ociLayerGzipType,
  ociManifestType,
} from "../../src/registry/media-types.ts";
import type { Repository } from "../../src/registry/reference.ts";

interface PushedImage {
  /** What its one layer holds: one file of this text, or all that is in a folder. */
  readonly text?: string;
  readonly folder?: string;
  readonly architecture?: "amd64" | "arm64";
  readonly created?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A layer of one file, the same whenever it is made. */
function tarOf(text: string): Buffer {
  const dir = mkdtempSync(join(tmpdir(), "layer-"));
  writeFileSync(join(dir, "text"), text, { mode: 0o644 });
  const tar = tarOfFolder(dir, "text");
  rmSync(dir, { recursive: true });
  return tar;
}

function tarOfFolder(dir: string, path = "."): Buffer {
  const flags = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  return execFileSync("tar", ["--create", ...flags, `--directory=${dir}`, path]);
}

/** Pushes an image of one layer. */
export async function pushImage(
  client: RegistryClient,
  to: Repository,
  tag: string,
  { text = "", folder, architecture = "amd64", created, labels }: PushedImage,
): Promise<Descriptor> {
  const files = folder === undefined ? tarOf(text) : tarOfFolder(folder);
  const layer = gzipSync(files);
  const described: ImageConfig = {
    architecture,
    os: "linux",
    ...(created === undefined ? {} : { created }),
    config: labels === undefined ? {} : { Labels: labels },
    diffIds: [digestOf(files)],
    history: [],
  };
  const config = imageConfigBytes(described);
  const bytes = imageManifestBytes({
    config: { mediaType: ociConfigType, digest: await client.putBlob(to, config), size: config.length },
    layers: [{ mediaType: ociLayerGzipType, digest: await client.putBlob(to, layer), size: layer.length }],
  });
  const digest = await client.putManifest(to, tag, ociManifestType, bytes);
  return { mediaType: ociManifestType, digest, size: bytes.length };
}

/** Pushes an image for both platforms, with an index under the tag. */
export async function pushIndex(
  client: RegistryClient,
  to: Repository,
  tag: string,
  image: Omit<PushedImage, "architecture">,
) {
  const [amd64, arm64] = await Promise.all([
    pushImage(client, to, `${tag}-amd64`, { ...image, architecture: "amd64" }),
    pushImage(client, to, `${tag}-arm64`, { ...image, architecture: "arm64" }),
  ]);
  const bytes = indexBytes([
    { ...amd64, platform: "linux/amd64" },
    { ...arm64, platform: "linux/arm64" },
  ]);
  const digest = await client.putManifest(to, tag, ociIndexType, bytes);
  return { digest, platforms: { "linux/amd64": amd64.digest, "linux/arm64": arm64.digest } };
}
