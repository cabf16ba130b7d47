import type { Enrolment } from "../enrolment/enrolment.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { Digest } from "../registry/digest.ts";
import type { ImageState } from "../state/image-state.ts";
import type { ImageFacts, PlatformFacts } from "./image-facts.ts";
import type { PlatformStep } from "./plan-step.ts";
import {
  type BasePlatform,
  baseName,
  type PlatformInputs,
  platformKey,
  recipeVersion,
} from "./platform-key.ts";

/** The image as if its stale bases came out as they were when it was built; one that it had not then is left out. */
export function withRecordedBases(fact: ImageFacts, stale: ReadonlySet<string>): ImageFacts {
  const recorded = ({ platform, bases, ...rest }: PlatformFacts): PlatformFacts => ({
    ...rest,
    platform,
    bases: bases.flatMap((base) => {
      if (base.from.kind !== "enrolled" || !stale.has(base.from.image)) return [base];
      const name = baseName(base.reference, base.platform);
      const digest = fact.state?.platforms[platform]?.inputs.bases[name];
      return digest === undefined ? [] : [{ ...base, from: { ...base.from, digest } }];
    }),
  });
  const [first, ...others] = fact.platforms;
  return { ...fact, platforms: [recorded(first), ...others.map(recorded)] };
}

/** Key and inputs of every platform; every enrolled base has to be settled. */
export function platformSteps(
  { enrolment, platforms: [first, ...others] }: ImageFacts,
  epoch: number | undefined,
  byName: ReadonlyMap<string, ImageFacts>,
): NonEmpty<PlatformStep> {
  const stepOf = (facts: PlatformFacts): PlatformStep => {
    const inputs = inputsOf(enrolment, facts, epoch, byName);
    return { platform: facts.platform, key: platformKey(inputs), inputs };
  };
  return [stepOf(first), ...others.map(stepOf)];
}

/** The inputs of one platform; every enrolled base has to be settled. */
function inputsOf(
  enrolment: Enrolment,
  facts: PlatformFacts,
  epoch: number | undefined,
  byName: ReadonlyMap<string, ImageFacts>,
): PlatformInputs {
  const bases = facts.bases.map(({ reference, platform, from }) => {
    const digest =
      from.kind === "external"
        ? from.digest
        : (from.digest ?? publishedDigest(byName.get(from.image)?.state, platform));
    if (digest === undefined)
      throw new Error(`${enrolment.name}: base ${reference} has no digest for ${platform}`);
    return [baseName(reference, platform), digest] as const;
  });
  return {
    recipe: recipeVersion,
    platform: facts.platform,
    files: facts.files,
    dockerfile: facts.dockerfile,
    args: enrolment.args,
    target: enrolment.target ?? null,
    network: enrolment.network,
    labels: enrolment.labels,
    secrets: enrolment.secrets.map(({ id }) => id),
    epoch: epoch ?? null,
    bases: Object.fromEntries(bases),
  };
}

function publishedDigest(state: ImageState | undefined, platform: BasePlatform): Digest | undefined {
  return platform === "build platform" ? state?.digest : state?.platforms[platform]?.digest;
}

/** What is published of the enrolled base that a reference means. */
export function enrolledState(
  { platforms }: ImageFacts,
  reference: string,
  byName: ReadonlyMap<string, ImageFacts>,
): ImageState | undefined {
  const base = platforms.flatMap(({ bases }) => bases).find((found) => found.reference === reference);
  return base?.from.kind === "enrolled" ? byName.get(base.from.image)?.state : undefined;
}
