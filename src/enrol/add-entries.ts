import { isDeepStrictEqual } from "node:util";
import type { Enrolled } from "../enrolment/enrolment.ts";
import type { Image } from "../enrolment/images-file.generated.ts";
import { enrolledBy, type ImagesPlace } from "../enrolment/read-images.ts";
import { FactoryError } from "../errors.ts";
import { withEntries } from "./images-text.ts";

/** images.yaml as it is. */
export interface ImagesText extends ImagesPlace {
  readonly text: string;
}

/**
 * images.yaml with further entries, and what it enrols then.
 * @throws FactoryError "images-invalid", as the file would be refused.
 */
export async function addEntries(
  { text, ...place }: ImagesText,
  before: Enrolled,
  added: readonly { readonly entry: Image }[],
): Promise<{ readonly text: string; readonly enrolled: Enrolled }> {
  if (added.length === 0) return { text, enrolled: before };
  const entries = added.map(({ entry }) => entry);
  const after = withEntries(text, entries);
  const enrolled = await enrolledBy(withoutMark(after), place);
  const names = new Set(entries.map(({ name }) => name));
  if (
    !isDeepStrictEqual(
      meaning(enrolled).filter(({ name }) => !names.has(name)),
      meaning(before),
    )
  ) {
    throw new FactoryError(
      "images-invalid",
      `nothing can be added to ${place.name} and leave the rest as it is`,
      {
        hint: `Write the entries by hand:\n${withEntries("", entries).trimEnd()}`,
      },
    );
  }
  return { text: after, enrolled };
}

/** As `readImages` takes it: a byte order mark is no part of YAML. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}

/** Everything that is enrolled, wherever it stands. */
function meaning({ images, watched }: Enrolled): readonly { readonly name: string }[] {
  return [...images, ...watched].map((one) => ({ ...one, position: "" }));
}
