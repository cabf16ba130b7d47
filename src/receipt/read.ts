import { FactoryError } from "../errors.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { type Descriptor, parseImageManifest } from "../registry/manifest.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import { writerAnnotation } from "../registry/referrers.ts";
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
 * Every receipt that the factory wrote for an index, newest publication first.
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
  // One that was copied along from elsewhere tells of another repository.
  const isOf = ({ receipt }: { readonly receipt: Receipt }) =>
    receipt.digest === digest && receipt.repository === formatRepository(repository);
  return found.filter((one) => !("receipt" in one) || isOf(one));
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
