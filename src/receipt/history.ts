import type { Repository } from "../registry/reference.ts";
import type { ImageState, PromotedTags, Publication } from "../state/image-state.ts";
import type { ImageRecord } from "../state/state-file.ts";
import { isOf } from "../state/tag-claim.ts";
import { promotedTags, readPromotions } from "./promotion.ts";
import { publishedDigests, type ReceiptReader, readReceipts } from "./read.ts";
import type { Receipt } from "./receipt.ts";

/** One publication, with its receipt where the registry has one. */
export interface HistoryRow {
  /** 0 is the newest: what `TO=` of a rollback counts. */
  readonly back: number;
  readonly publication: Publication;
  readonly receipt: Receipt | undefined;
  /** What was set to its digest by promotions, newest first; of a digest that was published twice, with the newest. */
  readonly promotions: readonly PromotedTags[];
  /** Whether the registry does not have the digest any more. */
  readonly gone: boolean;
}

/**
 * The publications of an image, newest first: those of its state, and those that the registry alone knows of, be it that
 * another machine made them or that the state is lost.
 */
export async function publicationsOf(
  repository: Repository,
  state: ImageState | undefined,
  client: ReceiptReader,
): Promise<readonly Publication[]> {
  const known = isOf(state, repository) ? state.publications : [];
  const tags = new Set(known.map(({ uniqueTag }) => uniqueTag));
  const others = await publishedDigests(repository, tags, client);
  const found = await Promise.all(
    [...new Set(others.values())].map((digest) => readReceipts(repository, digest, client)),
  );
  const elsewhere = found
    .flat()
    .map(({ publication }) => publication)
    .filter(({ uniqueTag }) => others.has(uniqueTag));
  return [...known, ...elsewhere].toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/**
 * The newest `last` publications of an image with their receipts, and with the promotions that its record and its
 * registry know of.
 */
export async function readHistory(
  repository: Repository,
  { state, promotions: remembered = [] }: Pick<ImageRecord, "state" | "promotions">,
  last: number,
  client: ReceiptReader,
): Promise<readonly HistoryRow[]> {
  const publications = (await publicationsOf(repository, state, client)).slice(0, last);
  const digests = [...new Set(publications.map(({ digest }) => digest))];
  const known = new Map(
    await Promise.all(
      digests.map(async (digest) => {
        const [receipts, recorded, standing] = await Promise.all([
          readReceipts(repository, digest, client),
          readPromotions(repository, digest, client),
          client.headManifest(repository, digest),
        ]);
        const promotions = merged(
          remembered.filter((promoted) => promoted.digest === digest),
          recorded.map(promotedTags),
        );
        return [digest, { receipts, promotions, gone: standing === undefined }] as const;
      }),
    ),
  );
  return publications.map((publication, back) => {
    const { receipts = [], promotions = [], gone = false } = known.get(publication.digest) ?? {};
    const isNewest = publications.findIndex(({ digest }) => digest === publication.digest) === back;
    return {
      back,
      publication,
      gone,
      receipt: receipts.find((receipt) => receipt.publication.uniqueTag === publication.uniqueTag),
      promotions: isNewest ? promotions : [],
    };
  });
}

/** Each once, newest first: one promotion to one repository may be known to both. */
function merged(
  remembered: readonly PromotedTags[],
  recorded: readonly PromotedTags[],
): readonly PromotedTags[] {
  const all = new Map([...recorded, ...remembered].map((one) => [`${one.at} ${one.repository}`, one]));
  return [...all.values()].toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}
