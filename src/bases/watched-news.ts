import type { ImageFacts } from "../plan/image-facts.ts";
import { externalBases } from "../plan/plan.ts";
import { formatRepository, parseReference } from "../registry/reference.ts";
import { newerTags } from "./select-tag.ts";
import { type WatchedTag, watchedOf } from "./watched-tags.ts";

/**
 * What a person should know of the images of somebody else that are watched, a line for each: a tag that its rule prefers
 * to the one that images are built on, and a rule that selects no tag.
 */
export function watchedNews(
  tags: readonly WatchedTag[],
  images: Iterable<Pick<ImageFacts, "enrolment" | "platforms">>,
): readonly string[] {
  const users = usersOf(images);
  return tags.flatMap((tag): readonly string[] => {
    if (tag.kind === "failed") return [];
    const { image, selection } = tag;
    const { name, rule } = image;
    if (selection.kind === "none") {
      return [
        `${name}: its rule selects no tag of ${formatRepository(image.repository)} (${image.position})`,
      ];
    }
    if (selection.kind === "ambiguous") {
      return [
        `${name}: Digest watches one tag, and its rule allows ${selection.tags.slice(0, 5).join(", ")}`,
      ];
    }
    return [...users].flatMap(([reference, built]) => {
      const { tag: inUse } = parseReference(reference);
      if (inUse === undefined || watchedOf(reference, [image]).length === 0) return [];
      const [newest] = newerTags(rule, tag.tags ?? [], inUse);
      if (newest === undefined || newest !== selection.tag) return [];
      return [
        `${name}: ${newest} is there; ${built.join(", ")} ${built.length === 1 ? "is" : "are"} built on ${inUse}`,
      ];
    });
  });
}

/** By external base, the images that are built on it. */
function usersOf(
  images: Iterable<Pick<ImageFacts, "enrolment" | "platforms">>,
): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const { enrolment, platforms } of images) {
    for (const reference of externalBases({ platforms })) {
      users.set(reference, [...(users.get(reference) ?? []), enrolment.name]);
    }
  }
  return users;
}
