import { join } from "node:path";
import { historySteps } from "../dockerfile/history.ts";
import { FactoryError } from "../errors.ts";
import type { PlatformStep } from "../plan/plan-step.ts";
import { type StagedPlatform, type StagingTarget, stageImage } from "../publish/staging.ts";
import type { Address } from "../registry/address.ts";
import { writeAuthFile } from "../registry/auth-file.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Credential, CredentialStore } from "../registry/credentials.ts";
import { formatReference } from "../registry/reference.ts";
import type { BaseImage } from "../resolve/base-images.ts";
import { type PlatformDockerfile, targetBase } from "../resolve/dockerfile-bases.ts";
import type { ResolvedImage } from "../resolve/resolver.ts";
import { withSecretFolder } from "../secret-folder.ts";
import type { SourceTree } from "../source/source-tree.ts";
import type { Builder } from "../state/image-state.ts";
import { type BaseParts, composeImage } from "./composed-image.ts";
import {
  assertBuildable,
  type DockerfileBuildDoor,
  type PinnedBases,
  pinName,
  runDockerfile,
  type UsedCache,
} from "./dockerfile-build.ts";
import { withGraphRoot } from "./graph-root.ts";
import type { BuildHost } from "./host.ts";
import type { CacheScope, LayerCache } from "./layer-cache.ts";
import { partsTag, pushParts } from "./push-parts.ts";

export interface BuildDoor extends DockerfileBuildDoor {
  readonly client: RegistryClient;
  readonly credentials: CredentialStore;
  readonly layerCache?: LayerCache | undefined;
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
  const staging = door.client.addressOf(target.repository);
  const cache = await openCache(build, door);
  const plain = [staging, ...(cache === undefined ? [] : [cache.address])].filter((at) => at.plainHttp);
  const insecureHosts = [...new Set(plain.map(({ host }) => host))];
  return withGraphRoot(owner, { ...door, insecureHosts }, (root) =>
    withSecretFolder(door.workDir, async (secrets) => {
      const authFile = join(secrets, "auth.json");
      await writeAuthFile(authFile, {
        ...(await credentialOf(staging.host, staging, door)),
        ...(cache === undefined
          ? {}
          : await credentialOf(`${cache.address.host}/${cache.address.path}`, cache.address, door)),
      });
      const imageId = await runDockerfile(
        {
          enrolment,
          platform,
          read,
          contextDir: build.tree.dir,
          pins,
          authFile,
          secretsDir: secrets,
          cache: cache?.used,
        },
        root,
        door,
      );
      const base = targetBase(read);
      const below =
        base === undefined
          ? undefined
          : baseParts(base.reference, await image.baseImage(base.reference, base.platform));
      const built = await pushParts({ imageId, target, below, authFile }, root, door);
      const composed = composeImage(
        target.image,
        platform,
        below,
        { ...built, steps: historySteps(read.dockerfile, read.settings) },
        enrolment.labels,
      );
      const staged = await stageImage(door.client, target, composed);
      await removeParts(target, door);
      return { ...staged, builtBy: builderOf(door.host) };
    }),
  );
}

/** What stays of the parts harms nobody: the staged image is whole, and gc removes them. */
async function removeParts(target: StagingTarget, { client, log }: BuildDoor): Promise<void> {
  const tag = partsTag(target);
  try {
    await client.deleteTag(target.repository, tag);
  } catch (error) {
    if (!(error instanceof FactoryError) || ["interrupted", "terminated", "bug"].includes(error.code))
      throw error;
    const text = `${formatReference({ ...target.repository, tag })} stays until gc removes it: ${error.message}`;
    log({ kind: "warning", image: target.image, platform: target.platform, text });
  }
}

/** What the registry of an address is told, under the name by which buildah looks it up. */
async function credentialOf(
  name: string,
  { host, path }: Address,
  { credentials }: BuildDoor,
): Promise<Readonly<Record<string, Credential>>> {
  const credential = await credentials.lookup(host, path);
  return credential === undefined ? {} : { [name]: credential };
}

interface OpenCache {
  readonly address: Address;
  readonly used: UsedCache;
}

async function openCache(
  { image, step: { platform }, epoch, target }: PlatformBuild,
  { layerCache, client, host: { buildahVersion } }: BuildDoor,
): Promise<OpenCache | undefined> {
  const published = image.facts.enrolment.repository;
  const scope: CacheScope = { image: target.image, published, platform, epoch };
  const repository = await layerCache?.open(scope, buildahVersion);
  if (layerCache === undefined || repository === undefined) return undefined;
  const address = client.addressOf(repository);
  return {
    address,
    used: {
      repository: `${address.host}/${address.path}`,
      onFailure: (why) => layerCache.giveUp(scope, why),
    },
  };
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

function baseParts(reference: string, { manifest, config, digest }: BaseImage): BaseParts {
  return { reference, digest, layers: manifest.layers, config };
}
