import { isDeepStrictEqual } from "node:util";
import type { Enrolled } from "../enrolment/enrolment.ts";
import type { Image } from "../enrolment/images-file.generated.ts";
import { parseImages } from "../enrolment/parse-images.ts";
import { FactoryError } from "../errors.ts";
import { withEntries } from "./images-text.ts";

/** images.yaml as it is. */
export interface ImagesText {
  readonly text: string;
  readonly fileName: string;
  /** Absolute. */
  readonly folder: string;
}

/**
 * images.yaml with further entries, and what it enrols then.
 * @throws FactoryError "images-invalid", as the file would be refused.
 */
export function addEntries(
  { text, fileName, folder }: ImagesText,
  before: Enrolled,
  added: readonly { readonly entry: Image }[],
): { readonly text: string; readonly enrolled: Enrolled } {
  if (added.length === 0) return { text, enrolled: before };
  const after = withEntries(
    text,
    added.map(({ entry }) => entry),
  );
  const enrolled = parseImages(withoutMark(after), fileName, folder);
  const kept = {
    images: enrolled.images.slice(0, before.images.length),
    watched: enrolled.watched,
  };
  if (!isDeepStrictEqual(placeless(kept), placeless(before))) {
    throw new FactoryError(
      "images-invalid",
      `nothing can be added to ${fileName} and leave the rest as it is`,
      {
        hint: `Write the entries by hand:\n${withEntries(
          "",
          added.map(({ entry }) => entry),
        ).trimEnd()}`,
      },
    );
  }
  return { text: after, enrolled };
}

/** As `readImages` takes it: a byte order mark is no part of YAML. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}

function placeless({ images, watched }: Enrolled): readonly object[] {
  return [...images, ...watched].map((one) => ({ ...one, position: "" }));
}
