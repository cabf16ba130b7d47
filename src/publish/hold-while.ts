import type { Digest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";
import type { Hold } from "../state/holds.ts";
import { readRecord, writeStanding } from "../state/state-file.ts";
import type { HeldImage, PublishedImage } from "./outcome.ts";
import type { PublishDoor } from "./publish.ts";

interface HeldMove {
  readonly image: string;
  readonly repository: Repository;
  /** What it is held at. */
  readonly digest: Digest;
  readonly hold: Hold;
  /** The hold that it had. */
  readonly before: Hold | undefined;
  /** What `move` puts the digest under, for those who pull it. */
  readonly tags: readonly string[];
}

/**
 * Holds an image from before its tags move, so that no build comes between. Where none of them came to have the digest,
 * because `move` failed or somebody else was first, it is held as it was before.
 */
export async function holdWhile(
  held: HeldMove,
  door: PublishDoor,
  checkpoint: () => Promise<void>,
  move: () => Promise<PublishedImage | HeldImage>,
): Promise<PublishedImage | HeldImage> {
  const { image, hold } = held;
  await writeStanding(door.stateDir, image, { hold });
  try {
    const became = await move();
    if (became.outcome !== "published") await takeBack(held, door);
    return became;
  } catch (error) {
    // Where the hold cannot be taken back it says so itself: in plan, status and every build that it keeps from its tags.
    await takeBack(held, door)
      .then(checkpoint)
      .catch(() => undefined);
    throw error;
  }
}

async function takeBack(
  { image, repository, digest, before, tags }: HeldMove,
  { client, stateDir }: PublishDoor,
): Promise<void> {
  const { hold } = await readRecord(stateDir, image);
  // Somebody else's, which came meanwhile.
  if (hold?.instead?.digest !== digest) return;
  // A registry that does not answer now says nothing of what it has taken.
  const hasMoved = (tag: string) =>
    client.headManifest(repository, tag).then(
      (found) => found?.digest === digest,
      () => true,
    );
  const moved = await Promise.all(tags.map(hasMoved));
  if (!moved.includes(true)) await writeStanding(stateDir, image, { hold: before });
}
