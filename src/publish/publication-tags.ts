import type { Enrolment } from "../enrolment/enrolment.ts";
import { factsOf, renderAllTags, type TagFacts } from "../enrolment/tags.ts";
import { plainVersion } from "../state/version.ts";

/** A tag that people are to pull. */
export interface PublicationTag {
  readonly tag: string;
  /** Made of a version file's version: once it names a digest it names no other. */
  readonly version: boolean;
}

/**
 * The tags of one publication: those of images.yaml, and `version`, which is what a version file has for it.
 * @throws FactoryError as `renderAllTags`.
 */
export function publicationTags(
  { name, tags }: Pick<Enrolment, "name" | "tags">,
  facts: TagFacts,
  version: string | undefined,
): readonly PublicationTag[] {
  if (version === undefined)
    return renderAllTags({ name, tags }, facts).map((tag) => ({ tag, version: false }));
  const known = { ...facts, version: plainVersion(version) };
  const ofVersion = tags.filter((tag) => factsOf(tag).includes("version"));
  const fixed = new Set<string>(renderAllTags({ name, tags: [version, ...ofVersion] }, known));
  const [first, ...rest] = tags;
  const all = renderAllTags({ name, tags: [first, ...rest, version] }, known);
  return all.map((tag) => ({ tag, version: fixed.has(tag) }));
}
