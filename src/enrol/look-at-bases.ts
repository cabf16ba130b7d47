import { watchedOf } from "../bases/watched-tags.ts";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import type { Enrolment, WatchedImage } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { parseReference, type Reference } from "../registry/reference.ts";
import type { BaseImage, BaseImages } from "../resolve/base-images.ts";
import { readPlatform } from "../resolve/dockerfile-bases.ts";

/** A place of a Dockerfile that takes an image. */
export interface SeenBase {
  readonly reference: string;
  readonly line: number;
  readonly use: "from" | "copy" | "mount";
  /** Name of the enrolled image that it is. */
  readonly enrolledAs: string | undefined;
  /** Names of the watched images that cover it. */
  readonly watchedAs: readonly string[];
}

/** A base that one of the image's platforms needs, and why it cannot be had. */
export interface BaseFailure {
  readonly platform: Platform;
  readonly reference: string;
  readonly error: FactoryError;
}

export interface SeenBases {
  /** Each place once, in the order of the text. */
  readonly bases: readonly SeenBase[];
  readonly failures: readonly BaseFailure[];
}

export interface BasesDoor {
  readonly bases: BaseImages;
  readonly watched: readonly WatchedImage[];
  /** The enrolled image that publishes a reference. */
  readonly publisherOf: (reference: Reference) => Promise<Enrolment | undefined>;
}

/**
 * Looks up every base of an image, for each of its platforms. What is wrong with a base is returned and not thrown.
 * @throws FactoryError "dockerfile-invalid" for what a build could not even read.
 */
export async function lookAtBases(
  image: Enrolment,
  dockerfile: Dockerfile,
  door: BasesDoor,
): Promise<SeenBases> {
  const bases = new Map<string, SeenBase>();
  const failures: BaseFailure[] = [];
  const enrolledAs = new Map<string, string>();
  for (const platform of image.platforms) {
    const failed = new Map<string, BaseFailure>();
    const tried = async (reference: string, of: Platform): Promise<BaseImage | undefined> => {
      try {
        const enrolled = await door.publisherOf(parseReference(reference));
        if (enrolled === undefined)
          return await door.bases.platform(await door.bases.resolve(parseReference(reference)), of);
        enrolledAs.set(reference, enrolled.name);
        assertBuiltFor(enrolled, of, reference);
        return undefined; // It need not be published yet.
      } catch (error) {
        if (!(error instanceof FactoryError) || error.code === "interrupted" || error.code === "terminated")
          throw error;
        failed.set(`${reference} ${of}`, { platform, reference, error });
        return undefined;
      }
    };
    const read = await readPlatform(dockerfile, image, platform, tried);
    await Promise.all(read.bases.bases.map(({ reference, platform: of }) => tried(reference, of)));
    for (const { reference, line, use } of read.bases.bases) {
      bases.set(`${line} ${use} ${reference}`, {
        reference,
        line,
        use,
        enrolledAs: enrolledAs.get(reference),
        watchedAs: watchedOf(reference, door.watched).map(({ name }) => name),
      });
    }
    failures.push(...failed.values());
  }
  return { bases: [...bases.values()].sort((a, b) => a.line - b.line), failures };
}

function assertBuiltFor(
  { name, platforms, position }: Enrolment,
  platform: Platform,
  reference: string,
): void {
  if (platforms.includes(platform)) return;
  throw new FactoryError(
    "base-platform-missing",
    `${reference}, which is ${name}, is not built for ${platform}`,
    { hint: `Add ${platform} to platforms of ${name} in images.yaml (${position}).` },
  );
}

/** The platforms that no base is known to lack. */
export function buildablePlatforms(image: Enrolment, { failures }: SeenBases): readonly Platform[] {
  return image.platforms.filter(
    (platform) =>
      !failures.some(
        (failure) => failure.platform === platform && failure.error.code === "base-platform-missing",
      ),
  );
}
