import type { Enrolment } from "../enrolment/enrolment.ts";
import { renderTags, type TagFacts, tagName } from "../enrolment/tags.ts";
import { formatRepository, type Reference } from "../registry/reference.ts";

/**
 * Makes the function that tells which enrolled image publishes a reference: one whose repository and tag are the
 * reference's. A digest names no tag, so it makes no edge.
 * @param factsOf what a candidate's tags are rendered with, asked for only when a tag depends on it.
 */
export function createPublishers(
  enrolments: readonly Enrolment[],
  factsOf: (enrolment: Enrolment) => Promise<TagFacts>,
): (reference: Reference) => Promise<Enrolment | undefined> {
  const byTag = new Map<string, Enrolment>();
  const pending = new Map<string, Enrolment[]>();
  for (const enrolment of enrolments) {
    const { repository } = enrolment;
    const plain = renderTags(enrolment, {});
    for (const tag of plain.tags) {
      const name = tagName({ repository, tag });
      byTag.set(name, byTag.get(name) ?? enrolment);
    }
    if (plain.pending.length === 0) continue;
    const others = pending.get(formatRepository(repository));
    if (others === undefined) pending.set(formatRepository(repository), [enrolment]);
    else others.push(enrolment);
  }
  return async (reference) => {
    const { tag, digest } = reference;
    if (tag === undefined || digest !== undefined) return undefined;
    const known = byTag.get(tagName({ repository: reference, tag }));
    if (known !== undefined) return known;
    for (const candidate of pending.get(formatRepository(reference)) ?? []) {
      if (renderTags(candidate, await factsOf(candidate)).tags.includes(tag)) return candidate;
    }
    return undefined;
  };
}
