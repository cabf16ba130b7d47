import { digestOf } from "../registry/digest.ts";
import { familiarName, formatReference, parseReference, withDefaultTag } from "../registry/reference.ts";
import { escapedOnce, onlyTag } from "./allow-tags.ts";

/** What a file system takes as a name, with room for what is put behind it. */
const longestName = 200;

/**
 * The name of a base's record: the reference as people write it, with `:`, `/` and `@` turned into `-`
 * (`node:22-slim` is `node-22-slim`).
 */
export function baseName(reference: string): string {
  const name = plainName(reference);
  return name.length > longestName ? distinctName(reference) : name;
}

/** The name where another base has the first one: `a/b-c:1` and `a-b/c:1` are both `a-b-c-1`. */
export function distinctName(reference: string): string {
  return `${plainName(reference).slice(0, longestName)}-${digestOf(reference).slice("sha256:".length, "sha256:".length + 8)}`;
}

function plainName(reference: string): string {
  return familiarName(formatReference(parseReference(reference))).replaceAll(/[:/@]/g, "-");
}

/** The fields of a record that say which base it is about. */
export interface NamingFields {
  /** As it was written in a Dockerfile. */
  readonly fullImage?: unknown;
  readonly repoURL?: unknown;
  readonly registry?: unknown;
  readonly repository?: unknown;
  readonly tag?: unknown;
  readonly allowTags?: unknown;
}

/** The reference that a record is about; undefined where its fields name no image. */
export function recordedReference(fields: NamingFields): string | undefined {
  const { fullImage, registry, repository, repoURL = `${registry}/${repository}` } = fields;
  const tag = recordedTag(fields);
  return normalised(fullImage) ?? (tag === undefined ? undefined : normalised(`${repoURL}:${tag}`));
}

/** The tag that a record is about: its own, else the one that its expression allows. */
export function recordedTag({ tag, allowTags }: NamingFields): string | undefined {
  if (tag != null) return String(tag);
  return typeof allowTags === "string" ? onlyTag(escapedOnce(allowTags)) : undefined;
}

function normalised(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return formatReference(withDefaultTag(parseReference(text)));
  } catch {
    return undefined;
  }
}
