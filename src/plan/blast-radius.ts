import { isWatchedBy } from "../bases/select-tag.ts";
import type { WatchedImage } from "../enrolment/enrolment.ts";
import { didYouMean } from "../enrolment/suggestion.ts";
import {
  familiarName,
  formatReference,
  formatRepository,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../registry/reference.ts";
import { type Dependence, withDependants } from "./graph.ts";
import type { ImageFacts } from "./image-facts.ts";

/** What a blast radius is of: an image that is enrolled, or a base of others by its normalised reference. */
export type Origin =
  | { readonly kind: "enrolled"; readonly image: string }
  | { readonly kind: "external"; readonly base: string };

export interface Dependant {
  readonly image: string;
  /** 1 for what names an origin in its own Dockerfile. */
  readonly level: number;
  /** A shortest way from an origin to the image itself: the origin, then images. */
  readonly path: readonly string[];
}

/** Everything that would be rebuilt if the bytes of the origins changed. */
export interface BlastRadius {
  readonly of: readonly Origin[];
  readonly total: number;
  /** How many images there are at each level, the first first. */
  readonly levels: readonly number[];
  /** Nearest first. */
  readonly dependants: readonly Dependant[];
}

/** Follows the bases of all images upwards, in time that grows as what is found does. */
export function blastRadius(of: readonly Origin[], facts: readonly ImageFacts[]): BlastRadius {
  const needed = new Map(facts.map((fact) => [fact.enrolment.name, basesOf(fact)]));
  const found = withDependants(of.map(nameOf), [...needed.keys()], (name) => needed.get(name) ?? []);
  const levels: number[] = [];
  const dependants: Dependant[] = [];
  for (const [image, { level }] of found) {
    levels[level - 1] = (levels[level - 1] ?? 0) + 1;
    dependants.push({ image, level, path: pathTo(image, found) });
  }
  return { of, total: dependants.length, levels, dependants };
}

function pathTo(image: string, found: ReadonlyMap<string, Dependence>): readonly string[] {
  const path = [image];
  for (let at = found.get(image); at !== undefined; at = found.get(at.via)) path.push(at.via);
  return path.reverse();
}

/** An image's name has no slash, and a normalised reference has one: neither can be taken for the other. */
export function nameOf(origin: Origin): string {
  return origin.kind === "enrolled" ? origin.image : origin.base;
}

/** What an image is built from, each once: names of enrolled images and references of others. */
export function basesOf({ platforms }: ImageFacts): readonly string[] {
  const bases = platforms.flatMap((platform) => platform.bases);
  return [
    ...new Set(bases.map(({ reference, from }) => (from.kind === "enrolled" ? from.image : reference))),
  ];
}

export interface NamedBase {
  readonly of: readonly Origin[];
  /** ` (did you mean "node:22"?)` where nothing is built from it. */
  readonly hint: string;
}

/**
 * What `BASE=` means: the enrolled image of that name, every tag in use of the watched image of that name, or a reference,
 * normalised as Docker does.
 * @throws FactoryError "reference-invalid".
 */
export function findBase(
  word: string,
  facts: readonly ImageFacts[],
  watched: readonly WatchedImage[],
): NamedBase {
  if (facts.some(({ enrolment }) => enrolment.name === word))
    return { of: [{ kind: "enrolled", image: word }], hint: "" };
  const used = new Set(
    facts.flatMap(({ platforms }) =>
      platforms.flatMap(({ bases }) => bases.map(({ reference }) => reference)),
    ),
  );
  const image = watched.find(({ name }) => name === word);
  const covered = image === undefined ? [] : [...used].filter((base) => covers(image, parseReference(base)));
  if (covered.length > 0) return { of: covered.map((base) => ({ kind: "external", base })), hint: "" };
  const reference = image === undefined ? withDefaultTag(parseReference(word)) : image.repository;
  const publisher = facts.find((fact) => publishes(fact, reference));
  if (publisher !== undefined)
    return { of: [{ kind: "enrolled", image: publisher.enrolment.name }], hint: "" };
  const base = formatReference(reference);
  if (used.has(base)) return { of: [{ kind: "external", base }], hint: "" };
  return { of: [{ kind: "external", base }], hint: hintOf(word, reference, facts, used) };
}

function covers(image: WatchedImage, reference: Reference): boolean {
  return reference.digest === undefined && isWatchedBy(image, reference);
}

/** Another tag of the same repository, or the name that comes nearest. */
function hintOf(
  word: string,
  reference: Reference,
  facts: readonly ImageFacts[],
  used: ReadonlySet<string>,
): string {
  const repository = formatRepository(reference);
  const sibling = [...used].find((base) => formatRepository(parseReference(base)) === repository);
  if (sibling !== undefined) return ` (did you mean ${JSON.stringify(familiarName(sibling))}?)`;
  const names = facts.map(({ enrolment }) => enrolment.name);
  return didYouMean(familiarName(word), [...names, ...[...used].map(familiarName)]);
}

function publishes({ enrolment, tags }: ImageFacts, { tag, digest, ...repository }: Reference): boolean {
  if (tag === undefined || digest !== undefined) return false;
  return (
    formatRepository(enrolment.repository) === formatRepository(repository) &&
    tags.some((claim) => claim.tag === tag)
  );
}
