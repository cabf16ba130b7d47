import { FactoryError } from "../errors.ts";
import type { Digest } from "../registry/digest.ts";
import type { Publication } from "../state/image-state.ts";
import type { ImageRecord } from "../state/state-file.ts";

/**
 * The publication that a rollback goes back to: `to` is a digest or its first digits, or how many publications back;
 * without it, what an unlifted rollback has put back or was about to, else the newest digest before the standing one.
 * @param publications Newest first.
 * @throws FactoryError "usage" when there is none.
 */
export function rollbackTarget(
  image: string,
  to: string | undefined,
  { state, hold }: Pick<ImageRecord, "state" | "hold">,
  publications: readonly Publication[],
): Publication {
  const found = find(to ?? hold?.rollback?.to, state?.digest, publications);
  if (found !== undefined) return found;
  const what =
    to === undefined ? "nothing was published before what its tags have" : `there is no publication ${to}`;
  throw new FactoryError("usage", `${image}: ${what}`, {
    hint: `npm run history IMAGE=${image} lists what was published: TO=<digest|n>.`,
  });
}

function find(
  to: string | undefined,
  standing: Digest | undefined,
  publications: readonly Publication[],
): Publication | undefined {
  return to === undefined
    ? publications.find(({ digest }) => digest !== standing)
    : publicationAt(to, publications);
}

/** The publication that a digest, its first digits or a number of publications back names; `publications` newest first. */
export function publicationAt(to: string, publications: readonly Publication[]): Publication | undefined {
  if (/^\d{1,6}$/.test(to)) return publications[Number(to)];
  const digits = to.replace(/^sha256:/, "");
  return publications.find(({ digest }) => digest.startsWith(`sha256:${digits}`));
}
