import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { parseImageManifest } from "../registry/manifest.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import { writerAnnotation } from "../registry/referrers.ts";
import { parseReceipt, type Receipt, receiptType } from "./receipt.ts";

/** A receipt has a list of packages at its largest. */
const maxReceiptBytes = 4 * 1024 * 1024;

export type ReceiptReader = Pick<
  RegistryClient,
  "listReferrers" | "getManifest" | "getBlob" | "listTags" | "headManifest"
>;

/**
 * Every receipt that the factory wrote for an index, newest publication first.
 * @throws FactoryError "registry-answer-invalid" for one that cannot be read.
 */
export async function readReceipts(
  repository: Repository,
  digest: Digest,
  client: ReceiptReader,
): Promise<readonly Receipt[]> {
  const referrers = await client.listReferrers(repository, digest, receiptType);
  const own = referrers.filter(({ annotations }) => annotations?.[writerAnnotation] !== undefined);
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
      // One that was copied along from elsewhere tells of another repository.
      return receipt.digest === digest && receipt.repository === formatRepository(repository)
        ? [receipt]
        : [];
    }),
  );
  return found.flat().toSorted((a, b) => (a.publication.at < b.publication.at ? 1 : -1));
}

const uniqueTag = /^\d{8}T\d{6}Z-[0-9a-f]{12}$/;

/** The digests that the registry has under unique tags other than the known ones: what a state does not know of. */
export async function publishedDigests(
  repository: Repository,
  known: ReadonlySet<string>,
  client: ReceiptReader,
): Promise<ReadonlyMap<string, Digest>> {
  const tags = (await client.listTags(repository)).filter((tag) => uniqueTag.test(tag) && !known.has(tag));
  const found = await Promise.all(
    tags.map(async (tag) => [tag, (await client.headManifest(repository, tag))?.digest] as const),
  );
  return new Map(found.flatMap(([tag, digest]) => (digest === undefined ? [] : [[tag, digest]])));
}
