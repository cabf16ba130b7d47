import { setTimeout as sleep } from "node:timers/promises";
import { FactoryError } from "../errors.ts";
import { type StagingTarget, stagingTag } from "../publish/staging.ts";
import type { RegistryClient } from "../registry/client.ts";
import { lookAgain } from "../registry/doubt.ts";
import { type ImageConfig, parseImageConfig } from "../registry/image-config.ts";
import { type Descriptor, type ImageManifest, parseImageManifest } from "../registry/manifest.ts";
import { stallMs } from "../stall.ts";
import { buildahCommand, pushArgs, storageArgs } from "./buildah.ts";
import type { BaseParts, ImageParts } from "./composed-image.ts";
import { buildLog, type DockerfileBuildDoor } from "./dockerfile-build.ts";
import type { GraphRoot } from "./graph-root.ts";

/** A built image that is to be handed on, layer by layer. */
export interface BuiltImage {
  /** Its id in the storage: the hex digits of its config's digest. */
  readonly imageId: string;
  readonly target: StagingTarget;
  readonly below: BaseParts | undefined;
  readonly authFile: string;
}

interface PushDoor extends DockerfileBuildDoor {
  readonly client: RegistryClient;
}

/** Never met by a push that gets on: one that stands is stopped long before. */
const pushTimeoutMs = 6 * 60 * 60_000;
const lookAtBuildah =
  "Nothing of it is used. Try again, and look at buildah on this machine and at what stands before the registry.";
const mostLogBytes = 16 * 1024 * 1024;
const maxConfigBytes = 8 * 1024 * 1024;

/** The tag under which buildah passes layers on; what counts is written by the factory afterwards. */
export function partsTag({ key }: StagingTarget): string {
  return `${stagingTag(key)}-parts`;
}

/**
 * Pushes the new layers into the staging repository and reads back what is there: buildah may say that a push went well
 * that did not.
 * @throws FactoryError "tool-failed" when it is not the image that was built.
 */
export async function pushParts(image: BuiltImage, root: GraphRoot, door: PushDoor): Promise<ImageParts> {
  const { imageId, target, below, authFile } = image;
  const { client } = door;
  const { host, path } = client.addressOf(target.repository);
  const tag = partsTag(target);
  // Docker's format has no zstd layers, and a base that has some keeps them; OCI's has no HEALTHCHECK, SHELL and ONBUILD.
  const format = below?.layers.some(({ mediaType }) => /[.+]zstd$/.test(mediaType)) === true ? "oci" : "v2s2";
  const push = pushArgs({ imageId, to: `${host}/${path}:${tag}`, format, authFile }, root, door.host);
  await persistently(host, () =>
    door.run({
      ...buildahCommand(push, root, door.host),
      logFile: buildLog(door.workDir, target.image, target.platform),
      timeoutMs: pushTimeoutMs,
      output: { mostBytes: mostLogBytes, code: "tool-failed" },
      stall: { patienceMs: stallMs },
      ...(door.signal === undefined ? {} : { signal: door.signal }),
    }),
  );
  const name = `${host}/${path}:${tag}`;
  const document = await lookAgain(() => client.getManifest(target.repository, tag));
  if (document === undefined)
    throw new FactoryError("tool-failed", `${name} is not there after buildah pushed it`, {
      hint: lookAtBuildah,
    });
  const manifest = parseImageManifest(document, name);
  const sizes = checkSizes(name, manifest.layers.slice(below?.layers.length ?? 0), target, client);
  sizes.catch(() => undefined);
  const pushed = await configOf(manifest, name, target, client);
  const config = format === "oci" ? await inspect(imageId, name, root, door) : pushed;
  const same =
    format === "oci"
      ? config.diffIds.join() === pushed.diffIds.join()
      : manifest.config.digest === `sha256:${imageId}`;
  if (same) {
    await sizes;
    return { layers: manifest.layers, config };
  }
  throw new FactoryError(
    "tool-failed",
    `${name} is not the image that buildah built: its config is ${manifest.config.digest}, not ${imageId}`,
    { hint: lookAtBuildah },
  );
}

/** Sizes stand in the manifest alone: no registry has to compare them, and whoever pulls later fails by them. */
async function checkSizes(
  name: string,
  layers: readonly Descriptor[],
  { repository }: StagingTarget,
  client: RegistryClient,
): Promise<void> {
  await Promise.all(
    layers.map(async ({ digest, size }) => {
      const fits = (blob: { readonly size: number | undefined } | undefined) =>
        blob !== undefined && (blob.size === undefined || blob.size === size);
      const found = await lookAgain(() => client.lookAtBlob(repository, digest), { fits });
      if (fits(found)) return;
      const seen = found === undefined ? "finds nothing" : `says ${found.size} bytes`;
      const { host, path } = client.addressOf(repository);
      throw new FactoryError(
        "tool-failed",
        `${name}: HEAD /v2/${path}/blobs/${digest} of ${host} ${seen}, where the manifest says ${size}`,
        { hint: lookAtBuildah },
      );
    }),
  );
}

const pushes = 3;
const pauseMs = 500;

/** buildah gives up at the first error of a registry; pushing the same layers again is harmless and mostly cures it. */
async function persistently(host: string, push: () => Promise<unknown>): Promise<void> {
  for (let left = pushes - 1; ; left--) {
    try {
      await push();
      return;
    } catch (error) {
      if (!(error instanceof FactoryError) || error.code !== "tool-failed") throw error;
      if (left === 0) {
        throw new FactoryError("tool-failed", `${host}: ${error.message} (${pushes} attempts)`, {
          hint: `Look whether ${host} takes pushes, and try again.`,
          cause: error,
        });
      }
      await sleep(pauseMs);
    }
  }
}

async function configOf(
  { config: { digest } }: ImageManifest,
  name: string,
  { repository }: StagingTarget,
  client: RegistryClient,
): Promise<ImageConfig> {
  const bytes = await client.getBlob(repository, digest, { maxBytes: maxConfigBytes });
  if (bytes !== undefined) return parseImageConfig(bytes, name);
  throw new FactoryError("tool-failed", `${name} has no config after buildah pushed it`, {
    hint: lookAtBuildah,
  });
}

/** The config as it is in the storage, with what Docker adds to OCI's fields. */
async function inspect(
  imageId: string,
  name: string,
  root: GraphRoot,
  { run, host, signal }: PushDoor,
): Promise<ImageConfig> {
  const { stdout } = await run({
    ...buildahCommand([...storageArgs(root, host), "inspect", "--type=image", imageId], root, host),
    ...(signal === undefined ? {} : { signal }),
  });
  const { Docker } = JSON.parse(stdout) as { readonly Docker?: unknown };
  return parseImageConfig(new TextEncoder().encode(JSON.stringify(Docker ?? {})), name);
}
