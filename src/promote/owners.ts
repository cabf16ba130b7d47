import type { Enrolment } from "../enrolment/enrolment.ts";
import { factsOf } from "../enrolment/tags.ts";
import { FactoryError } from "../errors.ts";
import { stagingRepository } from "../publish/staging.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import { isOf } from "../state/tag-claim.ts";
import type { PromotionTarget } from "./targets.ts";

/** An enrolled image, and what is recorded of it. */
export interface Owner {
  readonly enrolment: Pick<Enrolment, "name" | "repository" | "tags" | "position">;
  readonly state: ImageState | undefined;
}

/**
 * Makes sure that no tag is another enrolled image's, nor one of the image's own that names a commit, version or day.
 * @param image The image that is promoted; undefined for one that is not enrolled.
 * @throws FactoryError "policy-refused", naming each tag and its owner.
 */
export function checkOwners(
  targets: readonly PromotionTarget[],
  image: string | undefined,
  owners: readonly Owner[],
): void {
  const refusals = targets.flatMap(({ repository, tags }) =>
    tags.flatMap((tag) => {
      const why = whyRefused(repository, tag, image, owners);
      return why === undefined ? [] : [`${formatReference({ ...repository, tag })} ${why}`];
    }),
  );
  const [first, ...more] = refusals;
  if (first === undefined) return;
  throw new FactoryError(
    "policy-refused",
    more.length === 0 ? first : `${refusals.length} tags are not for a promotion to set`,
    {
      problems: more.length === 0 ? [] : refusals,
      hint: "Choose another tag with TO=, or take the tag out of that image's tags in images.yaml.",
    },
  );
}

function whyRefused(
  repository: Repository,
  tag: string,
  image: string | undefined,
  owners: readonly Owner[],
): string | undefined {
  for (const { enrolment, state } of owners) {
    if (isSame(stagingRepository(enrolment.repository), repository))
      return `is where ${enrolment.name} waits for its scan`;
    if (!isSame(enrolment.repository, repository)) continue;
    const template = enrolment.tags.find((candidate) => rendersTo(candidate, tag));
    const left = isOf(state, repository) ? state.tags[tag] : undefined;
    if (enrolment.name === image) {
      if (template !== undefined && factsOf(template).length > 0)
        return `is made of ${template} in images.yaml (${enrolment.position}): it stays at what it names`;
      if (left?.once === true) return `was given by TAG= on ${left.at.slice(0, 10)}, and is not moved`;
    } else if (template !== undefined) {
      return `is the tag ${template} of ${enrolment.name} (${enrolment.position})`;
    } else if (left !== undefined) {
      return `is a tag of ${enrolment.name}, which was put there on ${left.at.slice(0, 10)}`;
    }
  }
  return undefined;
}

const shapes = {
  version: "\\d[0-9A-Za-z.-]*",
  commit: "[0-9a-f]{40}",
  date: "\\d{4}-\\d{2}-\\d{2}",
} as const;

/** Whether a tag of images.yaml, some of which is known only when it is published, can come out as this one. */
function rendersTo(template: string, tag: string): boolean {
  const literal = template.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = literal.replace(
    /\\\{(version|commit|date)\\\}/g,
    (_, fact: keyof typeof shapes) => shapes[fact],
  );
  return new RegExp(`^${pattern}$`).test(tag);
}

function isSame(a: Repository, b: Repository): boolean {
  return formatRepository(a) === formatRepository(b);
}
