import type { ComposedImage } from "../build/composed-image.ts";
import { FactoryError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { lookAgain } from "../registry/doubt.ts";
import type { Descriptor } from "../registry/manifest.ts";
import { ociManifestType } from "../registry/media-types.ts";
import { pullReference } from "../registry/pull-reference.ts";
import type { Repository } from "../registry/reference.ts";
import type { Builder } from "../state/image-state.ts";

/** One platform's image in the staging repository under its key: whole, but not yet scanned. */
export interface StagedPlatform {
  readonly image: string;
  readonly platform: Platform;
  readonly key: Digest;
  readonly repository: Repository;
  readonly digest: Digest;
  /** Bytes of the manifest. */
  readonly size: number;
  /** `host:port/path@sha256:…`, as tools are given it. */
  readonly reference: string;
  /** Known to whoever built it on this run. */
  readonly builtBy?: Builder;
}

export type StagingTarget = Pick<StagedPlatform, "image" | "platform" | "key" | "repository">;

/** The repository in which builds of `repository` wait for their scan. */
export function stagingRepository({ registry, path }: Repository): Repository {
  return { registry, path: `${path}-staging` };
}

/** The tag of a staged platform: its key, so that whoever has the same inputs finds it. */
export function stagingTag(key: Digest): string {
  return key.slice("sha256:".length);
}

/**
 * What is staged under this key, whoever built it; undefined when nothing is. Its bytes are read: the index will say
 * how many they are.
 */
export async function findStaged(
  client: RegistryClient,
  target: StagingTarget,
): Promise<StagedPlatform | undefined> {
  const found = await client.getManifest(target.repository, stagingTag(target.key));
  return found === undefined
    ? undefined
    : staged(client, target, { digest: found.digest, size: found.bytes.length });
}

/**
 * Stages a composed image whose layers are in the repository already. The tag of the key is written last: what
 * carries it is whole.
 * @throws FactoryError "registry-answer-invalid" when the registry then shows something else under the tag, or nothing.
 */
export async function stageImage(
  client: RegistryClient,
  target: StagingTarget,
  { config, manifest }: ComposedImage,
): Promise<StagedPlatform> {
  const tag = stagingTag(target.key);
  await client.putBlob(target.repository, config.bytes);
  await client.putManifest(target.repository, tag, ociManifestType, manifest.bytes);
  const written = await lookAgain(() => client.headManifest(target.repository, tag), {
    fits: (found) => found?.digest === manifest.digest,
  });
  if (written?.digest !== manifest.digest) {
    const { host, path } = client.addressOf(target.repository);
    const found = written === undefined ? "finds nothing" : `finds ${written.digest}`;
    throw new FactoryError(
      "registry-answer-invalid",
      `${host}: HEAD /v2/${path}/manifests/${tag} ${found}, where ${manifest.digest} was just put`,
      { hint: "Try again; if it stays so, look at that registry and at what stands before it." },
    );
  }
  return staged(client, target, {
    digest: manifest.digest,
    size: manifest.bytes.length,
  });
}

function staged(
  client: RegistryClient,
  target: StagingTarget,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): StagedPlatform {
  const { image, platform, key, repository } = target;
  return {
    image,
    platform,
    key,
    repository,
    digest,
    size,
    reference: pullReference(client, repository, digest),
  };
}
