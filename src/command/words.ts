import { isTag } from "../enrolment/tags.ts";
import { FactoryError } from "../errors.ts";
import { platforms } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import { formatReference, parseReference, withDefaultTag } from "../registry/reference.ts";
import { versionParts } from "../state/version.ts";
import {
  checkedWord,
  choiceWord,
  maybeTextWord,
  numberWord,
  switchWord,
  textWord,
  type Word,
} from "./options.ts";

/** Words that several commands take, each described once. */
export const imageWord = textWord(
  "<name>[,<name>…]|all",
  "Images of images.yaml: names, globs such as web-*, or all.",
);

/** One publication of an image; `otherwise` says which it is when none is named. */
export function publicationWord(otherwise: string): Word<string> {
  return {
    form: "<digest|n>",
    description: `A digest, or how many publications back, as history counts; ${otherwise}`,
    parse: (text) =>
      /^(?:\d{1,6}|(?:sha256:)?[0-9a-f]{12,64})$/.test(text)
        ? { value: text }
        : { expected: "expected sha256:<12 to 64 hex digits> or a number" },
  };
}

export const buildWords = {
  IMAGE: imageWord,
  TAG: checkedWord("<tag>", "Adds this tag once; it is recorded and not moved later.", isTag, "a tag"),
  FORCE: switchWord("Rebuilds the named images, whatever has changed."),
  PLATFORM: choiceWord(
    platforms,
    "Builds and stages this platform alone; publishes when the others are staged.",
  ),
  REF: maybeTextWord(
    "<commit|tag|branch>",
    "Builds this ref of a git source in place of the one in images.yaml, and holds the image there unless both are one commit.",
  ),
  SOURCE: textWord(
    "<folder>",
    "Builds the named images from this folder in place of their sources, and holds them there.",
  ),
  PIN: maybeTextWord("<ref>@<digest>[,…]", "Takes a base at this digest, whatever its tag holds now."),
  BUMP: choiceWord(
    versionParts,
    "Part of the version file that is incremented after the publication; by default the last.",
  ),
  EPOCH: numberWord("<UTC second>", "Epoch of the rebuild, to repeat one on another machine.", 1),
  JOBS: numberWord("<n>", "Platforms built at one time; by default one for each core.", 1),
} as const;

/**
 * The digests that `PIN=` gives to references, by their formatted text.
 * @throws FactoryError "usage" for a pin without a digest.
 */
export function parsePins(text: string | undefined): ReadonlyMap<string, Digest> {
  const pins = new Map<string, Digest>();
  for (const word of text?.split(",") ?? []) {
    const { digest, ...name } = parseReference(word.trim());
    if (digest === undefined) {
      throw new FactoryError(
        "usage",
        `PIN: expected <reference>@sha256:<64 hex digits>, got ${JSON.stringify(word)}`,
      );
    }
    pins.set(formatReference(withDefaultTag(name)), digest);
  }
  return pins;
}

/** The epoch of what is asked for: `EPOCH=`, or the start of a forced run; `now` is in milliseconds since 1970. */
export function askedEpoch(
  { EPOCH, FORCE }: { readonly EPOCH: number | undefined; readonly FORCE: true | undefined },
  now: number,
): number | undefined {
  return EPOCH ?? (FORCE ? Math.floor(now / 1_000) : undefined);
}

/**
 * What takes the place of the named images' sources: `SOURCE=` or `REF=`, as it was given.
 * @throws FactoryError "usage" for both of them.
 */
export function insteadOf({
  SOURCE,
  REF,
  WHY,
}: {
  readonly SOURCE: string | undefined;
  readonly REF: string | undefined;
  readonly WHY: string | undefined;
}): { readonly word: string; readonly why: string | undefined } | undefined {
  if (SOURCE !== undefined && REF !== undefined)
    throw new FactoryError("usage", "SOURCE and REF are two sources: give one of them");
  if (SOURCE !== undefined) return { word: `SOURCE=${SOURCE}`, why: WHY };
  return REF === undefined ? undefined : { word: `REF=${REF}`, why: WHY };
}
