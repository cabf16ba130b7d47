import { FactoryError } from "../errors.ts";
import type { ImageFacts } from "../plan/image-facts.ts";

/**
 * What is wrong with a `PIN=` for a name that nobody builds on, which would be taken for one that counts: a "usage" that
 * names the bases of the images; undefined where each pin is one of them.
 */
export function unusedPins(
  pins: ReadonlySet<string>,
  facts: readonly ImageFacts[],
): FactoryError | undefined {
  const bases = new Set(
    facts.flatMap(({ platforms }) =>
      platforms.flatMap(({ bases }) => bases.map(({ reference }) => reference)),
    ),
  );
  const unused = [...pins].filter((pin) => !bases.has(pin));
  if (unused.length === 0) return undefined;
  const images = facts.map(({ enrolment }) => enrolment.name).join(", ");
  return new FactoryError("usage", `PIN: ${unused.join(", ")} is no base of ${images}`, {
    hint:
      bases.size === 0
        ? "None of them is built from an image."
        : `Bases there are: ${[...bases].toSorted().join(", ")}`,
  });
}
