import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import { formatRepository } from "../registry/reference.ts";
import type { Adoption, ImageState, PlatformState, TagState } from "../state/image-state.ts";
import { isOf } from "../state/tag-claim.ts";
import type { ImageFacts, PlatformStep } from "./plan.ts";
import { referenceOf } from "./platform-key.ts";
import { changes, distinctReasons, formatReason, type Reason } from "./reason.ts";

/** What somebody else's CI put under an image's tags, as it was read in the registry. */
export interface PushedImage {
  readonly digest: Digest;
  /** ISO 8601 in UTC: when this run saw it. */
  readonly firstSeen: string;
  /** As its labels say. */
  readonly commit?: string;
  readonly version?: string;
  /** As its config says. */
  readonly created?: string;
  /** The enrolled platforms that it has. */
  readonly platforms: Readonly<Partial<Record<Platform, PushedPlatform>>>;
  readonly otherPlatforms: readonly string[];
}

export interface PushedPlatform {
  readonly digest: Digest;
  /** Digests of its uncompressed layers, the lowest first. */
  readonly diffIds: readonly Digest[];
  /** The reference that the Dockerfile's target is FROM; undefined where that is no image. */
  readonly base?: string;
  /** `bases` has the digest of that reference which the lowest layers are of, where one is known that they are of. */
  readonly inputs: { readonly bases: Readonly<Record<string, Digest>> };
}

/** The base that the Dockerfile's target descends from, as this run builds on it. */
export interface FinalBase {
  readonly reference: string;
  /** Digests of its uncompressed layers. */
  readonly diffIds: readonly Digest[];
}

/** Whether an image with these layers stands on one with those: a layer that was compressed again is the same layer. */
export function standsOn(diffIds: readonly Digest[], below: readonly Digest[]): boolean {
  return below.length <= diffIds.length && below.every((diffId, index) => diffIds[index] === diffId);
}

/**
 * The state in which what somebody else pushed is what is published. It has no keys and no scan. What images.yaml,
 * source and bases are like now is kept, for from now on only what changes in them counts.
 */
export function adoptedState(
  { enrolment, state, commit, tags }: ImageFacts,
  pushed: PushedImage,
  steps: readonly PlatformStep[],
): ImageState {
  const own = isOf(state, enrolment.repository) ? state : undefined;
  const platforms = steps.flatMap(({ platform, inputs }): [Platform, PlatformState][] => {
    const found = pushed.platforms[platform];
    if (found === undefined) return [];
    const others = Object.entries(inputs.bases).filter(([name]) => referenceOf(name) !== found.base);
    const bases = { ...Object.fromEntries(others), ...found.inputs.bases };
    return [[platform, { ...found, inputs: { ...inputs, epoch: state?.epoch ?? null, bases } }]];
  });
  const tagStates = tags.flatMap(({ tag, holds, once }): [string, TagState][] => {
    const left = own?.tags[tag];
    if (holds === undefined || once || left?.digest === holds) return [];
    const previous = left === undefined ? {} : { previous: left.digest };
    return [[tag, { digest: holds, at: pushed.firstSeen, ...previous }]];
  });
  return {
    digest: pushed.digest,
    repository: formatRepository(enrolment.repository),
    platforms: Object.fromEntries(platforms),
    annotations: enrolment.annotations,
    ...(pushed.commit === undefined ? {} : { commit: pushed.commit }),
    ...(pushed.version === undefined ? {} : { version: pushed.version }),
    ...(state?.epoch === undefined ? {} : { epoch: state.epoch }),
    tags: { ...own?.tags, ...Object.fromEntries(tagStates) },
    publications: state?.publications ?? [],
    ...(state?.publishing === undefined ? {} : { publishing: state.publishing }),
    adopted: {
      by: "unknown",
      workflow: enrolment.workflow ?? "",
      firstSeen: pushed.firstSeen,
      ...(pushed.created === undefined ? {} : { created: pushed.created }),
      ...(state === undefined ? {} : { previous: state.digest }),
      ...(commit === undefined ? {} : { sourceCommit: commit }),
      enrolledPlatforms: enrolment.platforms,
      otherPlatforms: pushed.otherPlatforms,
    },
  };
}

/** What differs from the published image, by whose business it is. */
export interface Duties {
  readonly ours: readonly Reason[];
  /** What the workflow builds: a changed source, and with it another base in the Dockerfile. */
  readonly theirs: readonly Reason[];
}

/** Divides what has changed of an image whose pushes are the business of somebody else's CI. */
export function divideDuties(
  { enrolment, state, commit, platforms }: ImageFacts,
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
      packages: enrolment.source.kind === "debian",
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
