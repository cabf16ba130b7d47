import { assertRoom } from "../disk-failure.ts";
import { FactoryError } from "../errors.ts";
import type { PlatformInputs } from "../plan/platform-key.ts";
import type { Platform } from "../platform.ts";
import { oweReceipt } from "../receipt/owed.ts";
import { type ReceiptFacts, receiptOf } from "../receipt/receipt.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";
import type { Hold } from "../state/holds.ts";
import type { AllowedSafeties, ImageState, PackageVersions } from "../state/image-state.ts";
import { withImage } from "../state/repository-lock.ts";
import {
  type ImageRecord,
  readRecord,
  readUnfinished,
  writeState,
  writeUnfinished,
} from "../state/state-file.ts";
import type { PublishedVersion } from "../state/version.ts";
import type { PassedIndex } from "./assemble.ts";
import { holdWhile } from "./hold-while.ts";
import { type HeldTags, keepPullable, pushedMeanwhile, putTags } from "./move-tags.ts";
import { type HeldImage, heldImage, type PublishedImage, superseded, supersededBy } from "./outcome.ts";
import { publicationOf, recorded, tagStatesOf } from "./record.ts";
import { lookAtTags, type TagRequest } from "./tag-request.ts";

export interface PublishRequest {
  readonly image: string;
  readonly repository: Repository;
  readonly index: PassedIndex;
  /** What each platform was made of, for the record. */
  readonly inputs: Readonly<Partial<Record<Platform, PlatformInputs>>>;
  /** Of a debian source, for the record too. */
  readonly packages?: Readonly<Partial<Record<Platform, PackageVersions>>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly commit: string | undefined;
  readonly version: string | undefined;
  /** What it is called by its version file, unless the same bytes are called something already. */
  readonly next?: PublishedVersion | undefined;
  readonly epoch: number | undefined;
  /** Why it was built, each as a person reads it. */
  readonly reasons: readonly string[];
  readonly allowed: AllowedSafeties | undefined;
  /** Whether tags move although the image is held. */
  readonly allowHeld: boolean;
  /** The state that the plan was made on: one that moved since was written by a later run. */
  readonly plannedOn: ImageState | undefined;
  /**
   * The tags that people pull; rendered now, because `{date}` is the day of the digest's first publication, and the
   * version of a version file that of the publication. None, where others move them.
   */
  readonly tags: (firstPublishedOn: string, version: string | undefined) => readonly TagRequest[];
  /** Written with the publication, so that nothing else comes after it. */
  readonly hold?: Hold | undefined;
  readonly heldBefore: HeldTags | undefined;
  readonly receipt: ReceiptFacts;
}

export interface PublishDoor {
  readonly client: RegistryClient;
  readonly stateDir: string;
  readonly clock: () => Date;
  readonly signal?: AbortSignal;
}

/**
 * Puts a passed index under its tags: manifests move, no layer bytes within one registry. Tags move last, one after
 * another, while the repository is locked; then each is read back and the state written.
 * @throws FactoryError "policy-refused" when a tag holds what somebody else put there, "outcome-unknown" when a tag
 *   reads back as something else.
 */
export async function publish(
  request: PublishRequest,
  door: PublishDoor,
): Promise<PublishedImage | HeldImage> {
  return withImage(request, door, async ({ checkpoint, mayMove }) => {
    const record = await readRecord(door.stateDir, request.image);
    const stays = standingInstead(request, record, door);
    if (stays !== undefined) return stays;
    const { state } = record;
    const at = door.clock().toISOString();
    const { digest } = request.index;
    const unfinished = await readUnfinished(door.stateDir, request.image);
    const publication = publicationOf(request, state, unfinished, at);
    const firstAt = state?.publications.findLast((entry) => entry.digest === digest)?.at ?? publication.at;
    const tags = request.tags(firstAt.slice(0, 10), publication.version?.tag);
    const held = await lookAtTags(request, tags, digest, state, door.client);
    const meanwhile = pushedMeanwhile(request.heldBefore, held, [digest, ...unfinished.map(digestIn)]);
    if (meanwhile !== undefined) return superseded(request.image, meanwhile, tags);
    await assertRoom(door.stateDir);
    // In this order: what is asked of the registry is on its way while the state is parsed.
    await Promise.all([
      copyPlatforms(request, door.client),
      writeUnfinished(door.stateDir, request.image, [
        publication,
        ...unfinished.filter(({ uniqueTag }) => uniqueTag !== publication.uniqueTag),
      ]),
    ]);
    const names = [publication.uniqueTag, ...tags.map(({ tag }) => tag)];
    // The unique tag is for people only where there is no other.
    const shown = names.slice(Math.min(tags.length, 1));
    const move = async (): Promise<PublishedImage | HeldImage> => {
      await checkpoint();
      const instead = standingInstead(request, await readRecord(door.stateDir, request.image), door);
      if (instead !== undefined) return instead;
      if (state?.adopted !== undefined) await keepPullable(state, request.repository, at, door.client);
      const { set, other } = await putTags({ ...request, mayMove }, request.index, names, door.client);
      const own = tags.filter(({ tag }) => set.includes(tag));
      if (own.length > 0 || tags.length === 0) {
        const after = recorded(request, state, {
          publication,
          tagStates: tagStatesOf(own, held, digest, at),
          at,
        });
        const overtaken = await recordPublished(after, request, door, checkpoint);
        if (overtaken !== undefined) return overtaken;
      }
      if (other !== undefined) return superseded(request.image, other, tags);
      return { image: request.image, digest, tags: shown, outcome: "published" };
    };
    return request.hold === undefined
      ? move()
      : holdWhile(
          { ...request, digest, hold: request.hold, before: record.hold, tags: shown },
          door,
          checkpoint,
          move,
        );
  });
}

/** What stays in the place of what was to be published: a held image, or what a later run has published. */
function standingInstead(
  request: PublishRequest,
  record: ImageRecord,
  door: PublishDoor,
): PublishedImage | HeldImage | undefined {
  return heldImage(request, request.index.digest, record, door) ?? laterThan(request, record.state);
}

/** The state of a later run: one of a later epoch, or one that published other bytes after this run was planned. */
function laterThan(
  { image, plannedOn, index, epoch }: PublishRequest,
  state: ImageState | undefined,
): PublishedImage | undefined {
  if (state === undefined) return undefined;
  if ((state.epoch ?? 0) > (epoch ?? 0)) return supersededBy(image, state);
  if (state.digest === index.digest) return undefined;
  const planned = plannedOn?.publications[0]?.uniqueTag;
  return state.publications[0]?.uniqueTag === planned ? undefined : supersededBy(image, state);
}

/** Writes down what is published now; where another machine has recorded something later meanwhile, that stands. */
async function recordPublished(
  after: ImageState,
  { image, index: { bytes, scans }, receipt }: PublishRequest,
  { stateDir }: PublishDoor,
  checkpoint: () => Promise<void>,
): Promise<PublishedImage | undefined> {
  await oweReceipt(stateDir, receiptOf(image, after, bytes.length, scans, receipt));
  await writeState(stateDir, image, after);
  await checkpoint();
  const { state } = await readRecord(stateDir, image);
  return state === undefined || state.digest === after.digest ? undefined : supersededBy(image, state);
}

function digestIn({ digest }: { readonly digest: Digest }): Digest {
  return digest;
}

async function copyPlatforms(
  { image, repository, index }: PublishRequest,
  client: RegistryClient,
): Promise<void> {
  await Promise.all(
    index.scans.map(({ platform: { repository: from, digest, platform } }) =>
      client.copyImage(from, digest, repository).catch((error: unknown) => {
        if (!(error instanceof FactoryError) || error.code !== "base-missing") throw error;
        const text = `${image}: ${platform} was staged and is gone: ${error.message}`;
        throw new FactoryError("locked", text, {
          hint: "Has another machine tidied up, or does the registry not show what it holds? Run the same command again: what is gone is built anew.",
          cause: error,
        });
      }),
    ),
  );
}
