import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../errors.ts";
import { type Promotion, parsePromotion, promotionAnnotation, promotionType } from "../receipt/promotion.ts";
import { canonicalJson } from "../registry/canonical-json.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, digestOf, shortDigest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";
import { pushFiles } from "../state/shared-state.ts";
import { whenAbsent } from "../when-absent.ts";

/**
 * Promotions that were begun and whose receipts are still to be written, as they will be:
 * `<stateDir>/promotions/<of the repository>-<of the digest>.json`.
 */
function fileOf(stateDir: string, { repository, digest }: Pick<Promotion, "repository" | "digest">): string {
  return join(stateDir, "promotions", `${shortDigest(digestOf(repository))}-${shortDigest(digest)}.json`);
}

/** Writes down what is about to be done, so that a run that dies can be completed with what the tags held before. */
export async function owePromotion(stateDir: string, promotion: Promotion): Promise<void> {
  const file = fileOf(stateDir, promotion);
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, Buffer.from(canonicalJson(promotion)));
  await pushFiles(stateDir, [file]);
}

/** What was begun of promotions to a repository (`host/path`), by digest. */
export async function owedPromotions(
  stateDir: string,
  repository: string,
): Promise<ReadonlyMap<Digest, Promotion>> {
  const folder = join(stateDir, "promotions");
  const own = `${shortDigest(digestOf(repository))}-`;
  const names: readonly string[] = await readdir(folder).catch(whenAbsent([]));
  const files = names.filter((name) => name.startsWith(own) && name.endsWith(".json"));
  const found = await Promise.all(files.map((name) => readOwed(join(folder, name))));
  return new Map(found.map((promotion) => [promotion.digest, promotion]));
}

async function readOwed(file: string): Promise<Promotion> {
  const bytes = await readFile(file);
  try {
    return parsePromotion(bytes, file);
  } catch (cause) {
    throw new FactoryError("state-invalid", `${file} is damaged`, {
      hint: "Restore it, or delete it: then what the tags held before that promotion is not recorded.",
      cause,
    });
  }
}

/** Forgets what was begun: it has its receipt, or came to nothing. */
export async function forgetPromotion(stateDir: string, promotion: Promotion): Promise<void> {
  const file = fileOf(stateDir, promotion);
  await rm(file, { force: true });
  await pushFiles(stateDir, [file]);
}

/**
 * Puts the receipt of a promotion beside what was promoted.
 * @throws FactoryError as `RegistryClient.putReferrer`; it stays owed then.
 */
export async function settlePromotion(
  repository: Repository,
  promotion: Promotion,
  { client, stateDir }: { readonly client: Pick<RegistryClient, "putReferrer">; readonly stateDir: string },
): Promise<void> {
  const { mediaType, digest, size, at } = promotion;
  await client.putReferrer(
    repository,
    { mediaType, digest, size },
    {
      artifactType: promotionType,
      annotations: { [promotionAnnotation]: at },
      blobs: [{ mediaType: promotionType, bytes: canonicalJson(promotion) }],
    },
    { stateDir, replace: (other) => other[promotionAnnotation] === at },
  );
  await forgetPromotion(stateDir, promotion);
}
