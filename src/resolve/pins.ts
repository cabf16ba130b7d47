import { FactoryError } from "../errors.ts";
import type { ImageFacts } from "../plan/image-facts.ts";

/**
 * Holds `PIN=` to bases that there are: a digest for a name that nobody builds on would be taken for one that counts.
 * @throws FactoryError "usage" naming the bases of the images.
 */
export function assertPinsUsed(pins: ReadonlySet<string>, facts: readonly ImageFacts[]): void {
  const bases = new Set(
    facts.flatMap(({ platforms }) =>
      platforms.flatMap(({ bases }) => bases.map(({ reference }) => reference)),
    ),
  );
  const unused = [...pins].filter((pin) => !bases.has(pin));
  if (unused.length === 0) return;
  const images = facts.map(({ enrolment }) => enrolment.name).join(", ");
  throw new FactoryError("usage", `PIN: ${unused.join(", ")} is no base of ${images}`, {
    hint:
      bases.size === 0
        ? "None of them is built from an image."
        : `Bases there are: ${[...bases].toSorted().join(", ")}`,
  });
}
