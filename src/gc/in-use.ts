import { FactoryError } from "../errors.ts";
import { type Digest, isDigest } from "../registry/digest.ts";
import { parseReference, type Reference, withDefaultTag } from "../registry/reference.ts";

/** What is said to run somewhere. */
export interface InUse {
  readonly digests: ReadonlySet<Digest>;
  /** Images that were named by tag alone. */
  readonly tags: readonly Reference[];
}

/** What container runtimes put before the reference of an image in a pod's `imageID`. */
const runtimePrefix = /^(?:docker-pullable|docker|containerd|cri-o):\/\//;

/**
 * Reads a list of images in use: digests and references, one or several to a line, as
 * `kubectl get pods -o jsonpath=…` prints them; `from` is its name in messages.
 * @throws FactoryError "usage" naming each line that is none, and for a list without any: a listing that failed looks so.
 */
export function parseInUse(text: string, from: string): InUse {
  const digests = new Set<Digest>();
  const tags: Reference[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    for (const word of line.split(/[\s,]+/).filter((part) => part !== "")) {
      const named = imageOf(word);
      if (named === undefined) {
        problems.push(`${from}:${index + 1}: expected a digest or a reference, got ${JSON.stringify(word)}`);
      } else if (named.digest !== undefined) digests.add(named.digest);
      else tags.push(withDefaultTag(named));
    }
  }
  const [first] = problems;
  if (first !== undefined) {
    throw new FactoryError("usage", problems.length === 1 ? first : `${from} is no list of images in use`, {
      problems: problems.length === 1 ? [] : problems,
      hint: "Nothing was deleted. Print images only, as with -o jsonpath='{.items[*].status.containerStatuses[*].imageID}'.",
    });
  }
  if (digests.size + tags.length === 0) {
    throw new FactoryError("usage", `${from} names no image in use`, {
      hint: "Nothing was deleted: a listing that failed looks so. Leave IN_USE out where nothing runs.",
    });
  }
  return { digests, tags };
}

/** The digest alone, or a reference; undefined for a word that is neither. */
function imageOf(word: string): Reference | { readonly digest: Digest } | undefined {
  const name = word.replace(runtimePrefix, "");
  if (isDigest(name)) return { digest: name };
  try {
    return parseReference(name);
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    return undefined;
  }
}
