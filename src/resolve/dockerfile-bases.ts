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
  /** The references of stages on `$BUILDPLATFORM`: their platform follows the machine that builds. */
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
 * @throws FactoryError "dockerfile-invalid", "reference-invalid", and what `imageOf` throws.
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
  const own = findBases(dockerfile, settings, normaliseBase);
  const triggers = await Promise.all(
    own.bases
      .filter(({ use }) => use === "from")
      .map(async ({ reference, platform: of, stage }): Promise<BaseTriggers | undefined> => {
        const image = await imageOf(reference, of);
        const onBuild = image?.config.config.OnBuild ?? [];
        return onBuild.length === 0 ? undefined : { stage, onBuild };
      }),
  );
  const found = triggers.filter((trigger) => trigger !== undefined);
  const complete = found.length === 0 ? dockerfile : withTriggers(dockerfile, found);
  return {
    dockerfile: complete,
    settings,
    bases: found.length === 0 ? own : findBases(complete, settings, normaliseBase),
    textDigest: digestOf(effectiveText(complete, settings)),
    onBuildPlatform: referencesThatFollow(complete, settings),
  };
}

/** Bases whose platform is another when another machine builds. */
function referencesThatFollow(dockerfile: Dockerfile, settings: BuildSettings): ReadonlySet<string> {
  const [first, second] = platforms.map(
    (buildPlatform) => findBases(dockerfile, { ...settings, buildPlatform }, normaliseBase).bases,
  );
  const following = first?.filter((base, index) => base.platform !== second?.[index]?.platform) ?? [];
  return new Set(following.map(({ reference }) => reference));
}
