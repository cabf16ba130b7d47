import { FactoryError } from "../errors.ts";
import { isUniqueTag } from "../publish/record.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { type Descriptor, parseImageManifest } from "../registry/manifest.ts";
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

/** What is found where a receipt of the factory's should stand. */
export type FoundReceipt =
  | { readonly receipt: Receipt }
  /** Listed, and not there; or not to be read. */
  | { readonly entry: Descriptor; readonly problem: FactoryError; readonly absent: boolean };

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
  const found = await findReceipts(repository, digest, client);
  const receipts = found.flatMap((one) => {
    if ("receipt" in one) return [one.receipt];
    if (one.absent) return [];
    throw one.problem;
  });
  return receipts.toSorted((a, b) => (a.publication.at < b.publication.at ? 1 : -1));
}

/** The same, with those that cannot be read. */
export async function findReceipts(
  repository: Repository,
  digest: Digest,
  client: ReceiptReader,
): Promise<readonly FoundReceipt[]> {
  const referrers = await client.listReferrers(repository, digest, receiptType);
  const own = referrers.filter(({ annotations }) => annotations?.[writerAnnotation] !== undefined);
  const found = await Promise.all(own.map((entry) => findReceipt(repository, entry, client)));
  const here = formatRepository(repository);
  const isCopied = found.some((one) => "receipt" in one && one.receipt.repository !== here);
  const counts = isCopied && (await isPromoted(repository, digest, client));
  return found.flatMap((one): readonly FoundReceipt[] => {
    if (!("receipt" in one)) return [one];
    const { receipt } = one;
    if (receipt.digest !== digest) return [];
    if (receipt.repository === here) return [one];
    return counts ? [{ receipt: { ...receipt, repository: here } }] : [];
  });
}

async function findReceipt(
  repository: Repository,
  entry: Descriptor,
  client: ReceiptReader,
): Promise<FoundReceipt> {
  const where = formatReference({ ...repository, digest: entry.digest as Digest });
  const absent = (what: string) => {
    const problem = new FactoryError(
      "registry-answer-invalid",
      `${where} is listed as a receipt, and ${what}`,
    );
    return { entry, problem, absent: true };
  };
  try {
    const document = await client.getManifest(repository, entry.digest);
    if (document === undefined) return absent("is not there");
    const blob = parseImageManifest(document, where).layers[0]?.digest;
    const bytes =
      blob === undefined ? undefined : await client.getBlob(repository, blob, { maxBytes: maxReceiptBytes });
    return bytes === undefined ? absent("its content is not there") : { receipt: parseReceipt(bytes, where) };
  } catch (problem) {
    if (!(problem instanceof FactoryError) || problem.code !== "registry-answer-invalid") throw problem;
    return { entry, problem, absent: false };
  }
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
