import { findBase, type NamedBase } from "../bases/base-hold.ts";
import { readBaseRecords } from "../bases/record-store.ts";
import type { Enrolled, Enrolment } from "../enrolment/enrolment.ts";
import { selectImages } from "../enrolment/selection.ts";
import { FactoryError } from "../errors.ts";
import { parseReference } from "../registry/reference.ts";
import { textWord } from "./options.ts";
import { imageWord } from "./words.ts";

/** The words that say what is held. */
export const heldWords = {
  IMAGE: imageWord,
  BASE: textWord(
    "<reference>[@<digest>]",
    "A base as Dockerfiles name it, such as node:22, or by the name of its record or of an entry that watches it.",
  ),
} as const;

/** What a hold is about. */
export type HoldTarget =
  | { readonly kind: "images"; readonly images: readonly Enrolment[] }
  | { readonly kind: "base"; readonly base: NamedBase };

/**
 * Finds what one of IMAGE= and BASE= names.
 * @throws FactoryError "usage".
 */
export async function holdTarget(
  words: { readonly IMAGE: string | undefined; readonly BASE: string | undefined },
  { images: enrolments, watched }: Enrolled,
  folders: Parameters<typeof readBaseRecords>[0],
): Promise<HoldTarget> {
  const { IMAGE, BASE } = words;
  if ((IMAGE === undefined) === (BASE === undefined)) {
    throw new FactoryError("usage", "expected IMAGE= or BASE=, one of them", {
      hint: "IMAGE= is what is built here, BASE= what others build and Dockerfiles name.",
    });
  }
  if (BASE === undefined) return { kind: "images", images: selectImages(enrolments, IMAGE) };
  const base = findBase(await readBaseRecords(folders), watched, BASE);
  const { registry, path } = parseReference(base.reference);
  const enrolled = enrolments.find(
    ({ repository }) => repository.registry === registry && repository.path === path,
  );
  if (enrolled !== undefined) {
    throw new FactoryError("usage", `${BASE} is built here`, { hint: `Hold it by IMAGE=${enrolled.name}.` });
  }
  return { kind: "base", base };
}
