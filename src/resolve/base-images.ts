import { FactoryError } from "../errors.ts";
import { once } from "../once.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import { lookAgain } from "../registry/doubt.ts";
import { formatPlatform, runsOn } from "../registry/image-platforms.ts";
import { formatReference, type Reference } from "../registry/reference.ts";
import type { StoredDigest, StoredImage, StoredImages } from "./stored-images.ts";

/** What a base's name means today: its index, or its only manifest. */
export type ResolvedBase = StoredDigest;

/** One platform of a base, read down to its config; the digest is that of the platform's manifest. */
export type BaseImage = StoredImage;

/** Looks bases up; each name is asked for once in a run, so that all builds of the run pin the same digest. */
export interface BaseImages {
  /**
   * The digest that a reference has now, or was pinned to.
   * @throws FactoryError "base-missing" when the registry has no such image.
   */
  resolve(reference: Reference): Promise<ResolvedBase>;
  /**
   * One platform of a resolved base.
   * @throws FactoryError "base-platform-missing", "base-unusable".
   */
  platform(base: ResolvedBase, platform: Platform): Promise<BaseImage>;
}

export interface BaseImagesOptions {
  readonly stored: StoredImages;
  /** The digest that a reference has in its registry; undefined for a 404. */
  readonly lookUp: (reference: Reference) => Promise<Digest | undefined>;
  /** `PIN=`: the digest that a reference means on this run, by its formatted text. */
  readonly pins: ReadonlyMap<string, Digest>;
}

export function createBaseImages({ stored, lookUp, pins }: BaseImagesOptions): BaseImages {
  const resolved = new Map<string, Promise<ResolvedBase>>();
  const platforms = new Map<string, Promise<BaseImage>>();

  const find = async (reference: Reference): Promise<ResolvedBase> => {
    const repository = { registry: reference.registry, path: reference.path };
    const digest =
      pins.get(formatReference(reference)) ?? reference.digest ?? (await lookAgain(() => lookUp(reference)));
    if (digest !== undefined) return { repository, digest };
    throw new FactoryError("base-missing", `there is no image ${formatReference(reference)}`, {
      hint: "Correct the name in the Dockerfile, or publish that image first.",
    });
  };

  const read = async (base: ResolvedBase, platform: Platform): Promise<BaseImage> => {
    const { repository, digest } = base;
    const has = (await stored.platforms(base)).platforms;
    const own = has[platform];
    if (own === undefined) {
      const name = formatReference({ ...repository, digest });
      throw wrongPlatform(name, platform, Object.keys(has).join(", "));
    }
    const image = await stored.image({ repository, digest: own });
    const { config } = image;
    if (runsOn(config, platform)) return image;
    throw wrongPlatform(formatReference({ ...repository, digest: own }), platform, formatPlatform(config));
  };

  return {
    resolve: (reference) => once(resolved, formatReference(reference), () => find(reference)),
    platform: (base, platform) =>
      once(platforms, `${formatReference({ ...base.repository, digest: base.digest })} ${platform}`, () =>
        read(base, platform),
      ),
  };
}

function wrongPlatform(name: string, platform: Platform, has: string): FactoryError {
  return new FactoryError(
    "base-platform-missing",
    `${name} has no image for ${platform}: it has ${has || "none"}`,
    {
      hint: `Choose a base that has ${platform}, or take ${platform} out of platforms in images.yaml.`,
    },
  );
}
