import type { NonEmpty } from "../non-empty.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import type { ImageState } from "../state/image-state.ts";
import { isOf } from "../state/tag-claim.ts";
import { atCommit, type Duties, divideDuties, recordedCommit } from "./duties.ts";
import type { ImageFacts } from "./image-facts.ts";
import type { PlatformStep } from "./plan-step.ts";
import { changes, distinctReasons, type Reason } from "./reason.ts";

/** The digest that the tags will have; undefined when only the build tells. */
export function digestAfter(
  { state }: ImageFacts,
  platforms: readonly PlatformStep[],
  reasons: readonly Reason[],
): Digest | undefined {
  if (reasons.length === 0) return state?.digest;
  const asBefore = reasons.every(({ kind }) => kind === "forced" || kind === "registry lacks");
  const sameKeys = platforms.every(({ platform, key }) => state?.platforms[platform]?.key === key);
  return asBefore && sameKeys ? state?.digest : undefined;
}

/** Whose business the changes of an image are; undefined where all of them are the factory's. */
export function dutiesOf(fact: ImageFacts, steps: readonly PlatformStep[]): Duties | undefined {
  return fact.enrolment.workflow === undefined ? undefined : divideDuties(fact, steps);
}

/** Why an image has to be built or published again; `renewed` is what needs no change. */
export function reasonsToBuild(
  fact: ImageFacts,
  platforms: NonEmpty<PlatformStep>,
  renewed: readonly Reason[],
  duties: Duties | undefined,
): readonly Reason[] {
  const { enrolment, state, standing, commit } = fact;
  if (state === undefined) return [{ kind: "never built" }, ...renewed];
  const found = duties?.ours ?? changedInputs(fact, state, platforms);
  // An epoch that moved is what a forced or scheduled rebuild is, or one for fixes: the word says it.
  const isSaid = renewed.length > 0;
  const reasons: Reason[] = [
    ...renewed,
    ...found.filter((reason) => !(isSaid && reason.kind === "changed" && reason.what === "epoch")),
  ];
  const before = state.adopted?.enrolledPlatforms ?? (Object.keys(state.platforms) as Platform[]);
  const now = platforms.map(({ platform }) => platform);
  const added = now.filter((platform) => !before.includes(platform));
  const removed = before.filter((platform) => !now.includes(platform));
  if (added.length > 0 || removed.length > 0) reasons.push({ kind: "platforms", added, removed });
  if (!isOf(state, enrolment.repository)) reasons.push({ kind: "changed", what: "repository" });
  const annotations =
    duties === undefined ? state.annotations : atCommit(state.annotations, recordedCommit(state), commit);
  if (!sameMap(annotations, enrolment.annotations)) reasons.push({ kind: "changed", what: "annotations" });
  if (!standing && reasons.length === 0) reasons.push({ kind: "registry lacks", digest: state.digest });
  return distinctReasons(reasons);
}

function changedInputs(
  { enrolment: { source }, platforms, commit }: ImageFacts,
  state: ImageState,
  steps: NonEmpty<PlatformStep>,
): readonly Reason[] {
  return steps.flatMap(({ platform, inputs, key }): readonly Reason[] => {
    const before = state.platforms[platform];
    if (before === undefined || before.key === key) return [];
    const found = changes({
      before: before.inputs,
      after: inputs,
      commits: { before: state.commit, after: commit },
      packages:
        source.kind === "debian"
          ? { before: before.packages, after: platforms.find((now) => now.platform === platform)?.packages }
          : undefined,
    });
    return found.length === 0 ? [{ kind: "changed", what: "the recorded key" }] : found;
  });
}

/** Platforms that a tag has today, be it by the factory or by whom it takes the tag over from, and then no more. */
export function lostPlatforms({ state, platforms, tags }: ImageFacts): readonly string[] {
  const kept = new Set<string>(platforms.map(({ platform }) => platform));
  const had = [
    ...Object.keys(state?.platforms ?? {}),
    ...(state?.adopted?.otherPlatforms ?? []),
    ...tags.flatMap(({ foreignPlatforms = [] }) => foreignPlatforms),
  ];
  return [...new Set(had)].filter((platform) => !kept.has(platform));
}

export function platformLoss(image: string, lost: readonly string[]) {
  return {
    why: `its tags have ${lost.join(", ")} today and would lose it`,
    remedy: `Add the platform to ${image} in images.yaml again, or allow it once: ALLOW=platform-loss WHY=…`,
  };
}

function sameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
