import type { Digest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import type { ImageState, TagState } from "./image-state.ts";

/** A tag that is to be set, and what the registry has under it. */
export interface TagClaim {
  readonly tag: string;
  /** Undefined when the registry has no such tag. */
  readonly holds: Digest | undefined;
  /** Asked for by `TAG=` on this run alone. */
  readonly once: boolean;
  /** Made of a version file's version: never set to other bytes than those it names. */
  readonly version?: boolean;
  /** Platforms of an index that somebody else put there and this publication would take over. */
  readonly foreignPlatforms?: readonly string[];
}

/** Why a tag is left where it is, and what its owner can do. */
export interface TagRefusal {
  readonly why: string;
  readonly remedy: string;
}

/**
 * The digest that somebody else's CI has put under the tags: what the first of them that is there holds, where the
 * factory never published it and has not recorded it yet.
 */
export function pushedDigest(
  claims: readonly TagClaim[],
  state: ImageState | undefined,
  repository: Repository,
): Digest | undefined {
  const own = isOf(state, repository) ? state : undefined;
  const main = claims.find(({ holds, once, version }) => holds !== undefined && !once && !version);
  if (main?.holds === undefined || main.holds === own?.digest) return undefined;
  return isPublishedHere(main.holds, own) ? undefined : main.holds;
}

/**
 * The tags of an image whose pushes are the business of somebody else's CI that are guarded all the same: those of
 * `TAG=`, those of a version file unless they are as they were left, and those that hold a digest which the factory once
 * published, for that is a person's way back.
 */
export function guardedClaims(
  claims: readonly TagClaim[],
  state: ImageState | undefined,
): readonly TagClaim[] {
  return claims.filter(({ tag, holds, once, version }) => {
    const left = state?.tags[tag];
    if (version) return left === undefined || (holds !== undefined && holds !== left.digest);
    return once || (holds !== undefined && isPublishedHere(holds, state));
  });
}

/** Whether the factory itself published a digest, be it in a run that died before it wrote its state. */
export function isPublishedHere(digest: Digest, state: ImageState | undefined): boolean {
  return [...(state?.publications ?? []), ...(state?.publishing ?? [])].some(
    (publication) => publication.digest === digest,
  );
}

/** Whether the state tells of this repository: after a move in images.yaml it tells of another one. */
export function isOf(state: ImageState | undefined, repository: Repository): state is ImageState {
  return state?.repository === formatRepository(repository);
}

/**
 * The first of the tags that must not be set to `wanted` (undefined: to a digest that is not known yet). One that
 * somebody else moved since the factory set it stays; the first publication of a tag takes over what it holds; a tag of
 * `TAG=` is given once and then stays, and so does a version.
 */
export function firstRefusal(
  claims: readonly TagClaim[],
  state: ImageState | undefined,
  repository: Repository,
  wanted: Digest | undefined,
): TagRefusal | undefined {
  const own = isOf(state, repository) ? state : undefined;
  for (const claim of claims) {
    const refusal = refusalOf(claim, own, repository, wanted);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function refusalOf(
  { tag, holds, once, version }: TagClaim,
  state: ImageState | undefined,
  repository: Repository,
  wanted: Digest | undefined,
): TagRefusal | undefined {
  const left = state?.tags[tag];
  if (once && left !== undefined && left.digest !== wanted) {
    return {
      why: `${tag} names ${left.digest} since ${left.at}, and a tag given by TAG= is not moved`,
      remedy: "Choose another TAG=.",
    };
  }
  const named = holds ?? left?.digest;
  const asLeft = left !== undefined && left.digest === wanted;
  if (version && !asLeft && named !== undefined && named !== wanted) {
    return {
      why: `${formatRepository(repository)}:${tag} names ${named}, and a version is not moved`,
      remedy: "Write a version that was not published yet into the image's version file.",
    };
  }
  const mayMove = left === undefined && (!once || state === undefined);
  if (holds === undefined || holds === wanted || mayMove || isOurs(holds, left, state)) return undefined;
  return {
    why: `${formatRepository(repository)}:${tag} holds ${holds}, which the factory did not put there${left === undefined ? "" : ` (it left ${left.digest})`}`,
    remedy: `Move ${tag} back or delete it in the registry, and it is published again; or take it out of images.yaml.`,
  };
}

/** Whether the factory itself left this under the tag, be it in a run that died before it wrote its state. */
function isOurs(holds: Digest, left: TagState | undefined, state: ImageState | undefined): boolean {
  if (holds === left?.digest || holds === state?.digest) return true;
  return state?.publishing?.some(({ digest }) => digest === holds) === true;
}
