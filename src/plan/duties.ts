import type { NonEmpty } from "../non-empty.ts";
import type { Adoption, ImageState, PlatformState } from "../state/image-state.ts";
import type { TagClaim } from "../state/tag-claim.ts";
import { type FinalBase, standsOn } from "./adoption.ts";
import type { ImageFacts } from "./image-facts.ts";
import type { PlatformStep } from "./plan-step.ts";
import { changes, distinctReasons, formatReason, type Reason } from "./reason.ts";

/** What differs from the published image, by whose business it is. */
export interface Duties {
  readonly ours: readonly Reason[];
  /** What the workflow builds: a changed source, and with it another base in the Dockerfile. */
  readonly theirs: readonly Reason[];
}

/** Divides what has changed of an image whose pushes are the business of somebody else's CI. */
export function divideDuties(
  { state, commit, platforms }: ImageFacts,
  steps: readonly PlatformStep[],
): Duties {
  const ours: Reason[] = [];
  const theirs: Reason[] = [];
  const builtAt = state === undefined ? undefined : recordedCommit(state);
  for (const { platform, inputs } of steps) {
    const before = state?.platforms[platform];
    if (before === undefined) continue;
    const finalBase = platforms.find((facts) => facts.platform === platform)?.finalBase;
    const found = changes({
      before: {
        ...before.inputs,
        args: atCommit(before.inputs.args, builtAt, commit),
        labels: atCommit(before.inputs.labels, builtAt, commit),
        recipe: before.key === undefined ? inputs.recipe : before.inputs.recipe,
      },
      after: inputs,
      commits: { before: state?.commit, after: commit },
      // Only what a workflow builds has such duties, and none builds those.
      packages: undefined,
    });
    for (const reason of found) {
      const own = ownReason(reason, before, finalBase);
      if (own === "theirs") theirs.push(reason);
      else if (own !== undefined) ours.push(own);
    }
  }
  const { adopted, commit: pushedAt } = state ?? {};
  const stale = pushedAt !== undefined && commit !== undefined && !commit.startsWith(pushedAt);
  if (adopted !== undefined && stale && !theirs.some(({ kind }) => kind === "source"))
    theirs.push({ kind: "source", from: pushedAt.slice(0, 12), to: commit.slice(0, 12) });
  return { ours, theirs: distinctReasons(theirs) };
}

/** The reason as it counts for the factory; "theirs" when it is the workflow's, undefined when it is none. */
function ownReason(
  reason: Reason,
  { diffIds, base }: PlatformState,
  finalBase: FinalBase | undefined,
): Reason | "theirs" | undefined {
  if (reason.kind === "source" || reason.kind === "packages") return "theirs";
  if (reason.kind === "changed") return reason.what === "Dockerfile" ? "theirs" : reason;
  if (reason.kind !== "base") return reason;
  const isBelow = diffIds !== undefined && finalBase?.reference === reason.base && base === reason.base;
  if (isBelow && standsOn(diffIds, finalBase.diffIds)) return undefined;
  if (isBelow) return { ...reason, from: reason.from ?? "unknown" };
  // A base that the Dockerfile did not have before, or has no longer.
  return reason.from === undefined || reason.to === undefined ? "theirs" : reason;
}

/** Values that have the commit in them (`{commit}` in images.yaml) as they would be at another one. */
export function atCommit(
  values: Readonly<Record<string, string>>,
  from: string | undefined,
  to: string | undefined,
): Readonly<Record<string, string>> {
  if (from === undefined || to === undefined) return values;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.replaceAll(from, () => to)]),
  );
}

/** The commit that recorded args, labels and annotations were rendered with. */
export function recordedCommit({ adopted, commit }: ImageState): string | undefined {
  return adopted === undefined ? commit : adopted.sourceCommit;
}

/** What a plan says of an image that is kept; undefined when its digest is all there is to say. */
export function keptNote(
  { enrolment, tags }: ImageFacts,
  { digest, adopted, scan, tags: left }: ImageState,
  { theirs }: Duties,
): string | undefined {
  const gone = tags.filter(({ tag, holds }) => holds === undefined && left[tag] !== undefined);
  const said = [
    ...(adopted === undefined
      ? []
      : [`${describeAdoption(adopted)}, ${scan === undefined ? "not scanned here" : "scanned here"}`]),
    ...(theirs.length === 0
      ? []
      : [`${theirs.map(formatReason).join(", ")} is for ${enrolment.workflow} to build`]),
    ...gone.map(({ tag }) => `${tag} is not there, and is for ${enrolment.workflow} to set`),
  ];
  if (said.length === 0) return undefined;
  return [`${adopted === undefined ? "unchanged since" : "adopted"} ${digest}`, ...said].join("; ");
}

/** Where a digest comes from that the factory did not publish, as people read it. */
export function describeAdoption({ workflow, firstSeen }: Adoption): string {
  return `pushed from outside (${workflow}), first seen ${firstSeen}`;
}

/**
 * The tags that the standing digest is to get. Where pushes are somebody else's business, so are tags that have moved,
 * tags of an image that was not built here, and those of a source that is yet to be built.
 */
export function missingTags(
  { tags }: ImageFacts,
  { digest, adopted, tags: left }: ImageState,
  duties: Duties | undefined,
): readonly TagClaim[] {
  const missing = tags.filter(({ holds }) => holds !== digest);
  if (duties === undefined) return missing;
  return missing.filter(({ tag, holds, once }) => {
    if (once) return true;
    const isOld = left[tag] !== undefined || duties.theirs.length === 0;
    return holds === undefined && adopted === undefined && isOld;
  });
}

export function notBuiltHere(image: string, tags: NonEmpty<TagClaim>) {
  return {
    why: `${tags.map(({ tag }) => tag).join(", ")} would name what somebody else's CI pushed, which was not built here`,
    remedy: `Build it here with that tag: npm run build IMAGE=${image} FORCE=1 TAG=${tags[0].tag}`,
  };
}

/** Why an image cannot be built on what somebody else's CI published of its base. */
export function lackingBase({ enrolment, platforms }: ImageFacts, byName: ReadonlyMap<string, ImageFacts>) {
  for (const { reference, platform, from } of platforms.flatMap(({ bases }) => bases)) {
    if (from.kind === "external" || from.digest !== undefined || platform === "build platform") continue;
    const state = byName.get(from.image)?.state;
    if (state?.adopted === undefined || state.platforms[platform] !== undefined) continue;
    return {
      why: `its base ${reference} has no ${platform}: ${state.digest} was pushed from outside (${state.adopted.workflow})`,
      remedy: `Let that workflow push ${platform} too, take it out of platforms of ${enrolment.name}, or build the base here: npm run build IMAGE=${from.image} FORCE=1`,
    };
  }
  return undefined;
}
