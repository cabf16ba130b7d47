import { FactoryError } from "../errors.ts";
import type { NonEmpty } from "../non-empty.ts";
import { oweReceipt } from "../receipt/owed.ts";
import { type ReceiptFacts, receiptOf } from "../receipt/receipt.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import type { PassedScan } from "../scan/scan-report.ts";
import type { ImageState } from "../state/image-state.ts";
import { withImage } from "../state/repository-lock.ts";
import { readRecord, writeState } from "../state/state-file.ts";
import type { PublishedVersion } from "../state/version.ts";
import { type HeldTags, pushedMeanwhile, putTags } from "./move-tags.ts";
import { type HeldImage, heldImage, type PublishedImage, superseded, supersededBy } from "./outcome.ts";
import type { PublishDoor } from "./publish.ts";
import { scanState, tagStatesOf, versioned } from "./record.ts";
import { lookAtTags, type TagRequest } from "./tag-request.ts";

export interface RetagRequest {
  readonly image: string;
  readonly repository: Repository;
  readonly state: ImageState;
  readonly tags: NonEmpty<TagRequest>;
  /** The scans by today's database that every platform of the standing digest passed. */
  readonly scans: NonEmpty<PassedScan>;
  readonly commit: string | undefined;
  readonly heldBefore: HeldTags | undefined;
  /** As of a publication. */
  readonly allowHeld: boolean;
  /** What the standing digest is called from now on, if it has no version. */
  readonly next?: PublishedVersion | undefined;
  readonly receipt: ReceiptFacts;
}

/**
 * Puts the standing digest under further tags, or back under one that is gone, without building anything.
 * @throws FactoryError as `publish`.
 */
export async function retag(request: RetagRequest, door: PublishDoor): Promise<PublishedImage | HeldImage> {
  const { image, repository, tags } = request;
  return withImage(request, door, async ({ mayMove }) => {
    const record = await readRecord(door.stateDir, image);
    const stays = heldImage(request, request.state.digest, record, door);
    if (stays !== undefined) return stays;
    const { state } = record;
    if (state === undefined || state.digest !== request.state.digest) {
      return supersededBy(image, state ?? request.state);
    }
    const standing = await door.client.getManifest(repository, state.digest);
    if (standing === undefined) {
      throw new FactoryError(
        "outcome-unknown",
        `${formatRepository(repository)} has lost ${state.digest} meanwhile`,
        {
          hint: "Run the same command again: the image is published anew.",
        },
      );
    }
    const held = await lookAtTags(request, tags, state.digest, state, door.client);
    const meanwhile = pushedMeanwhile(request.heldBefore, held, [state.digest]);
    if (meanwhile !== undefined) return superseded(image, meanwhile, tags);
    const names = tags.map(({ tag }) => tag);
    const { other } = await putTags({ ...request, mayMove }, standing, names, door.client);
    if (other !== undefined) return superseded(image, other, tags);
    const at = door.clock().toISOString();
    const after: ImageState = {
      ...state,
      ...(request.commit === undefined ? {} : { commit: request.commit }),
      ...versioned(state, request.next),
      tags: { ...state.tags, ...tagStatesOf(tags, held, state.digest, at) },
      scan: scanState(request.scans, at),
    };
    const size = standing.bytes.length;
    await oweReceipt(door.stateDir, receiptOf(image, after, size, request.scans, request.receipt));
    await writeState(door.stateDir, image, after);
    return { image, digest: state.digest, tags: names, outcome: "published" };
  });
}
