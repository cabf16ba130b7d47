import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import { formatRepository } from "../registry/reference.ts";
import type { ImageState, PlatformState, TagState } from "../state/image-state.ts";
import { isOf } from "../state/tag-claim.ts";
import type { ImageFacts } from "./image-facts.ts";
import type { PlatformStep } from "./plan-step.ts";
import { referenceOf } from "./platform-key.ts";

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
  { enrolment, state, commit, tags, platforms: facts }: ImageFacts,
  pushed: PushedImage,
  steps: readonly PlatformStep[],
): ImageState {
  const own = isOf(state, enrolment.repository) ? state : undefined;
  const platforms = steps.flatMap(({ platform, inputs }): [Platform, PlatformState][] => {
    const found = pushed.platforms[platform];
    if (found === undefined) return [];
    // Of bases below the layers only what those prove: the Dockerfile may name another one by now.
    const below = [found.base, facts.find((fact) => fact.platform === platform)?.finalBase?.reference];
    const others = Object.entries(inputs.bases).filter(([name]) => !below.includes(referenceOf(name)));
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
