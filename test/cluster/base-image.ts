import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RegistryClient } from "../../src/registry/client.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";
import { imageManifestBytes } from "../../src/registry/manifest.ts";
import { ociConfigType, ociManifestType } from "../../src/registry/media-types.ts";
import { parseRepository } from "../../src/registry/reference.ts";
import { run } from "../../src/run.ts";
import { basePath, baseTag } from "./base-name.ts";
import { debianRoot } from "./team.ts";

/** Puts it under its tag, as whoever makes it would: a Debian root with one package of this version. */
export async function pushBase(
  registry: string,
  client: RegistryClient,
  [name, version]: readonly [name: string, version: string],
): Promise<Digest> {
  const repository = parseRepository(`${registry}/${basePath}`);
  const dir = await mkdtemp(join(tmpdir(), "factory-cluster-base-"));
  try {
    for (const [path, content] of Object.entries(debianRoot(name, version))) {
      await mkdir(dirname(join(dir, "root", path)), { recursive: true });
      await writeFile(join(dir, "root", path), content);
    }
    const archive = join(dir, "layer.tar");
    const owner = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    await run({ tool: "tar", args: ["-C", join(dir, "root"), ...owner, "-cf", archive, "."] });
    const layer = await readFile(archive);
    const config = Buffer.from(
      JSON.stringify({
        architecture: "amd64",
        os: "linux",
        config: {},
        rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
      }),
    );
    await client.putBlob(repository, layer);
    await client.putBlob(repository, config);
    const bytes = imageManifestBytes({
      config: { mediaType: ociConfigType, digest: digestOf(config), size: config.length },
      layers: [
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar",
          digest: digestOf(layer),
          size: layer.length,
        },
      ],
    });
    return await client.putManifest(repository, baseTag, ociManifestType, bytes);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
