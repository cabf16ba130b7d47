import { FactoryError } from "../errors.ts";
import { isUniqueTag } from "../publish/record.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { type Descriptor, parseImageManifest } from "../registry/manifest.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import { writerAnnotation } from "../registry/referrers.ts";
import { type Promotion, promotedStates, promotionType, readPromotions } from "./promotion.ts";
import { parseReceipt, type Receipt, receiptType } from "./receipt.ts";

/** A receipt has a list of packages at its largest. */
const maxReceiptBytes = 4 * 1024 * 1024;

export type ReceiptReader = Pick<
  RegistryClient,
  "listReferrers" | "getManifest" | "getBlob" | "listTags" | "headManifest" | "addressOf"
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
  const referrers = await client.listReferrers(repository, digest);
  const own = referrers.filter(({ annotations }) => annotations?.[writerAnnotation] !== undefined);
  const receipts = own.filter(({ artifactType }) => artifactType === receiptType);
  const found = await Promise.all(receipts.map((entry) => findReceipt(repository, entry, client)));
  const isPromoted = own.some(({ artifactType }) => artifactType === promotionType);
  const promotions =
    isPromoted && receipts.length > 0 ? await readPromotions(repository, digest, client) : [];
  return found.flatMap((one): readonly FoundReceipt[] => {
    if (!("receipt" in one)) return [one];
    if (one.receipt.digest !== digest) return [];
    const receipt = receiptHere(one.receipt, repository, promotions, client);
    return receipt === undefined ? [] : [{ receipt }];
  });
}

/**
 * A receipt as one of this repository: with the tags that promotions have set here, and without those of elsewhere. One
 * that was copied along by somebody else tells of another repository.
 */
function receiptHere(
  receipt: Receipt,
  repository: Repository,
  promotions: readonly Promotion[],
  client: Pick<RegistryClient, "addressOf">,
): Receipt | undefined {
  const name = formatRepository(repository);
  if (promotions.length === 0) return receipt.repository === name ? receipt : undefined;
  const { host, path } = client.addressOf(repository);
  const place = `${host}/${path}`;
  const isBrought = promotions.some(({ from }) => from !== place);
  if (receipt.repository !== name && !isBrought) return undefined;
  const promoted = promotedStates(promotions.filter((promotion) => promotion.repository === place));
  return { ...receipt, repository: name, tags: { ...(isBrought ? {} : receipt.tags), ...promoted } };
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
