import type { Enrolment } from "../enrolment/enrolment.ts";
import { findTagCollisions, type PublishedTag, renderAllTags, renderTags } from "../enrolment/tags.ts";
import { FactoryError } from "../errors.ts";
import type { ImageFacts } from "../plan/plan.ts";
import { platforms } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { childFor, platformsOf } from "../registry/image-platforms.ts";
import { parseIndex } from "../registry/manifest.ts";
import { isIndexType } from "../registry/media-types.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import { firstPublishedOn, type ImageState } from "../state/image-state.ts";
import { isOf, type TagClaim } from "../state/tag-claim.ts";
import type { ResolverDoor } from "./resolver.ts";
import type { SourceHandle } from "./source-handle.ts";

/** Every tag that people are to pull, and one that this run adds, with what the registry has under it. */
export async function claimTags(
  enrolment: Enrolment,
  { commit, version }: SourceHandle,
  state: ImageState | undefined,
  door: Pick<ResolverDoor, "client" | "clock" | "extraTag">,
): Promise<readonly TagClaim[]> {
  const date =
    (state === undefined ? undefined : firstPublishedOn(state, state.digest)) ??
    door.clock().toISOString().slice(0, 10);
  const tags = renderAllTags(enrolment, { commit, version, date });
  const extra = door.extraTag(enrolment.name);
  const wanted = [
    ...tags.map((tag) => ({ tag, once: false })),
    ...(extra === undefined || tags.includes(extra) ? [] : [{ tag: extra, once: true }]),
  ];
  const { repository } = enrolment;
  const own = isOf(state, repository) ? state : undefined;
  return Promise.all(
    wanted.map(async (claim): Promise<TagClaim> => {
      const holds = (await door.client.headManifest(repository, claim.tag))?.digest;
      if (holds === undefined || holds === own?.digest || own?.tags[claim.tag] !== undefined)
        return { ...claim, holds };
      return { ...claim, holds, foreignPlatforms: await platformsAt(repository, holds, door.client) };
    }),
  );
}

/** The platforms of an index; none for an image of one platform, which an index takes the place of. */
export async function platformsAt(
  repository: Repository,
  digest: Digest,
  client: RegistryClient,
): Promise<readonly string[]> {
  const found = await client.getManifest(repository, digest);
  if (found === undefined || !isIndexType(found.mediaType)) return [];
  const index = parseIndex(found, formatReference({ ...repository, digest }));
  const known = platforms.filter((platform) => childFor(index, platform) !== undefined);
  // A variant that runs where ours does (linux/arm64/v8) is no further platform.
  const others = platformsOf(index).filter(
    (name) => !platforms.some((own) => `${name}/`.startsWith(`${own}/`)),
  );
  return [...known, ...others];
}

/**
 * Holds the tags of a run apart, now that they are rendered: from each other, and from those of other enrolled images
 * that are known without looking at their sources.
 * @throws FactoryError "images-invalid" with every pair that publishes to one repository and tag.
 */
export function assertApart(facts: readonly ImageFacts[], enrolments: readonly Enrolment[]): void {
  const resolved = new Set(facts.map(({ enrolment }) => enrolment.name));
  const own = facts.flatMap(({ enrolment, tags }) => tags.map(({ tag }) => publishedTag(enrolment, tag)));
  const others = enrolments
    .filter(({ name }) => !resolved.has(name))
    .flatMap((enrolment) => renderTags(enrolment, {}).tags.map((tag) => publishedTag(enrolment, tag)));
  const collisions = findTagCollisions([...others, ...own]);
  if (collisions.length === 0) return;
  const problems = collisions.map(
    ({ tag: { image, repository, tag }, first }) =>
      `${image}: expected a repository and tag of its own, got ${formatRepository(repository)}:${tag}, which ${first.image} publishes`,
  );
  throw new FactoryError("images-invalid", "two images publish to one repository and tag", {
    problems,
    hint: "Give one of them another repository or other tags in images.yaml, or choose another TAG=.",
  });
}

function publishedTag({ name, repository }: Enrolment, tag: string): PublishedTag {
  return { image: name, repository, tag };
}
