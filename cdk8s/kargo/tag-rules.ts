import { exactly, onlyTag } from "../../src/bases/allow-tags.ts";
import type { WatchedImage } from "../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../src/errors.ts";
import { goRefuses } from "./go-expression.ts";

/** The one tag that is watched by its digest; undefined for any other strategy. */
export function digestTag({ rule: { strategy, allowTags } }: WatchedImage): string | undefined {
  return strategy === "Digest" ? onlyTag(allowTags ?? exactly("latest")) : undefined;
}

/**
 * The rule of an image of others as fields of Kargo's subscription.
 * @param ignored expressions of tags that are not to be taken beside those of images.yaml.
 */
export function subscriptionOf(image: WatchedImage, ignored: readonly string[]): object {
  const { strategy, allowTags, constraint, ignoreTags } = image.rule;
  const tag = digestTag(image);
  if (tag !== undefined) return { imageSelectionStrategy: strategy, constraint: tag };
  const ignoring = [...ignoreTags.map(exactly), ...ignored];
  return {
    imageSelectionStrategy: strategy,
    ...(constraint === undefined ? {} : { constraint }),
    ...(allowTags === undefined ? {} : { allowTagsRegexes: [allowTags] }),
    ...(ignoring.length === 0 ? {} : { ignoreTagsRegexes: ignoring }),
  };
}

/** @throws FactoryError "images-invalid" naming every rule that Kargo cannot follow. */
export function assertKargoFollows(watched: readonly WatchedImage[]): void {
  const problems = watched.flatMap((image) => {
    const why = whyNot(image);
    return why === undefined ? [] : [`${image.position}: ${image.name}: ${why}`];
  });
  if (problems.length === 0) return;
  throw new FactoryError("images-invalid", "Kargo cannot follow what images.yaml says of images of others", {
    problems,
    hint: "Write allowTags another way, or set kargo: {enabled: false} in cluster.yaml.",
  });
}

function whyNot(image: WatchedImage): string | undefined {
  const { strategy, allowTags } = image.rule;
  const shown = JSON.stringify(allowTags);
  if (strategy === "Digest" && digestTag(image) === undefined)
    return `allowTags: expected one tag such as ^22-slim$, which is all that Kargo watches by its digest, got ${shown}`;
  const refused = allowTags === undefined ? undefined : goRefuses(allowTags);
  return refused === undefined
    ? undefined
    : `allowTags: expected a regular expression that Go reads too, got ${shown}, which ${refused}`;
}
