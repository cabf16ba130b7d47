import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { oweReceipt } from "../receipt/owed.ts";
import { type Receipt, type ReceiptFacts, receiptOf } from "../receipt/receipt.ts";
import { stateFrom } from "../receipt/state-from.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import type { PlatformScan } from "../scan/scan-report.ts";
import type { Hold } from "../state/holds.ts";
import type { AllowedSafeties, ImageState, Unfinished } from "../state/image-state.ts";
import { withImage } from "../state/repository-lock.ts";
import {
  readRecord,
  readUnfinished,
  writeStanding,
  writeState,
  writeUnfinished,
} from "../state/state-file.ts";
import { keepPullable, putTags } from "./move-tags.ts";
import type { PublishDoor } from "./publish.ts";
import { rememberedPublications, scanState, tagStatesOf, uniqueTagOf } from "./record.ts";
import { lookAtTags } from "./tag-request.ts";

export interface RollbackRequest {
  readonly image: string;
  readonly repository: Repository;
  /** What was published of the digest that the tags are to go back to. */
  readonly target: Receipt;
  /** The state that it was decided on. */
  readonly plannedOn: ImageState;
  /** The tags that move. */
  readonly tags: NonEmpty<string>;
  /** By today's database. */
  readonly scans: NonEmpty<PlatformScan>;
  readonly why: string;
  readonly by: string | undefined;
  readonly allowed: AllowedSafeties | undefined;
  readonly receipt: ReceiptFacts;
}

/**
 * Puts an image's tags back to an earlier published digest and holds it there: manifests alone move. The hold is written
 * first, so that no build comes between; a run that dies is completed by the next one.
 * @throws FactoryError "locked" when something was published since it was decided, "policy-refused" when a tag holds what
 *   somebody else put there, "outcome-unknown" as `publish`.
 */
export async function rollBack(request: RollbackRequest, door: PublishDoor): Promise<ImageState> {
  const { image, repository, target, plannedOn } = request;
  const { client, stateDir } = door;
  return withImage(request, door, async ({ checkpoint, mayMove }) => {
    const { state, hold } = await readRecord(stateDir, image);
    if (state?.publications[0]?.uniqueTag !== plannedOn.publications[0]?.uniqueTag) {
      throw new FactoryError("locked", `${image}: something else was published meanwhile`, {
        hint: "Look with npm run history, and run the same command again.",
      });
    }
    const index = await client.getManifest(repository, target.digest);
    if (index === undefined) {
      throw new FactoryError(
        "policy-refused",
        `${formatRepository(repository)} has lost ${target.digest} meanwhile`,
        { hint: "Choose another publication: npm run history." },
      );
    }
    const at = door.clock().toISOString();
    const requested = request.tags.map((tag) => ({ tag, once: false }));
    if (!isNonEmpty(requested)) throw new Error(`${image} has no tag`);
    if (plannedOn.adopted !== undefined) await keepPullable(plannedOn, repository, at, client);
    const look = { image, repository, heldBefore: undefined };
    const held = await lookAtTags(look, requested, target.digest, state, client);
    const from = plannedOn.digest;
    await writeStanding(stateDir, image, { hold: holdOf(request, hold, at) });
    const unfinished = await readUnfinished(stateDir, image);
    const begun = unfinished.find((entry) => entry.digest === target.digest);
    const publication: Unfinished = begun ?? {
      digest: target.digest,
      uniqueTag: uniqueTagOf(target.digest, at),
      at,
      ...(target.publication.version === undefined ? {} : { version: target.publication.version }),
    };
    await writeUnfinished(stateDir, image, [
      publication,
      ...unfinished.filter(({ uniqueTag }) => uniqueTag !== publication.uniqueTag),
    ]);
    await checkpoint();
    await putTags({ ...look, mayMove }, index, [publication.uniqueTag, ...request.tags], client);
    const { allowed, why, scans } = request;
    const after: ImageState = {
      ...stateFrom(target),
      ...epochOf(plannedOn, target),
      tags: { ...plannedOn.tags, ...tagStatesOf(requested, held, target.digest, at) },
      publications: [
        {
          ...publication,
          previous: from,
          rollback: { from, why },
          ...(allowed === undefined ? {} : { allowed }),
        },
        ...plannedOn.publications,
      ].slice(0, rememberedPublications),
      scan: scanState(scans, at),
    };
    await oweReceipt(stateDir, receiptOf(image, after, index.bytes.length, scans, request.receipt));
    await writeState(stateDir, image, after);
    return after;
  });
}

/** No plain build undoes a security rebuild: the epoch stays at the latest. */
function epochOf(before: ImageState, target: Receipt): Pick<ImageState, "epoch"> {
  const epochs = [before.epoch, target.epoch].filter((epoch) => epoch !== undefined);
  return epochs.length === 0 ? {} : { epoch: Math.max(...epochs) };
}

/** Of a rollback that is run again after it died, the same hold. */
function holdOf({ why, by, plannedOn, target }: RollbackRequest, before: Hold | undefined, at: string): Hold {
  const rollback = { from: plannedOn.digest, to: target.digest };
  const same = before?.rollback?.to === rollback.to && before.rollback.from === rollback.from;
  return { why, at: same ? before.at : at, ...(by === undefined ? {} : { by }), rollback };
}
