import { rememberedPublications } from "../publish/record.ts";
import type { Receipt } from "../receipt/receipt.ts";
import { stateFrom } from "../receipt/state-from.ts";
import type { Hold } from "../state/holds.ts";
import type { ImageState, Publication, TagState } from "../state/image-state.ts";

/** An image's state by its receipts alone; undefined where there is none. */
export function rebuiltState(receipts: readonly Receipt[]): ImageState | undefined {
  const [newest] = newestFirst(receipts);
  return newest === undefined ? undefined : withReceipts(stateFrom(newest), receipts);
}

/**
 * The state with what its receipts tell besides: publications and tags that it does not know, and all of a publication
 * that is newer than its own. The epoch never goes down. The same state where it knows everything.
 */
export function withReceipts(state: ImageState, receipts: readonly Receipt[]): ImageState {
  const [newest] = newestFirst(receipts);
  const isBehind = newest !== undefined && isNewer(newest, state);
  const base = isBehind ? stateFrom(newest) : state;
  const epochs = [state.epoch, ...receipts.map(({ epoch }) => epoch)].filter((epoch) => epoch !== undefined);
  const known = new Set(state.publications.map(({ uniqueTag }) => uniqueTag));
  const further = receipts.filter(
    (receipt) => !known.has(receipt.publication.uniqueTag) || (isBehind && receipt === newest),
  );
  const publications = mergedPublications(state.publications, further);
  // A tag that the state has no more was retired.
  const tags = mergedTags(state.tags, further);
  const isSame =
    !isBehind &&
    publications.length === state.publications.length &&
    Object.entries(tags).every(([tag, { digest }]) => state.tags[tag]?.digest === digest) &&
    Math.max(0, ...epochs) === (state.epoch ?? 0);
  if (isSame) return state;
  return { ...base, ...(epochs.length === 0 ? {} : { epoch: Math.max(...epochs) }), tags, publications };
}

/** Whether a receipt tells of a later publication than a state, or of the same one later. */
function isNewer({ publication, scan }: Receipt, state: ImageState): boolean {
  const [newest] = state.publications;
  if (newest === undefined) return Date.parse(publication.at) > firstSeen(state);
  if (publication.uniqueTag !== newest.uniqueTag)
    return Date.parse(publication.at) > Math.max(Date.parse(newest.at), firstSeen(state));
  return state.adopted === undefined && Date.parse(scan.at) > Date.parse(state.scan?.at ?? scan.at);
}

/** What somebody else pushed after the last publication here is what is published. */
function firstSeen({ adopted }: ImageState): number {
  return adopted === undefined ? Number.NEGATIVE_INFINITY : Date.parse(adopted.firstSeen);
}

/**
 * The hold that a lost state may have had: what went back was held, and nobody knows whether it was lifted. Of two wrong
 * guesses, moving tags that are to stay is the worse.
 */
export function holdAfter(receipts: readonly Receipt[]): Hold | undefined {
  const [newest] = newestFirst(receipts);
  const { rollback, at } = newest?.publication ?? {};
  if (newest === undefined || rollback === undefined || at === undefined) return undefined;
  const { user } = newest.asked;
  return {
    why: rollback.why,
    at,
    ...(user === undefined ? {} : { by: user }),
    rollback: { from: rollback.from, to: newest.digest },
  };
}

function newestFirst(receipts: readonly Receipt[]): readonly Receipt[] {
  const byTime = (one: Receipt) => [Date.parse(one.publication.at), Date.parse(one.scan.at)] as const;
  return receipts.toSorted((one, other) => {
    const [[a, c], [b, d]] = [byTime(one), byTime(other)];
    return b - a || d - c;
  });
}

function mergedPublications(
  known: readonly Publication[],
  further: readonly Receipt[],
): readonly Publication[] {
  const told = newestFirst(further).map(({ publication }) => [publication.uniqueTag, publication] as const);
  // The first of two receipts of one publication is the earlier.
  const all = new Map([...known.map((one) => [one.uniqueTag, one] as const), ...told.toReversed()]);
  return [...all.values()]
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, rememberedPublications);
}

/** Each tag as it was left last. */
function mergedTags(
  known: ImageState["tags"],
  receipts: readonly Receipt[],
): Readonly<Record<string, TagState>> {
  const tags: Record<string, TagState> = { ...known };
  for (const receipt of receipts) {
    for (const [tag, left] of Object.entries(receipt.tags)) {
      const before = Object.hasOwn(tags, tag) ? tags[tag] : undefined;
      if (before === undefined || Date.parse(left.at) > Date.parse(before.at)) tags[tag] = left;
    }
  }
  return tags;
}
