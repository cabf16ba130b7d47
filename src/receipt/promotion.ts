import { FactoryError } from "../errors.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { parseImageManifest } from "../registry/manifest.ts";
import { formatReference, type Repository } from "../registry/reference.ts";
import { writerAnnotation } from "../registry/referrers.ts";
import type { AllowedSafeties, PromotedTags, ScanState, TagState } from "../state/image-state.ts";
import type { Asked } from "./receipt.ts";

/** The artifact type by which the receipt of a promotion is found among the referrers of what was promoted. */
export const promotionType = "application/vnd.image-factory.promotion.v1+json";

/** The annotation that tells promotions of one digest to one repository apart: its time. */
export const promotionAnnotation = "localhost.factory.promotion";

/** Raised when a receipt of a promotion says what an older factory would read wrongly. */
const promotionForm = 1;

/**
 * What is known of one promotion, kept beside the promoted digest in the repository whose tags were set.
 * promotion.schema.json describes it.
 */
export interface Promotion {
  readonly promotion: typeof promotionForm;
  /** Name of the enrolled image. */
  readonly image?: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of the promoted manifest. */
  readonly size: number;
  /** `host/path` where it was taken from. */
  readonly from: string;
  /** `host/path` whose tags were set. */
  readonly repository: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** By tag, what it held before where that was another digest. */
  readonly tags: Readonly<Record<string, { readonly previous?: Digest }>>;
  readonly asked: Asked;
  readonly why?: string;
  readonly allowed?: AllowedSafeties;
  readonly scan: ScanState | { readonly verdict: "skipped" };
  readonly tools: { readonly factory: string };
}

export function newPromotion(facts: Omit<Promotion, "promotion">): Promotion {
  return { promotion: promotionForm, ...facts };
}

/** What of a promotion an image's state remembers. */
export function promotedTags({ digest, at, repository, tags, asked, why }: Promotion): PromotedTags {
  return {
    digest,
    at,
    repository,
    tags,
    ...(asked.user === undefined ? {} : { by: asked.user }),
    ...(why === undefined ? {} : { why }),
  };
}

/** Where promotions to one repository have left its tags, each by its latest; `promotions` are newest first. */
export function promotedStates(promotions: readonly Promotion[]): Readonly<Record<string, TagState>> {
  return Object.fromEntries(
    promotions
      .toReversed()
      .flatMap(({ tags, digest, at }) =>
        Object.entries(tags).map(([tag, was]): [string, TagState] => [
          tag,
          { digest, at, ...was, promoted: true },
        ]),
      ),
  );
}

type PromotionReader = Pick<RegistryClient, "listReferrers" | "getManifest" | "getBlob">;

/** A promotion names tags, and no more of them than a command line has. */
const maxPromotionBytes = 1024 * 1024;

/** Whether the factory has promoted a digest to this repository, or through it to another one. */
export async function isPromoted(
  repository: Repository,
  digest: Digest,
  client: Pick<RegistryClient, "listReferrers">,
): Promise<boolean> {
  const referrers = await client.listReferrers(repository, digest, promotionType);
  return referrers.some(({ annotations }) => annotations?.[writerAnnotation] !== undefined);
}

/**
 * Every promotion of a digest that is recorded beside it, newest first.
 * @throws FactoryError "registry-answer-invalid" for one that cannot be read.
 */
export async function readPromotions(
  repository: Repository,
  digest: Digest,
  client: PromotionReader,
): Promise<readonly Promotion[]> {
  const referrers = await client.listReferrers(repository, digest, promotionType);
  const own = referrers.filter(({ annotations }) => annotations?.[writerAnnotation] !== undefined);
  const found = await Promise.all(
    own.map(async (entry): Promise<readonly Promotion[]> => {
      const document = await client.getManifest(repository, entry.digest);
      if (document === undefined) return [];
      const where = formatReference({ ...repository, digest: document.digest });
      const [layer] = parseImageManifest(document, where).layers;
      const limit = { maxBytes: maxPromotionBytes };
      const bytes = layer === undefined ? undefined : await client.getBlob(repository, layer.digest, limit);
      const promotion = bytes === undefined ? undefined : parsePromotion(bytes, where);
      return promotion?.digest === digest ? [promotion] : [];
    }),
  );
  return found.flat().toSorted((a, b) => (a.at < b.at ? 1 : -1));
}

/**
 * A promotion as it was read from a registry or a file.
 * @throws FactoryError "registry-answer-invalid" for anything else, and for one that a newer factory wrote.
 */
export function parsePromotion(bytes: Uint8Array, where: string): Promotion {
  let value: Partial<Promotion> | null = null;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Partial<Promotion> | null;
  } catch {
    // Said below.
  }
  const { digest, mediaType, from, repository, at, tags, asked, scan } = value ?? {};
  const whole =
    value?.promotion === promotionForm &&
    [digest, mediaType, from, repository, at].every((field) => typeof field === "string") &&
    [tags, asked, scan].every((field) => typeof field === "object" && field !== null);
  if (whole) return value as Promotion;
  throw new FactoryError(
    "registry-answer-invalid",
    `${where} is no receipt of a promotion that this factory can read`,
    { hint: "A newer factory may have written it, or somebody else." },
  );
}
