import type { Enrolment } from "../enrolment/enrolment.ts";
import { factsOf, findTagCollisions, type PublishedTag, renderTags, tagName } from "../enrolment/tags.ts";
import { FactoryError } from "../errors.ts";
import type { ImageFacts, NextVersion } from "../plan/image-facts.ts";
import { platforms } from "../platform.ts";
import { publicationTags } from "../publish/publication-tags.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { childFor, platformsOf } from "../registry/image-platforms.ts";
import { parseIndex } from "../registry/manifest.ts";
import { isIndexType } from "../registry/media-types.ts";
import { formatReference, type Repository } from "../registry/reference.ts";
import { firstPublishedOn, type ImageState } from "../state/image-state.ts";
import { readUnfinished } from "../state/state-file.ts";
import { isOf, type TagClaim } from "../state/tag-claim.ts";
import { owedTo } from "../state/version.ts";
import { readVersion } from "../state/version-file.ts";
import type { ResolverDoor } from "./resolver.ts";
import type { SourceHandle } from "./source-handle.ts";

type ClaimsDoor = Pick<ResolverDoor, "client" | "clock" | "extraTag" | "stateDir" | "movesTags">;

type SourceFacts = Pick<SourceHandle, "commit" | "version">;

/**
 * Every tag that people are to pull, and one that this run adds, with what the registry has under it. Of an image with
 * a version file that is the version of the standing digest, and apart from it the one that a new digest gets.
 * @param source Waited for only where a tag names something of it: the registry is asked meanwhile.
 * @throws FactoryError as `readVersion`, and what `source` rejects with.
 */
export async function claimTags(
  enrolment: Enrolment,
  source: Promise<SourceFacts>,
  state: ImageState | undefined,
  door: ClaimsDoor,
): Promise<Pick<ImageFacts, "tags" | "next">> {
  const fromSource = namesSource(enrolment) ? await source : { commit: undefined, version: undefined };
  const claim = (version: string | undefined) => claimsOf(enrolment, fromSource, version, state, door);
  const held = door.movesTags ? await readVersion(enrolment) : undefined;
  if (held === undefined) return { tags: await claim(undefined) };
  const next = await claimNext(enrolment, held, state, door, claim);
  const published = isOf(state, enrolment.repository) ? state.publications[0]?.version : undefined;
  return { tags: published === undefined ? next.tags : await claim(published.tag), next };
}

function namesSource({ tags }: Enrolment): boolean {
  return tags.flatMap(factsOf).some((fact) => fact === "commit" || fact === "version");
}

/** The version that comes after all that were published, be it by a run that died before it recorded its own. */
async function claimNext(
  { name }: Enrolment,
  held: string,
  state: ImageState | undefined,
  { stateDir }: ClaimsDoor,
  claim: (version: string) => Promise<readonly TagClaim[]>,
): Promise<NextVersion> {
  const unfinished = await readUnfinished(stateDir, name);
  let version = owedTo(held, state?.publications[0]?.version) ?? held;
  for (;;) {
    const tags = await claim(version);
    const holds = tags.find(({ tag }) => tag === version)?.holds;
    const spent = unfinished.find((entry) => entry.digest === holds && entry.version?.tag === version);
    if (spent?.version?.next === undefined) return { version, held, tags };
    version = spent.version.next;
  }
}

async function claimsOf(
  enrolment: Enrolment,
  source: SourceFacts,
  version: string | undefined,
  state: ImageState | undefined,
  door: ClaimsDoor,
): Promise<readonly TagClaim[]> {
  const date =
    (state === undefined ? undefined : firstPublishedOn(state, state.digest)) ??
    door.clock().toISOString().slice(0, 10);
  const facts = { commit: source.commit, version: source.version, date };
  const tags = door.movesTags ? publicationTags(enrolment, facts, version) : [];
  const extra = door.extraTag(enrolment.name);
  const given = extra === undefined || tags.some(({ tag }) => tag === extra);
  const wanted: readonly Pick<TagClaim, "tag" | "once" | "version">[] = [
    ...tags.map((tag) => ({ ...tag, once: false })),
    ...(given ? [] : [{ tag: extra, once: true }]),
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
 * Makes the check that holds the tags of a run apart, now that they are rendered: from each other, and from those of other
 * enrolled images that are known without looking at their sources. It throws FactoryError "images-invalid" with every pair
 * that publishes to one repository and tag.
 */
export function createApartCheck(enrolments: readonly Enrolment[]): (facts: readonly ImageFacts[]) => void {
  const known = new Map<string, PublishedTag>();
  for (const enrolment of enrolments) {
    for (const tag of renderTags(enrolment, {}).tags) {
      const published = publishedTag(enrolment, tag);
      known.set(tagName(published), published);
    }
  }
  return (facts) => {
    const resolved = new Set(facts.map(({ enrolment }) => enrolment.name));
    const own = facts.flatMap(({ enrolment, tags, next }) =>
      [...tags, ...(next?.tags ?? [])].map(({ tag }) => publishedTag(enrolment, tag)),
    );
    const others = own
      .flatMap((tag) => known.get(tagName(tag)) ?? [])
      .filter(({ image }) => !resolved.has(image));
    const collisions = findTagCollisions([...others, ...own]);
    if (collisions.length === 0) return;
    const problems = collisions.map(
      ({ tag, first }) =>
        `${tag.image}: expected a repository and tag of its own, got ${tagName(tag)}, which ${first.image} publishes`,
    );
    throw new FactoryError("images-invalid", "two images publish to one repository and tag", {
      problems,
      hint: "Give one of them another repository or other tags in images.yaml, or choose another TAG=.",
    });
  };
}

function publishedTag({ name, repository }: Enrolment, tag: string): PublishedTag {
  return { image: name, repository, tag };
}
