import type { Log } from "../log.ts";
import { userName } from "../receipt/asker.ts";
import type { Digest } from "../registry/digest.ts";
import type { ResolvedImage } from "../resolve/resolver.ts";
import type { Hold } from "../state/holds.ts";
import { withImage } from "../state/repository-lock.ts";
import { readRecord, writeStanding } from "../state/state-file.ts";
import type { PublishDoor } from "./publish.ts";

/** What an image is built from in place of what images.yaml names. */
export interface Instead {
  /** As it was given: `SOURCE=fix`, `REF=v1.2`. */
  readonly word: string;
  readonly why: string | undefined;
}

export interface InsteadDoor extends PublishDoor {
  readonly log: Log;
  /** Whether the tags of images.yaml are the factory's to move. */
  readonly movesTags: boolean;
}

/**
 * The hold of an image that is built from something else than images.yaml names, so that no later run undoes it. Where
 * others move the tags, a commit is theirs to name and none is needed.
 * @throws FactoryError when the source cannot be looked up.
 */
export async function insteadHold(
  { facts: { hold }, source: { asEnrolled } }: ResolvedImage,
  digest: Digest,
  instead: Instead | undefined,
  { movesTags, clock }: InsteadDoor,
): Promise<Hold | undefined> {
  if (instead === undefined) return undefined;
  if (asEnrolled !== undefined && (!movesTags || (await asEnrolled()))) return undefined;
  const by = userName();
  const why = `built by hand with ${instead.word}${instead.why === undefined ? "" : `: ${instead.why}`}`;
  const at = hold?.instead?.digest === digest ? hold.at : clock().toISOString();
  return { why, at, ...(by === undefined ? {} : { by }), instead: { digest } };
}

/** Says of an image that is held now how that ends. */
export function noteInstead(image: string, log: Log): void {
  log({ kind: "note", image, text: `it stays there until: npm run lift IMAGE=${image}` });
}

/** Holds an image at what is published of it, which is what it would be built as; a hold of somebody else stays. */
export async function holdInstead(
  image: ResolvedImage,
  digest: Digest,
  instead: Instead | undefined,
  door: InsteadDoor,
): Promise<void> {
  if (instead === undefined) return;
  const { name, repository } = image.facts.enrolment;
  const hold = await insteadHold(image, digest, instead, door);
  if (hold === undefined) return;
  await withImage({ image: name, repository }, door, async () => {
    const { hold: other, state } = await readRecord(door.stateDir, name);
    if (state?.digest !== digest || other !== undefined) return;
    await writeStanding(door.stateDir, name, { hold });
    noteInstead(name, door.log);
  });
}
