import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { formatRepository, isTag as isOciTag, type Repository } from "../registry/reference.ts";
import type { Enrolment } from "./enrolment.ts";
import { didYouMean } from "./suggestion.ts";

/** What a tag may stand for besides its own text. */
export const tagFactNames = ["version", "commit", "date"] as const;
export type TagFactName = (typeof tagFactNames)[number];

/** What is known so far; a fact that is undefined is not known yet, or does not exist. */
export interface TagFacts {
  /** SemVer of the git tag that source names, without a leading v. */
  readonly version?: string | undefined;
  /** Full commit of this run: 40 hex digits fit a tag, and no other commit is ever meant by them. */
  readonly commit?: string | undefined;
  /** UTC day `YYYY-MM-DD` on which the digest was first published. */
  readonly date?: string | undefined;
}

/** The tags of one image as far as facts allow. */
export interface RenderedTags {
  /** Rendered, in the order of images.yaml, each once. */
  readonly tags: readonly string[];
  readonly pending: readonly PendingTag[];
}

/** A tag that cannot be rendered before the named facts are known. */
interface PendingTag {
  readonly template: string;
  readonly needs: NonEmpty<TagFactName>;
}

const placeholder = /\{([^{}]*)\}/g;
const shortest: Readonly<Record<TagFactName, string>> = {
  version: "0.0.0",
  commit: "0".repeat(40),
  date: "2000-01-01",
};

/**
 * Whether people may have the text as a tag. Registries without a referrers API keep signatures and receipts under
 * `sha256-<digest>`, so that is none.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export function isTag(text: string): boolean {
  return isOciTag(text) && !/^sha256-[0-9a-f]{64}/.test(text);
}

/** What is wrong with a tag of images.yaml, before anything is rendered; undefined for one that can come out right. */
export function explainTag(template: string): string | undefined {
  for (const [, name = ""] of template.matchAll(placeholder)) {
    if (!isFactName(name)) {
      return `expected {version}, {commit} or {date} in braces${didYouMean(name, tagFactNames)}`;
    }
  }
  const sample = template.replace(placeholder, (_, name: TagFactName) => shortest[name]);
  if (isTag(sample)) return undefined;
  if (sample.length > 128) return "expected a tag of at most 128 characters";
  if (sample.startsWith("sha256-"))
    return "expected a tag other than those that registries keep signatures under";
  return "expected a tag: letters, digits and . _ -, not first . or -, and {version}, {commit} or {date}";
}

/** The facts that a tag waits for. */
export function factsOf(template: string): readonly TagFactName[] {
  return tagFactNames.filter((name) => template.includes(`{${name}}`));
}

/**
 * Renders the tags whose facts are known and says of the others what they wait for.
 * @throws FactoryError "source-invalid" when a fact makes something that is no tag (a version with build metadata).
 */
export function renderTags(image: Pick<Enrolment, "name" | "tags">, facts: TagFacts): RenderedTags {
  const tags = new Set<string>();
  const pending: PendingTag[] = [];
  for (const template of image.tags) {
    const needs = factsOf(template).filter((name) => facts[name] === undefined);
    if (isNonEmpty(needs)) {
      pending.push({ template, needs });
      continue;
    }
    const tag = template.replace(placeholder, (whole, name: string) =>
      isFactName(name) ? (facts[name] ?? whole) : whole,
    );
    if (!isTag(tag)) {
      throw new FactoryError(
        "source-invalid",
        `${image.name}: ${JSON.stringify(template)} becomes ${JSON.stringify(tag)}, which is no tag`,
        {
          hint: "A tag has at most 128 letters, digits and . _ - (so no + as in a version's build metadata).",
        },
      );
    }
    tags.add(tag);
  }
  return { tags: [...tags], pending };
}

/**
 * All tags of one image, for when nothing more will become known.
 * @throws FactoryError "source-ref-missing" when a tag needs a fact that the source does not have.
 */
export function renderAllTags(image: Pick<Enrolment, "name" | "tags">, facts: TagFacts): NonEmpty<string> {
  const { tags, pending } = renderTags(image, facts);
  const [first] = pending;
  if (first !== undefined) {
    const [missing] = first.needs;
    throw new FactoryError(
      "source-ref-missing",
      `${image.name}: the tag ${JSON.stringify(first.template)} needs ${absent[missing]}`,
      { hint: `${remedy[missing]} Or take {${missing}} out of the tags of ${image.name}.` },
    );
  }
  if (!isNonEmpty(tags)) throw new FactoryError("bug", `${image.name}: no tag was rendered`);
  return tags;
}

const absent: Readonly<Record<TagFactName, string>> = {
  version: "a version, and its source names no SemVer git tag",
  commit: "a commit, and its source has none",
  date: "the day of the first publication, and that is not known",
};

const remedy: Readonly<Record<TagFactName, string>> = {
  version: "Set source.git.ref to a git tag such as v1.4.0.",
  commit: "Use a git source.",
  date: "Publish the image first.",
};

/** A tag, rendered or not, that an image publishes. */
export interface PublishedTag {
  readonly image: string;
  readonly repository: Repository;
  readonly tag: string;
}

/** `<registry>/<path>:<tag>`: what of two images must not be the same. */
export function tagName({ repository, tag }: Pick<PublishedTag, "repository" | "tag">): string {
  return `${formatRepository(repository)}:${tag}`;
}

/** The tags that an image before them publishes to the same repository, each with that image. */
export function findTagCollisions<T extends PublishedTag>(
  published: Iterable<T>,
): readonly { readonly tag: T; readonly first: T }[] {
  const firstOf = new Map<string, T>();
  const collisions: { tag: T; first: T }[] = [];
  for (const tag of published) {
    const key = tagName(tag);
    const first = firstOf.get(key);
    if (first === undefined) firstOf.set(key, tag);
    else if (first.image !== tag.image) collisions.push({ tag, first });
  }
  return collisions;
}

function isFactName(name: string): name is TagFactName {
  return (tagFactNames as readonly string[]).includes(name);
}
