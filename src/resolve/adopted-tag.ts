import type { Base } from "../dockerfile/bases.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { isTag } from "../enrolment/tags.ts";
import { FactoryError } from "../errors.ts";
import { imageTime } from "../image-time.ts";
import { type FinalBase, type PushedImage, type PushedPlatform, standsOn } from "../plan/adoption.ts";
import { baseName, referenceOf } from "../plan/platform-key.ts";
import type { Platform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { ImageConfig } from "../registry/image-config.ts";
import { formatReference } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import { pushedDigest, type TagClaim } from "../state/tag-claim.ts";
import type { BaseImage, BaseImages, ResolvedBase } from "./base-images.ts";
import { type PlatformDockerfile, placeOf, targetBase } from "./dockerfile-bases.ts";
import type { ImageBases } from "./image-bases.ts";
import { platformsAt } from "./tag-claims.ts";

/** An image, and what was found out of it so far. */
export interface PushCandidate {
  readonly enrolment: Enrolment;
  readonly tags: readonly TagClaim[];
  readonly state: ImageState | undefined;
  readonly dockerfiles: ReadonlyMap<Platform, PlatformDockerfile> | undefined;
}

export interface AdoptedTagDoor {
  readonly client: RegistryClient;
  readonly images: BaseImages;
  readonly clock: () => Date;
  /** The bases as they are now, whatever the image was built on. */
  readonly now: ImageBases;
  /** What a base has been before. */
  readonly formerly: (reference: string, platform: Platform) => Promise<readonly ResolvedBase[]>;
}

/**
 * What somebody else's CI put under the tags of an image that has a workflow, read down to its configs; undefined when
 * the tags are where they were recorded.
 * @throws FactoryError "base-platform-missing" when it has none of the enrolled platforms, "base-unusable" when it is
 *   no image.
 */
export async function findPushed(
  candidate: PushCandidate,
  door: AdoptedTagDoor,
): Promise<PushedImage | undefined> {
  const { enrolment, tags, state } = candidate;
  const { name, workflow, repository } = enrolment;
  const digest = workflow === undefined ? undefined : pushedDigest(tags, state, repository);
  if (digest === undefined) return undefined;
  const found = await Promise.all(
    enrolment.platforms.map(async (platform): Promise<readonly FoundPlatform[]> => {
      const image = await orAbsent(door.images.platform({ repository, digest }, platform));
      if (image === undefined) return [];
      const base = await baseBelow(image, platform, candidate, door);
      return [{ platform, config: image.config, pushed: { digest: image.digest, ...base } }];
    }),
  );
  const platforms = found.flat();
  const [first] = platforms;
  if (first === undefined) {
    throw new FactoryError(
      "base-platform-missing",
      `${name}: ${formatReference({ ...repository, digest })}, which ${workflow} has pushed, has no image for ${enrolment.platforms.join(" or ")}`,
      { hint: `Correct platforms of ${name} in images.yaml, or what that workflow pushes.` },
    );
  }
  const has = await platformsAt(repository, digest, door.client);
  const enrolled: readonly string[] = enrolment.platforms;
  return {
    digest,
    firstSeen: door.clock().toISOString(),
    ...wordsOf(first.config),
    platforms: Object.fromEntries(platforms.map(({ platform, pushed }) => [platform, pushed])),
    otherPlatforms: has.filter((platform) => !enrolled.includes(platform)),
  };
}

interface FoundPlatform {
  readonly platform: Platform;
  readonly config: ImageConfig;
  readonly pushed: PushedPlatform;
}

/** The base that the Dockerfile's target descends from, as this run builds on it. */
export async function finalBase(
  read: PlatformDockerfile | undefined,
  { find }: ImageBases,
): Promise<FinalBase | undefined> {
  const base = targetBaseOf(read);
  if (base === undefined) return undefined;
  const image = await find(base.reference, base.platform);
  return image === undefined ? undefined : { reference: base.reference, diffIds: image.config.diffIds };
}

/**
 * On which of all known versions of its base the lowest layers of an image are. Its Dockerfile may name another base by
 * now than it was built from, so those that are recorded are tried too.
 */
async function baseBelow(
  { config: { diffIds } }: BaseImage,
  platform: Platform,
  { state, dockerfiles }: PushCandidate,
  { now, formerly, images }: AdoptedTagDoor,
): Promise<Omit<PushedPlatform, "digest">> {
  const base = targetBaseOf(dockerfiles?.get(platform));
  if (base === undefined) return { diffIds, inputs: { bases: {} } };
  const isBelow = (image: BaseImage | undefined): image is BaseImage =>
    image !== undefined && standsOn(diffIds, image.config.diffIds);
  const version = async (reference: string): Promise<BaseImage | undefined> => {
    const current = await orAbsent(now.find(reference, base.platform));
    if (isBelow(current)) return current;
    for (const former of await formerly(reference, platform)) {
      const image = await orAbsent(images.platform(former, base.platform));
      if (isBelow(image)) return image;
    }
    return undefined;
  };
  const built = state?.platforms[platform];
  const recorded = [built?.base ?? [], Object.keys(built?.inputs.bases ?? {}).map(referenceOf)].flat();
  for (const reference of new Set([base.reference, ...recorded])) {
    const found = await version(reference);
    if (found === undefined) continue;
    return {
      diffIds,
      base: reference,
      inputs: { bases: { [baseName(reference, base.platform)]: found.digest } },
    };
  }
  return { diffIds, base: base.reference, inputs: { bases: {} } };
}

/** The base of the Dockerfile's target; undefined for scratch, and where it follows the machine that builds. */
function targetBaseOf(read: PlatformDockerfile | undefined): Base | undefined {
  const base = read === undefined ? undefined : targetBase(read);
  return base === undefined || read?.onBuildPlatform.has(placeOf(base)) ? undefined : base;
}

/** An image; undefined when the registry has it no more, or not for that platform. */
async function orAbsent(look: Promise<BaseImage | undefined>): Promise<BaseImage | undefined> {
  try {
    return await look;
  } catch (error) {
    const absent = error instanceof FactoryError && /^base-(?:platform-)?missing$/.test(error.code);
    if (absent) return undefined;
    throw error;
  }
}

/** What an image says of itself, as far as it is what such words are to be. */
function wordsOf({ created, config }: ImageConfig): Pick<PushedImage, "commit" | "version" | "created"> {
  const commit = config.Labels?.["org.opencontainers.image.revision"] ?? "";
  const version = config.Labels?.["org.opencontainers.image.version"] ?? "";
  // Reproducible builds set a time that tells nothing.
  const made =
    created !== undefined && Date.parse(created) > Date.parse(imageTime) ? new Date(created) : undefined;
  return {
    ...(/^[0-9a-f]{7,64}$/.test(commit) ? { commit } : {}),
    ...(isTag(version) ? { version } : {}),
    ...(made === undefined ? {} : { created: made.toISOString() }),
  };
}
