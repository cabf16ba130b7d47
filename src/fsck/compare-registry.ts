import type { Digest } from "../registry/digest.ts";
import { formatReference } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import { isPublishedHere } from "../state/tag-claim.ts";
import type { CompareDoor } from "./compare.ts";
import { type Difference, disagrees, notOurs, repairRemedy } from "./difference.ts";
import type { Survey } from "./survey.ts";

/** What the registry lacks of what people pull, or would go back to. */
export function contentDifferences({ enrolment, missing }: Survey, state: ImageState): readonly Difference[] {
  const { name, repository } = enrolment;
  return [...missing].flatMap(([digest, parts]): readonly Difference[] => {
    if (parts.length === 0) return [];
    const isGone = parts[0] === `manifest ${digest}`;
    const isStanding = digest === state.digest;
    // What was retired is gone with its tags.
    if (isGone && !isStanding) return [];
    const about = {
      image: name,
      place: formatReference({ ...repository, digest }),
      exitStatus: disagrees,
    };
    if (isGone) {
      return [
        {
          ...about,
          kind: "image-lost",
          what: "the registry has lost what is published",
          remedy: `npm run build IMAGE=${name} publishes it anew`,
          repair: undefined,
        },
      ];
    }
    const platforms = Object.values(state.platforms).map((platform) => platform.digest);
    return [
      {
        ...about,
        kind: "incomplete",
        what: `it lacks ${parts.join(", ")}`,
        remedy: isStanding
          ? `${repairRemedy(name)} copies it from the staging repository where that still has it; else npm run build IMAGE=${name} FORCE=1`
          : `npm run history IMAGE=${name}: choose another for a rollback`,
        repair: isStanding ? { kind: "copy-platforms", digests: platforms } : undefined,
      },
    ];
  });
}

/** Tags that are not where they were left. */
export function tagDifferences(
  { enrolment, held, missing, receipts }: Survey,
  state: ImageState,
  { movesTags }: Pick<CompareDoor, "movesTags">,
): readonly Difference[] {
  const { name, repository, workflow } = enrolment;
  const [newest] = state.publications;
  const unique = newest?.digest === state.digest ? [[newest.uniqueTag, newest.digest] as const] : [];
  const user = movesTags ? Object.entries(state.tags).map(([tag, left]) => [tag, left.digest] as const) : [];
  const receipted = new Set(receipts.flatMap((one) => ("receipt" in one ? [one.subject] : [])));
  const isThere = (digest: Digest) => missing.get(digest)?.[0] !== `manifest ${digest}`;
  return [...user, ...unique].flatMap(([tag, digest]): readonly Difference[] => {
    const holds = held.get(tag);
    if (holds === digest) return [];
    const place = formatReference({ ...repository, tag });
    if (holds === undefined) {
      if (!isThere(digest)) return [];
      return [
        {
          image: name,
          place,
          kind: "tag-gone",
          exitStatus: disagrees,
          what: `it is gone; it was left at ${digest}`,
          remedy: `${repairRemedy(name)} sets it again`,
          repair: { kind: "set-tag", tag, digest },
        },
      ];
    }
    const isKnown = isPublishedHere(holds, state) || receipted.has(holds);
    const remedy =
      workflow !== undefined && !isKnown
        ? `npm run build IMAGE=${name} records what ${workflow} has pushed`
        : `It stays there. Move ${tag} back or delete it in the registry, or take it out of images.yaml`;
    return [
      {
        image: name,
        place,
        kind: "tag-moved",
        exitStatus: notOurs,
        what: `somebody else moved it from ${digest} to ${holds}, ${isKnown ? "which was published here" : "which the factory does not know"}`,
        remedy,
        repair: undefined,
      },
    ];
  });
}
