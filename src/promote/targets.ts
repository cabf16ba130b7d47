import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";

/** One tag that is to be set, as it was written; without a repository it is one of the image's own. */
export interface TargetWord {
  readonly tag: string;
  readonly repository: Repository | undefined;
}

/** The tags that are to be set in one repository. */
export interface PromotionTarget {
  readonly repository: Repository;
  readonly tags: NonEmpty<string>;
}

/**
 * Where an image goes, by repository, in the order in which they were named.
 * @param own The image's repository.
 * @param named The name by which the factory knows a repository, however it was written.
 * @throws FactoryError "usage" for a tag that is named twice.
 */
export function targetsOf(
  words: readonly TargetWord[],
  own: Repository,
  named: (repository: Repository) => Repository,
): NonEmpty<PromotionTarget> {
  const targets = new Map<string, { readonly repository: Repository; readonly tags: string[] }>();
  for (const { tag, repository: given } of words) {
    const repository = named(given ?? own);
    const name = formatRepository(repository);
    const target = targets.get(name) ?? { repository, tags: [] };
    targets.set(name, target);
    if (target.tags.includes(tag)) {
      throw new FactoryError("usage", `TO names ${formatReference({ ...repository, tag })} twice`);
    }
    target.tags.push(tag);
  }
  const found = [...targets.values()].flatMap(({ repository, tags }) =>
    isNonEmpty(tags) ? [{ repository, tags }] : [],
  );
  if (!isNonEmpty(found)) throw new Error("TO names nothing");
  return found;
}
