import { type Base, findBases, type PlatformBases } from "../dockerfile/bases.ts";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import { effectiveText } from "../dockerfile/effective-text.ts";
import { chainTo, stageGraph } from "../dockerfile/graph.ts";
import { type BaseTriggers, withTriggers } from "../dockerfile/triggers.ts";
import type { BuildSettings } from "../dockerfile/variables.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { hostPlatform, type Platform, platforms } from "../platform.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import { formatReference, parseReference, withDefaultTag } from "../registry/reference.ts";
import type { BaseImage } from "./base-images.ts";

/** A Dockerfile as one platform is built from it. */
export interface PlatformDockerfile {
  /** Knows the ONBUILD triggers of its bases. */
  readonly dockerfile: Dockerfile;
  readonly settings: BuildSettings;
  readonly bases: PlatformBases;
  /** Digest of the text without what the target does not reach. */
  readonly textDigest: Digest;
  /** By `placeOf`: bases of stages on `$BUILDPLATFORM`, whose platform follows the machine that builds. */
  readonly onBuildPlatform: ReadonlySet<string>;
}

/** The external image that the target descends from, through stages of the Dockerfile; undefined for scratch. */
export function targetBase({ dockerfile, settings, bases }: PlatformDockerfile): Base | undefined {
  const [first] = chainTo(stageGraph(dockerfile, settings));
  return bases.bases.find(({ stage, use }) => stage === first?.stage.index && use === "from");
}

/** The name of a base that is looked up: normalised as Docker does, `latest` where it has neither tag nor digest. */
export function normaliseBase(text: string): string {
  return formatReference(withDefaultTag(parseReference(text)));
}

/**
 * Finds what one platform is built from. `imageOf` gives a base where it is known, for its ONBUILD instructions may name
 * images of their own.
 * @throws FactoryError "dockerfile-invalid", and what `imageOf` throws.
 */
export async function readPlatform(
  dockerfile: Dockerfile,
  enrolment: Pick<Enrolment, "target" | "args">,
  platform: Platform,
  imageOf: (reference: string, platform: Platform) => Promise<BaseImage | undefined>,
): Promise<PlatformDockerfile> {
  const settings: BuildSettings = {
    platform,
    buildPlatform: hostPlatform(),
    target: enrolment.target,
    args: enrolment.args,
  };
  const { complete, bases } = await withAllTriggers(dockerfile, settings, imageOf);
  return {
    dockerfile: complete,
    settings,
    bases,
    textDigest: digestOf(effectiveText(complete, settings)),
    onBuildPlatform: placesThatFollow(complete, settings, bases),
  };
}

/** A trigger may reach a stage that nothing else needs, whose own base may have triggers too: until there are no more. */
async function withAllTriggers(
  dockerfile: Dockerfile,
  settings: BuildSettings,
  imageOf: (reference: string, platform: Platform) => Promise<BaseImage | undefined>,
): Promise<{ readonly complete: Dockerfile; readonly bases: PlatformBases }> {
  const known = new Map<number, BaseTriggers>();
  for (let complete = dockerfile; ; ) {
    const bases = findBases(complete, settings, normaliseBase);
    const fresh = bases.bases.filter(
      ({ use, stage, inTrigger }) => use === "from" && !inTrigger && !known.has(stage),
    );
    if (fresh.length === 0) return { complete, bases };
    for (const { stage, reference, platform } of fresh) {
      const image = await imageOf(reference, platform);
      known.set(stage, { stage, onBuild: image?.config.config.OnBuild ?? [] });
    }
    const triggers = [...known.values()].filter(({ onBuild }) => onBuild.length > 0);
    if (triggers.length === 0) return { complete, bases };
    complete = withTriggers(dockerfile, triggers);
  }
}

/** The place of a Dockerfile that takes a base; it stays the same when variables change what is taken there. */
export function placeOf({ line, use, stage }: Pick<Base, "line" | "use" | "stage">): string {
  return `${line} ${use} ${stage}`;
}

/** Places whose base is of another platform when another machine builds; `own` is what this one finds. */
function placesThatFollow(
  dockerfile: Dockerfile,
  settings: BuildSettings,
  own: PlatformBases,
): ReadonlySet<string> {
  const elsewhere = platforms
    .filter((buildPlatform) => buildPlatform !== settings.buildPlatform)
    .map((buildPlatform) => findBases(dockerfile, { ...settings, buildPlatform }, normaliseBase));
  const [here = new Map<string, Platform>(), ...others] = [own, ...elsewhere].map(
    ({ bases }) => new Map(bases.map((base) => [placeOf(base), base.platform])),
  );
  return new Set(
    [...here.keys()].filter((place) => others.some((other) => other.get(place) !== here.get(place))),
  );
}
