import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";
import type { ImageState, Publication } from "../state/image-state.ts";
import { isOf } from "../state/tag-claim.ts";
import { publishedDigests, readReceipts } from "./read.ts";
import type { Receipt } from "./receipt.ts";

/** One publication, with its receipt where the registry has one. */
export interface HistoryRow {
  /** 0 is the newest: what `TO=` of a rollback counts. */
  readonly back: number;
  readonly publication: Publication;
  readonly receipt: Receipt | undefined;
}

type HistoryDoor = Parameters<typeof readReceipts>[2] & Pick<RegistryClient, "listTags">;

/**
 * The publications of an image, newest first: those of its state, and those that the registry alone knows of, be it that
 * another machine made them or that the state is lost.
 * @param last How many are looked up.
 */
export async function readHistory(
  repository: Repository,
  state: ImageState | undefined,
  last: number,
  client: HistoryDoor,
): Promise<readonly HistoryRow[]> {
  const known = isOf(state, repository) ? state.publications : [];
  const receipts = createShelf(repository, client);
  const tags = new Set(known.map(({ uniqueTag }) => uniqueTag));
  const others = await publishedDigests(repository, tags, client);
  const found = await Promise.all([...others].map(([tag, digest]) => receipts(digest, tag)));
  const elsewhere = found.flatMap((receipt) => (receipt === undefined ? [] : [receipt.publication]));
  const all = [...known, ...elsewhere].toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  return Promise.all(
    all.slice(0, last).map(async (publication, back) => ({
      back,
      publication,
      receipt: await receipts(publication.digest, publication.uniqueTag),
    })),
  );
}

/** Looks up the receipts of each digest once. */
function createShelf(repository: Repository, client: HistoryDoor) {
  const byDigest = new Map<Digest, Promise<readonly Receipt[]>>();
  return async (digest: Digest, uniqueTag: string): Promise<Receipt | undefined> => {
    const reading = byDigest.get(digest) ?? readReceipts(repository, digest, client);
    byDigest.set(digest, reading);
    return (await reading).find((receipt) => receipt.publication.uniqueTag === uniqueTag);
  };
}
