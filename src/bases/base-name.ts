import { digestOf } from "../registry/digest.ts";
import { formatReference, parseReference, type Reference, withDefaultTag } from "../registry/reference.ts";

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
  return familiar(parseReference(reference)).replaceAll(/[:/@]/g, "-");
}

/** What the fields of a record name: what was written in a Dockerfile, else repository and tag; undefined for nonsense. */
export function recordedReference(fields: {
  readonly fullImage?: unknown;
  readonly repoURL?: unknown;
  readonly tag?: unknown;
}): string | undefined {
  const { fullImage, repoURL, tag } = fields;
  return (
    normalised(fullImage) ?? (repoURL == null || tag == null ? undefined : normalised(`${repoURL}:${tag}`))
  );
}

function normalised(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return formatReference(withDefaultTag(parseReference(text)));
  } catch {
    return undefined;
  }
}

/** Without what a person leaves out: Docker Hub, and `library` there. */
export function familiar(reference: Reference): string {
  return formatReference(reference)
    .replace(/^docker\.io\/library\//, "")
    .replace(/^docker\.io\//, "");
}
