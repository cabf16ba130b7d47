import type { Enrolment } from "../enrolment/enrolment.ts";
import { renderTags, type TagFacts } from "../enrolment/tags.ts";
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
  const byRepository = new Map<string, Enrolment[]>();
  for (const enrolment of enrolments) {
    const name = formatRepository(enrolment.repository);
    byRepository.set(name, [...(byRepository.get(name) ?? []), enrolment]);
  }
  return async (reference) => {
    const { tag, digest } = reference;
    if (tag === undefined || digest !== undefined) return undefined;
    const candidates = byRepository.get(formatRepository(reference)) ?? [];
    for (const candidate of candidates) {
      const plain = renderTags(candidate, {});
      if (plain.tags.includes(tag)) return candidate;
      if (plain.pending.length === 0) continue;
      if (renderTags(candidate, await factsOf(candidate)).tags.includes(tag)) return candidate;
    }
    return undefined;
  };
}
