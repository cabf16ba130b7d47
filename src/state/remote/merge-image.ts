import { isDeepStrictEqual } from "node:util";
import { rememberedPromotions } from "../../promote/record-tags.ts";
import { rememberedPublications } from "../../publish/record.ts";
import type { ImageState, PromotedTags, Publication, Unfinished } from "../image-state.ts";
import { olderFields } from "../older-fields.ts";
import { checksumName, witnessName } from "../state-checksum.ts";
import { factoryOf, type Page, pageWith, parsePage, type Standing } from "../state-file.ts";
import type { Field } from "../yaml-field.ts";

/** The texts of a file that two runs wrote; `base` is what both began with, undefined where that is not known. */
export interface Versions {
  readonly base: string | undefined;
  readonly ours: string;
  readonly theirs: string;
}

type Factory = Partial<ImageState> & Standing & { readonly [checksumName]?: unknown };

/**
 * The state of an image after two runs that knew nothing of each other: what only one of them changed is as that one left
 * it; of two publications the later stands, and both are remembered. The text is theirs with our fields in it.
 * @throws FactoryError "state-invalid".
 */
export function mergeImage(image: string, file: string, { base, ours, theirs }: Versions): string {
  const [own, other] = [parsePage(file, ours), parsePage(file, theirs)];
  const former = base === undefined ? undefined : parsePage(file, base);
  const [b, o, t] = [former && factoryOf(former), factoryOf(own) ?? {}, factoryOf(other) ?? {}];
  const state = mergeState(b, o, t);
  const merged = { ...state, ...mergeStanding(b, o, t) };
  const isEmpty = Object.keys(merged).length === 0;
  return pageWith(other, [
    ...("digest" in state ? olderFields(image, state as ImageState, other.fields) : []),
    ...changedBeside(former, own, other),
    isEmpty ? { name: "factory", gone: true } : { name: "factory", block: merged },
  ]);
}

function mergeState(
  before: Factory | undefined,
  ours: Factory,
  theirs: Factory,
): Partial<Omit<ImageState, "publishing">> {
  const [b, o, t] = [before && stateIn(before), stateIn(ours), stateIn(theirs)];
  if (isDeepStrictEqual(b, o)) return t;
  if (isDeepStrictEqual(b, t)) return o;
  const [later, earlier] = isLater(o, t) ? [o, t] : [t, o];
  if (later.digest === undefined) return later;
  const isSame = later.publications?.[0]?.uniqueTag === earlier.publications?.[0]?.uniqueTag;
  return {
    // Of one publication each run may have learnt something else: a further tag, a scan.
    ...(isSame ? { ...later, ...changedIn(b, o) } : later),
    ...(later.repository === earlier.repository ? { tags: bothTags(later.tags, earlier.tags) } : {}),
    publications: bothOf(later.publications, earlier.publications).slice(0, rememberedPublications),
  };
}

function stateIn({
  hold: _,
  failures: __,
  publishing: ___,
  promotions: ____,
  [checksumName]: _____,
  ...state
}: Factory) {
  return state;
}

function changedIn<T extends object>(before: T | undefined, after: T): Partial<T> {
  const changed = Object.entries(after).filter(
    ([name, value]) => !isDeepStrictEqual((before as Record<string, unknown> | undefined)?.[name], value),
  );
  return Object.fromEntries(changed) as Partial<T>;
}

/** As a publication decides it: a later epoch, else the later time. */
function isLater(one: Partial<ImageState>, other: Partial<ImageState>): boolean {
  if (one.digest === undefined || other.digest === undefined) return one.digest !== undefined;
  const epochs = (one.epoch ?? 0) - (other.epoch ?? 0);
  if (epochs !== 0) return epochs > 0;
  const [a, b] = [one, other].map(({ publications }) => publications?.[0]?.at ?? "");
  return (a ?? "") > (b ?? "");
}

/** Newest first, the newest of `first` at its head. */
function bothOf(
  first: readonly Publication[] = [],
  second: readonly Publication[] = [],
): readonly Publication[] {
  const [newest, ...rest] = first;
  const known = new Set(first.map(({ uniqueTag }) => uniqueTag));
  const all = [...rest, ...second.filter(({ uniqueTag }) => !known.has(uniqueTag))];
  return [...(newest === undefined ? [] : [newest]), ...all.toSorted((a, b) => b.at.localeCompare(a.at))];
}

/** As the later publication left them, but for those that a promotion has set since. */
function bothTags(later: ImageState["tags"] = {}, earlier: ImageState["tags"] = {}): ImageState["tags"] {
  const promoted = Object.entries(earlier).filter(
    ([tag, left]) => left.promoted === true && left.at > (later[tag]?.at ?? ""),
  );
  return { ...earlier, ...later, ...Object.fromEntries(promoted) };
}

/** Newest first, each once. */
function bothPromotions(
  ours: readonly PromotedTags[] = [],
  theirs: readonly PromotedTags[] = [],
): readonly PromotedTags[] {
  const all = new Map([...theirs, ...ours].map((one) => [`${one.at} ${one.repository}`, one]));
  return [...all.values()].toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, rememberedPromotions);
}

function mergeStanding(before: Factory | undefined, ours: Factory, theirs: Factory): Partial<Factory> {
  const publishing = mergeUnfinished(before?.publishing, ours.publishing, theirs.publishing);
  const promotions = bothPromotions(ours.promotions, theirs.promotions);
  const merged = {
    hold: mergeOne(before, ours, theirs, "hold"),
    failures: mergeOne(before, ours, theirs, "failures"),
    ...(publishing.length === 0 ? {} : { publishing }),
    ...(promotions.length === 0 ? {} : { promotions }),
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/** Where nothing is known of what both began with, theirs is what everybody has seen. */
function mergeOne<K extends "hold" | "failures">(
  before: Factory | undefined,
  ours: Factory,
  theirs: Factory,
  name: K,
): Factory[K] {
  if (before === undefined) return theirs[name] ?? ours[name];
  if (isDeepStrictEqual(before[name], ours[name])) return theirs[name];
  if (isDeepStrictEqual(before[name], theirs[name])) return ours[name];
  // What somebody set counts more than that somebody took away what was there before.
  return ours[name] ?? theirs[name];
}

/** Every note of a run that may still be about to publish. */
function mergeUnfinished(
  before: readonly Unfinished[] = [],
  ours: readonly Unfinished[] = [],
  theirs: readonly Unfinished[] = [],
): readonly Unfinished[] {
  const tags = (notes: readonly Unfinished[]) => new Set(notes.map(({ uniqueTag }) => uniqueTag));
  const [was, own, others] = [tags(before), tags(ours), tags(theirs)];
  return [...ours, ...theirs.filter(({ uniqueTag }) => !own.has(uniqueTag))].filter(
    ({ uniqueTag }) => !was.has(uniqueTag) || (own.has(uniqueTag) && others.has(uniqueTag)),
  );
}

/** Fields that publications bring up to date; the others are the older tool's, or a person's. */
const ownFields = [
  witnessName,
  "factory",
  "name",
  "enrolledAt",
  "lastDiscovery",
  "discoveryStatus",
  "currentVersion",
  "currentDigest",
  "lastBuilt",
  "baseImages",
];

/** What a person has changed here of fields that have not changed there. */
function changedBeside(former: Page | undefined, own: Page, other: Page): readonly Field[] {
  if (former === undefined) return [];
  return Object.keys({ ...former.fields, ...own.fields })
    .filter((name) => !ownFields.includes(name))
    .filter((name) => isDeepStrictEqual(former.fields[name], other.fields[name]))
    .filter((name) => !isDeepStrictEqual(own.fields[name], other.fields[name]))
    .map((name) => (name in own.fields ? { name, value: own.fields[name] } : { name, gone: true }));
}
