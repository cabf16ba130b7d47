import { join } from "node:path";
import { historySteps } from "../dockerfile/history.ts";
import { FactoryError } from "../errors.ts";
import type { PlatformStep } from "../plan/plan.ts";
import { type StagedPlatform, type StagingTarget, stageImage, stagingTag } from "../publish/staging.ts";
import { writeAuthFile } from "../registry/auth-file.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { CredentialStore } from "../registry/credentials.ts";
import { parseImageConfig } from "../registry/image-config.ts";
import { parseImageManifest } from "../registry/manifest.ts";
import { formatReference } from "../registry/reference.ts";
import type { BaseImage } from "../resolve/base-images.ts";
import { type PlatformDockerfile, targetBase } from "../resolve/dockerfile-bases.ts";
import type { ResolvedImage } from "../resolve/resolver.ts";
import type { SourceTree } from "../source/source-tree.ts";
import type { Builder } from "../state/image-state.ts";
import { buildahCommand, pushArgs } from "./buildah.ts";
import { type BaseParts, composeImage, type ImageParts } from "./composed-image.ts";
import {
  assertBuildable,
  buildLog,
  type DockerfileBuildDoor,
  type PinnedBases,
  pinName,
  runDockerfile,
} from "./dockerfile-build.ts";
import { type GraphRoot, withGraphRoot } from "./graph-root.ts";
import type { BuildHost } from "./host.ts";

export interface BuildDoor extends DockerfileBuildDoor {
  readonly client: RegistryClient;
  readonly credentials: CredentialStore;
}

export interface PlatformBuild {
  readonly image: ResolvedImage;
  readonly step: PlatformStep;
  readonly epoch: number | undefined;
  readonly tree: SourceTree;
  readonly target: StagingTarget;
}

/**
 * Builds one platform from its Dockerfile with one call of buildah, and stages what came out with a config and a manifest
 * of our own: the base's layers as they are, then the new ones.
 * @throws FactoryError as `assertBuildable` and `runDockerfile`.
 */
export async function buildPlatform(build: PlatformBuild, door: BuildDoor): Promise<StagedPlatform> {
  const { image, step, target } = build;
  const { enrolment } = image.facts;
  const { platform } = step;
  const read = image.dockerfiles?.get(platform);
  if (read === undefined) throw new Error(`${target.image} has no Dockerfile for ${platform}`);
  assertBuildable(read, enrolment, door.host);
  const pins = await copyBases(build, read, door);
  const owner = { workDir: door.workDir, image: target.image, platform, epoch: build.epoch };
  const { host, path, plainHttp } = door.client.addressOf(target.repository);
  return withGraphRoot(owner, { ...door, insecureHosts: plainHttp ? [host] : [] }, async (root) => {
    const credential = await door.credentials.lookup(host, path);
    const authFile = join(root.tmp, "auth.json");
    await writeAuthFile(authFile, credential === undefined ? {} : { [host]: credential });
    const imageId = await runDockerfile(
      { enrolment, platform, read, contextDir: build.tree.dir, pins, authFile },
      root,
      door,
    );
    const built = await pushParts(imageId, target, authFile, root, door);
    const base = targetBase(read);
    const composed = composeImage(
      target.image,
      platform,
      base === undefined
        ? undefined
        : baseParts(base.reference, await image.baseImage(base.reference, base.platform)),
      { ...built, steps: historySteps(read.dockerfile, read.settings) },
      enrolment.labels,
    );
    const staged = await stageImage(door.client, target, composed);
    await door.client.deleteTag(target.repository, partsTag(target));
    return { ...staged, builtBy: builderOf(door.host) };
  });
}

function builderOf({ buildahVersion, rootless, storageDriver, mountProgram }: BuildHost): Builder {
  const kind = [rootless ? "rootless" : "", storageDriver, mountProgram === undefined ? "" : "by fuse"];
  return { buildah: buildahVersion, storage: kind.filter((word) => word !== "").join(" ") };
}

/** A base that is in the staging repository stays when it vanishes upstream, and buildah leaves its layers as they are. */
async function copyBases(
  { image, target }: PlatformBuild,
  { bases }: PlatformDockerfile,
  { client }: BuildDoor,
): Promise<PinnedBases> {
  const { host, path } = client.addressOf(target.repository);
  const pinned = bases.bases.map(async (base) => {
    const { repository, digest } = await image.baseImage(base.reference, base.platform);
    await client.copyImage(repository, digest, target.repository);
    return [pinName(base), `${host}/${path}@${digest}`] as const;
  });
  return new Map(await Promise.all(pinned));
}

const pushTimeoutMs = 30 * 60_000;
const maxConfigBytes = 8 * 1024 * 1024;

/** Pushes the new layers. The tag is for passing them on alone: what counts is written by the factory afterwards. */
async function pushParts(
  imageId: string,
  target: StagingTarget,
  authFile: string,
  root: GraphRoot,
  door: BuildDoor,
): Promise<ImageParts> {
  const { client } = door;
  const { host, path } = client.addressOf(target.repository);
  const tag = partsTag(target);
  await door.run({
    ...buildahCommand(
      pushArgs(imageId, `${host}/${path}:${tag}`, authFile, root, door.host),
      root,
      door.host,
    ),
    logFile: buildLog(door.workDir, target.image, target.platform),
    timeoutMs: pushTimeoutMs,
    ...(door.signal === undefined ? {} : { signal: door.signal }),
  });
  const name = formatReference({ ...target.repository, tag });
  const document = await client.getManifest(target.repository, tag);
  // buildah may say that a push went well that did not: only what is read back counts.
  if (document === undefined)
    throw new FactoryError("tool-failed", `${name} is not there after buildah pushed it`);
  const manifest = parseImageManifest(document, name);
  if (manifest.config.digest !== `sha256:${imageId}`) {
    throw new FactoryError(
      "tool-failed",
      `${name} is not the image that buildah built: its config is ${manifest.config.digest}, not ${imageId}`,
    );
  }
  const config = await client.getBlob(target.repository, manifest.config.digest, {
    maxBytes: maxConfigBytes,
  });
  if (config === undefined)
    throw new FactoryError("tool-failed", `${name} has no config after buildah pushed it`);
  return { layers: manifest.layers, config: parseImageConfig(config, name) };
}

function partsTag({ key }: StagingTarget): string {
  return `${stagingTag(key)}-parts`;
}

function baseParts(reference: string, { manifest, config, digest }: BaseImage): BaseParts {
  return { reference, digest, layers: manifest.layers, config };
}
