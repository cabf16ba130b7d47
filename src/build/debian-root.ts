import { open } from "node:fs/promises";
import { join } from "node:path";
import { imageTime } from "../image-time.ts";
import type { PlatformStep } from "../plan/plan-step.ts";
import { architectureOf } from "../platform.ts";
import { type StagedPlatform, type StagingTarget, stageImage } from "../publish/staging.ts";
import type { RegistryClient } from "../registry/client.ts";
import { ociLayerGzipType } from "../registry/media-types.ts";
import type { ResolvedImage } from "../resolve/resolver.ts";
import type { DebianDoor } from "../source/debian/door.ts";
import { gzipLayer } from "../source/debian/gzip-layer.ts";
import { rootConfig, shellCommand } from "../source/debian/root-recipe.ts";
import { readTar } from "../source/debian/tar-read.ts";
import { rootArchive } from "../source/debian/tree.ts";
import { type BuiltParts, composeImage } from "./composed-image.ts";

export interface RootDoor extends Pick<DebianDoor, "run" | "signal"> {
  readonly client: RegistryClient;
}

/**
 * Stages a debian source that has no Dockerfile: its root is the image, as one layer.
 * @throws FactoryError as `buildDebianRoot` and the registry client.
 */
export async function stageDebianRoot(
  { facts, source }: ResolvedImage,
  { platform }: PlatformStep,
  target: StagingTarget,
  door: RootDoor,
): Promise<StagedPlatform> {
  const tree = await source.checkout(platform);
  try {
    const tarFile = join(tree.dir, rootArchive);
    const config = (await hasShell(tarFile)) ? { ...rootConfig, ...shellCommand } : rootConfig;
    const layer = await gzipLayer(tarFile, join(tree.dir, "layer.tar.gz"), door);
    await door.client.putBlob(target.repository, layer);
    const { enrolment } = facts;
    const built: BuiltParts = {
      layers: [{ mediaType: ociLayerGzipType, digest: layer.digest, size: layer.size }],
      config: {
        architecture: architectureOf(platform),
        os: "linux",
        config,
        diffIds: [layer.diffId],
        history: [{ created: imageTime }],
      },
      steps: [{ keyword: "RUN" as const, createdBy: "packages of Debian" }],
    };
    return await stageImage(
      door.client,
      target,
      composeImage(target.image, platform, undefined, built, enrolment.labels),
    );
  } finally {
    await tree.dispose();
  }
}

async function hasShell(tarFile: string): Promise<boolean> {
  const file = await open(tarFile);
  try {
    const { entries } = await readTar(file);
    return entries.some(({ path }) => path === "usr/bin/sh");
  } finally {
    await file.close();
  }
}
