import type { Digest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";
import type { ImageState, Publication } from "../state/image-state.ts";
import { isOf } from "../state/tag-claim.ts";
import { publishedDigests, type ReceiptReader, readReceipts } from "./read.ts";
import type { Receipt } from "./receipt.ts";

/** One publication, with its receipt where the registry has one. */
export interface HistoryRow {
  /** 0 is the newest: what `TO=` of a rollback counts. */
  readonly back: number;
  readonly publication: Publication;
  readonly receipt: Receipt | undefined;
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

/** The newest `last` publications of an image with their receipts. */
export async function readHistory(
  repository: Repository,
  state: ImageState | undefined,
  last: number,
  client: ReceiptReader,
): Promise<readonly HistoryRow[]> {
  const publications = (await publicationsOf(repository, state, client)).slice(0, last);
  const digests = [...new Set(publications.map(({ digest }) => digest))];
  const receipts = new Map<Digest, readonly Receipt[]>(
    await Promise.all(
      digests.map(async (digest) => [digest, await readReceipts(repository, digest, client)] as const),
    ),
  );
  const there = new Map<Digest, boolean>(
    await Promise.all(
      digests.map(
        async (digest) => [digest, (await client.headManifest(repository, digest)) !== undefined] as const,
      ),
    ),
  );
  return publications.map((publication, back) => ({
    back,
    publication,
    gone: there.get(publication.digest) === false,
    receipt: receipts
      .get(publication.digest)
      ?.find((receipt) => receipt.publication.uniqueTag === publication.uniqueTag),
  }));
}
