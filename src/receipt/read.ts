import { isUniqueTag } from "../publish/record.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { parseImageManifest } from "../registry/manifest.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import { writerAnnotation } from "../registry/referrers.ts";
import { isPromoted } from "./promotion.ts";
import { parseReceipt, type Receipt, receiptType } from "./receipt.ts";

/** A receipt has a list of packages at its largest. */
const maxReceiptBytes = 4 * 1024 * 1024;

export type ReceiptReader = Pick<
  RegistryClient,
  "listReferrers" | "getManifest" | "getBlob" | "listTags" | "headManifest"
>;

/**
 * Every receipt that the factory wrote for an index, newest publication first. One that was copied along from elsewhere
 * counts as of this repository where a promotion has brought it here.
 * @throws FactoryError "registry-answer-invalid" for one that cannot be read.
 */
export async function readReceipts(
  repository: Repository,
  digest: Digest,
  client: ReceiptReader,
): Promise<readonly Receipt[]> {
  const referrers = await client.listReferrers(repository, digest, receiptType);
  const own = referrers.filter(({ annotations }) => annotations?.[writerAnnotation] !== undefined);
  const here = formatRepository(repository);
  const found = await Promise.all(
    own.map(async (entry): Promise<readonly Receipt[]> => {
      const document = await client.getManifest(repository, entry.digest);
      if (document === undefined) return [];
      const where = formatReference({ ...repository, digest: document.digest });
      const blob = parseImageManifest(document, where).layers[0]?.digest;
      const bytes =
        blob === undefined
          ? undefined
          : await client.getBlob(repository, blob, { maxBytes: maxReceiptBytes });
      if (bytes === undefined) return [];
      const receipt = parseReceipt(bytes, where);
      return receipt.digest === digest ? [receipt] : [];
    }),
  );
  const receipts = found.flat();
  const isCopied = receipts.some((receipt) => receipt.repository !== here);
  const counts = isCopied && (await isPromoted(repository, digest, client));
  const ours = receipts.flatMap((receipt) => {
    if (receipt.repository === here) return [receipt];
    return counts ? [{ ...receipt, repository: here }] : [];
  });
  return ours.toSorted((a, b) => (a.publication.at < b.publication.at ? 1 : -1));
}

/** The digests that the registry has under unique tags other than the known ones: what a state does not know of. */
export async function publishedDigests(
  repository: Repository,
  known: ReadonlySet<string>,
  client: ReceiptReader,
): Promise<ReadonlyMap<string, Digest>> {
  const tags = (await client.listTags(repository)).filter((tag) => isUniqueTag(tag) && !known.has(tag));
  const found = await Promise.all(
    tags.map(async (tag) => [tag, (await client.headManifest(repository, tag))?.digest] as const),
  );
  return new Map(found.flatMap(([tag, digest]) => (digest === undefined ? [] : [[tag, digest]])));
}
