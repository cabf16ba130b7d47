import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/run.ts";
import { type Config, projectLayer, withLayer } from "./project-layer.ts";

/** Words before those of ctr: which containerd, and the namespace of its Kubernetes. */
export type Ctr = readonly [string, ...string[]];

/**
 * Puts the builder image of an archive into a node, and above it, as one more layer, the project as it stands here and the
 * sources of images, which lie beside the images.yaml that pods mount.
 * @param archive As `podman save` writes it, in docker's format.
 */
export async function importBuilder(
  archive: string,
  reference: string,
  sources: string,
  ctr: Ctr,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "factory-cluster-image-"));
  try {
    const tar = (...args: readonly string[]) => run({ tool: "tar", args: [`--file=${archive}`, ...args] });
    const listed = JSON.parse((await tar("--extract", "--to-stdout", "manifest.json")).stdout) as [
      { readonly Config: string; readonly Layers: readonly string[] },
    ];
    const config = JSON.parse((await tar("--extract", "--to-stdout", listed[0].Config)).stdout) as Config;
    const [tool, ...words] = ctr;
    await run({ tool, args: [...words, "images", "import", archive] });
    const layer = await projectLayer(scratch, sources);
    await writeLayout(scratch, { reference, config, layer, layers: listed[0].Layers, archive });
    const layout = join(scratch, "layout.tar");
    await run({ tool: "tar", args: ["-C", join(scratch, "layout"), "-cf", layout, "."] });
    await run({ tool, args: [...words, "images", "import", layout] });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** An OCI layout with what is new alone: the layers below are in the node already. */
async function writeLayout(
  scratch: string,
  {
    reference,
    config,
    layer,
    layers,
    archive,
  }: {
    readonly reference: string;
    readonly config: Config;
    readonly layer: string;
    readonly layers: readonly string[];
    readonly archive: string;
  },
): Promise<void> {
  const blobs = join(scratch, "layout/blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (content: Uint8Array, mediaType: string) => {
    const hash = createHash("sha256").update(content).digest("hex");
    await writeFile(join(blobs, hash), content);
    return { mediaType, digest: `sha256:${hash}`, size: content.length };
  };
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  const layerType = "application/vnd.oci.image.layer.v1.tar";
  const added = await put(await readFile(layer), layerType);
  const sizes = await sizesOf(archive);
  const below = layers.map((path, index) => ({
    mediaType: layerType,
    digest: config.rootfs.diff_ids[index],
    size: sizes.get(path),
  }));
  const manifest = await put(
    json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: await put(json(withLayer(config, added.digest)), "application/vnd.oci.image.config.v1+json"),
      layers: [...below, added],
    }),
    "application/vnd.oci.image.manifest.v1+json",
  );
  const annotations = { "io.containerd.image.name": reference };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(scratch, "layout/index.json"), json(index));
  await writeFile(join(scratch, "layout/oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
}

async function sizesOf(archive: string): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await run({ tool: "tar", args: ["-tvf", archive] });
  return new Map(
    stdout.split("\n").flatMap((line) => {
      const [, , size, , , ...name] = line.trim().split(/\s+/);
      return name[0] === undefined ? [] : [[name[0], Number(size)] as const];
    }),
  );
}
