import { isTag } from "../enrolment/tags.ts";
import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import type { SubjectWords } from "../promote/subject.ts";
import type { TargetWord } from "../promote/targets.ts";
import { isUniqueTag } from "../publish/record.ts";
import { parseReference, type Reference, withDefaultTag } from "../registry/reference.ts";
import { choicesWord, choiceWord, textWord, type Word } from "./options.ts";
import { imageWord, publicationWord } from "./words.ts";

const fromWord: Word<Reference> = {
  form: "<reference>[@<digest>]",
  description: "An image by its reference, be it enrolled or not.",
  parse: (text) => readReference(text, (reference) => ({ value: withDefaultTag(reference) })),
};

const toWord: Word<NonEmpty<TargetWord>> = {
  form: "<tag|reference>[,…]",
  description: "Tags of the image's own repository, and tags of others with their repository.",
  parse: (text) => {
    const targets: TargetWord[] = [];
    for (const part of text.split(",")) {
      const parsed = parseTarget(part.trim());
      if ("expected" in parsed) return parsed;
      targets.push(parsed.value);
    }
    return isNonEmpty(targets) ? { value: targets } : { expected: "expected a tag or a reference" };
  },
};

/** The words of a promotion. */
export const promoteWords = {
  IMAGE: { ...imageWord, form: "<name>", description: "An image of images.yaml." },
  DIGEST: publicationWord("by default what is published now."),
  FROM: fromWord,
  TO: toWord,
  SCAN: { ...choiceWord(["skip"], "Promotes what was not scanned."), needs: "WHY" },
  ALLOW: choicesWord(["held"], "Promotes an image that is held.", "WHY"),
  WHY: textWord("<text>", "The reason, which is recorded."),
} as const;

function parseTarget(text: string): ReturnType<Word<TargetWord>["parse"]> {
  const isOwn = !/[/:@]/.test(text);
  if (isOwn) return isTag(text) ? withTag(text, undefined) : { expected: `expected a tag or a reference` };
  return readReference(text, ({ tag, digest, ...repository }) => {
    if (digest !== undefined) return { expected: "expected a tag to set, and a digest is none" };
    if (tag === undefined) return { expected: `expected a tag behind ${text}, such as ${text}:latest` };
    if (!isTag(tag))
      return { expected: "expected a tag other than those that registries keep receipts under" };
    return withTag(tag, repository);
  });
}

function withTag(tag: string, repository: TargetWord["repository"]): ReturnType<Word<TargetWord>["parse"]> {
  return isUniqueTag(tag)
    ? { expected: `expected a tag other than ${tag}, which names one publication for ever` }
    : { value: { tag, repository } };
}

function readReference<T>(
  text: string,
  read: (reference: Reference) => ReturnType<Word<T>["parse"]>,
): ReturnType<Word<T>["parse"]> {
  try {
    return read(parseReference(text));
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    return { expected: error.message };
  }
}

/**
 * What one of IMAGE= and FROM= names.
 * @throws FactoryError "usage".
 */
export function subjectOf(words: {
  readonly IMAGE: string | undefined;
  readonly DIGEST: string | undefined;
  readonly FROM: Reference | undefined;
}): SubjectWords {
  const { IMAGE, DIGEST, FROM } = words;
  if (IMAGE !== undefined && FROM === undefined) return { image: IMAGE, publication: DIGEST };
  if (IMAGE === undefined && FROM !== undefined) {
    if (DIGEST === undefined) return { from: FROM };
    throw new FactoryError(
      "usage",
      "DIGEST= is of a publication of IMAGE=: FROM= names a digest behind its @",
    );
  }
  throw new FactoryError("usage", "expected IMAGE= or FROM=, one of them", {
    hint: "IMAGE= is what is enrolled here, FROM= any image by its reference.",
  });
}
