import { type BlastRadius, nameOf } from "../plan/blast-radius.ts";

/** Origins that are named; more of them are counted. */
const named = 3;

/** How many images there are at which level, then one line for each with the path by which it depends. */
export function blastRadiusLines(
  { of, total, levels, dependants }: BlastRadius,
  hint: string,
): readonly string[] {
  const origins = of.length > named ? `${of.length} images` : of.map(nameOf).join(", ");
  if (total === 0) return [`no image is built from ${origins}${hint}`];
  const images = total === 1 ? "1 image is" : `${total} images are`;
  const counts = levels.map((count, at) => `${count} at level ${at + 1}`).join(", ");
  const width = Math.max(...dependants.map(({ image }) => image.length));
  const level = String(levels.length).length;
  return [
    `${images} built from ${origins}: ${counts}`,
    ...dependants.map(
      (dependant) =>
        `${String(dependant.level).padStart(level)}  ${dependant.image.padEnd(width)}  ${dependant.path.join(" → ")}`,
    ),
  ];
}
