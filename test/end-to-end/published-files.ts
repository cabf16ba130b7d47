import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gunzipSync } from "node:zlib";
import { type ImageConfig, parseImageConfig } from "../../src/registry/image-config.ts";
import { type ImageManifest, parseImageManifest, parseIndex } from "../../src/registry/manifest.ts";
import type { World } from "./world.ts";

/** One platform of a published image, read down to its config. */
export async function published(
  world: World,
  image: string,
  architecture = "amd64",
): Promise<{ readonly manifest: ImageManifest; readonly config: ImageConfig }> {
  const repository = { registry: "factory.localhost", path: image };
  const client = await world.client();
  const index = await client.getManifest(repository, "latest");
  const child =
    index === undefined
      ? undefined
      : parseIndex(index, image).manifests.find(({ platform }) => platform?.architecture === architecture);
  const document = child === undefined ? undefined : await client.getManifest(repository, child.digest);
  if (document === undefined) throw new Error(`${image} is not published for ${architecture}`);
  const manifest = parseImageManifest(document, image);
  const bytes = await client.getBlob(repository, manifest.config.digest, { maxBytes: 1 << 20 });
  if (bytes === undefined) throw new Error(`${image} lacks its config`);
  return { manifest, config: parseImageConfig(bytes, image) };
}

/** The text of these files in the layers of a published image, by their path without a leading slash. */
export async function filesOf(
  world: World,
  image: string,
  paths: readonly string[],
  architecture = "amd64",
): Promise<ReadonlyMap<string, string>> {
  const repository = { registry: "factory.localhost", path: image };
  const client = await world.client();
  const { manifest } = await published(world, image, architecture);
  const files = new Map<string, string>();
  for (const { digest } of manifest.layers) {
    const bytes = await client.getBlob(repository, digest, { maxBytes: 1 << 27 });
    if (bytes === undefined) throw new Error(`${image} lacks the layer ${digest}`);
    const names = execFileSync("tar", ["-tzf", "-"], { input: bytes, encoding: "utf8" }).split("\n");
    for (const name of names.filter((path) => paths.includes(path))) {
      files.set(name, execFileSync("tar", ["-xzOf", "-", name], { input: bytes, encoding: "utf8" }));
    }
  }
  return files;
}

/** Files below a folder that have the text in them, also where they are gzipped. */
export function filesWith(text: string, dir: string): readonly string[] {
  return [...filesBelow(dir)].filter((file) => {
    const bytes = readFileSync(file);
    return bytes.includes(text) || unpacked(bytes).includes(text);
  });
}

/** Follows no link: a layer may have one to the machine's own root. */
function* filesBelow(dir: string): Generator<string> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** What gzip has packed, as far as it goes; nothing of what is no gzip. */
function unpacked(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return Buffer.of();
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.of();
  }
}
