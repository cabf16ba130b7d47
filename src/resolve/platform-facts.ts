import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import type { BaseFact, PlatformFacts } from "../plan/image-facts.ts";
import type { Platform } from "../platform.ts";
import { finalBase } from "./adopted-tag.ts";
import type { BaseImage } from "./base-images.ts";
import { type PlatformDockerfile, readPlatform } from "./dockerfile-bases.ts";
import type { ImageBases } from "./image-bases.ts";
import type { SourceHandle } from "./source-handle.ts";

/** What each platform of an image would be made of now; its final base too, where the layers alone tell what it was. */
export async function platformFacts(
  { name, platforms }: Enrolment,
  source: SourceHandle,
  read: ReadonlyMap<Platform, PlatformDockerfile> | undefined,
  bases: ImageBases,
  layersTell: boolean,
): Promise<NonEmpty<PlatformFacts>> {
  const facts = await Promise.all(
    platforms.map(
      async (platform): Promise<PlatformFacts> => ({
        platform,
        files: source.files(platform),
        ...(source.packages === undefined ? {} : { packages: source.packages(platform) }),
        dockerfile: read?.get(platform)?.textDigest ?? null,
        bases: await factsOfBases(read?.get(platform), bases),
        ...(layersTell ? await finalBaseOf(read?.get(platform), bases) : {}),
      }),
    ),
  );
  if (!isNonEmpty(facts)) throw new Error(`${name} has no platform`);
  return facts;
}

async function factsOfBases(
  read: PlatformDockerfile | undefined,
  { fact }: ImageBases,
): Promise<readonly BaseFact[]> {
  return read === undefined ? [] : Promise.all(read.bases.bases.map((base) => fact(base, read)));
}

async function finalBaseOf(read: PlatformDockerfile | undefined, bases: ImageBases) {
  const base = await finalBase(read, bases);
  return base === undefined ? {} : { finalBase: base };
}

/**
 * The source's Dockerfile as each platform has it; undefined where there is none.
 * @throws FactoryError "dockerfile-invalid", and as `readPlatform`.
 */
export async function readDockerfile(
  enrolment: Enrolment,
  source: SourceHandle,
  imageOf: (reference: string, platform: Platform) => Promise<BaseImage | undefined>,
  parse: (text: string, path: string) => Dockerfile,
): Promise<ReadonlyMap<Platform, PlatformDockerfile> | undefined> {
  if (source.dockerfile === undefined) return undefined;
  // What is no UTF-8 was read as this character, and would be built as another text than the one that stands there.
  if (source.dockerfile.includes("\uFFFD")) {
    throw new FactoryError("dockerfile-invalid", `${enrolment.name}: ${enrolment.dockerfile} is not UTF-8`, {
      hint: "Save the Dockerfile as UTF-8.",
    });
  }
  const dockerfile = parse(source.dockerfile, enrolment.dockerfile ?? "Dockerfile");
  const read = enrolment.platforms.map(
    async (platform) => [platform, await readPlatform(dockerfile, enrolment, platform, imageOf)] as const,
  );
  return new Map(await Promise.all(read));
}
