import { assertRoom } from "../disk-failure.ts";
import { FactoryError } from "../errors.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { PlatformInputs } from "../plan/platform-key.ts";
import type { Platform } from "../platform.ts";
import { oweReceipt } from "../receipt/owed.ts";
import { type ReceiptFacts, receiptOf } from "../receipt/receipt.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import type { PassedScan } from "../scan/scan-report.ts";
import { activeHold, type Hold } from "../state/holds.ts";
import type { AllowedSafeties, ImageState } from "../state/image-state.ts";
import { withImage } from "../state/repository-lock.ts";
import {
  type ImageRecord,
  readRecord,
  readUnfinished,
  writeStanding,
  writeState,
  writeUnfinished,
} from "../state/state-file.ts";
import { firstRefusal } from "../state/tag-claim.ts";
import type { PublishedVersion } from "../state/version.ts";
import type { PassedIndex } from "./assemble.ts";
import { type HeldTags, keepPullable, pushedMeanwhile, putTags } from "./move-tags.ts";
import { publicationOf, recorded, scanState, tagStatesOf, versioned } from "./record.ts";

/** An index under its tags in the registry, read back. */
export interface PublishedImage {
  readonly image: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** "superseded": something else was published while this run worked, and stays; `digest` is that. */
  readonly outcome: "published" | "superseded";
}

/** An image whose tags somebody wants to stay: nothing was moved. */
export interface HeldImage {
  readonly image: string;
  readonly outcome: "held";
  readonly hold: Hold;
  /** What is published of it. */
  readonly digest: Digest | undefined;
}

export interface PublishRequest {
  readonly image: string;
  readonly repository: Repository;
  readonly index: PassedIndex;
  /** What each platform was made of, for the record. */
  readonly inputs: Readonly<Partial<Record<Platform, PlatformInputs>>>;
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

export interface TagRequest {
  readonly tag: string;
  /** Given by `TAG=`: recorded as one that is not moved later. */
  readonly once: boolean;
  /** Made of a version file's version. */
  readonly version?: boolean;
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
    await Promise.all([
      writeUnfinished(door.stateDir, request.image, [
        publication,
        ...unfinished.filter(({ uniqueTag }) => uniqueTag !== publication.uniqueTag),
      ]),
      copyPlatforms(request, door.client),
    ]);
    if (request.hold !== undefined) await writeStanding(door.stateDir, request.image, { hold: request.hold });
    await checkpoint();
    const instead = standingInstead(request, await readRecord(door.stateDir, request.image), door);
    if (instead !== undefined) return instead;
    if (state?.adopted !== undefined) await keepPullable(state, request.repository, at, door.client);
    const names = [publication.uniqueTag, ...tags.map(({ tag }) => tag)];
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
    // The unique tag is for people only where there is no other.
    return {
      image: request.image,
      digest,
      tags: names.slice(Math.min(tags.length, 1)),
      outcome: "published",
    };
  });
}

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
      return {
        image,
        digest: state?.digest ?? request.state.digest,
        tags: Object.keys(state?.tags ?? {}),
        outcome: "superseded",
      };
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
    return { image, digest: state.digest, tags: tags.map(({ tag }) => tag), outcome: "published" };
  });
}

/** What becomes of an image that is held now, unless at this digest; a hold may have come since the plan was made. */
function heldImage(
  { image, allowHeld }: Pick<PublishRequest, "image" | "allowHeld">,
  digest: Digest,
  record: ImageRecord,
  { clock }: PublishDoor,
): HeldImage | undefined {
  const hold = allowHeld ? undefined : activeHold(record.hold, clock().getTime());
  return hold === undefined || hold.instead?.digest === digest
    ? undefined
    : { image, outcome: "held", hold, digest: record.state?.digest };
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

/**
 * Looks at every tag that is about to move, after locking.
 * @returns the digest that each of them has now.
 * @throws FactoryError "policy-refused".
 */
export async function lookAtTags(
  { image, repository, heldBefore }: Pick<PublishRequest, "image" | "repository" | "heldBefore">,
  tags: readonly TagRequest[],
  wanted: Digest,
  state: ImageState | undefined,
  client: RegistryClient,
): Promise<ReadonlyMap<string, Digest | undefined>> {
  const claims = await Promise.all(
    tags.map(async ({ tag, once, version = false }) => ({
      tag,
      once,
      version,
      holds: (await client.headManifest(repository, tag))?.digest,
    })),
  );
  // Tags that somebody else's CI may set are compared with what they held before.
  const guarded = heldBefore === undefined ? claims : claims.filter(({ once, version }) => once || version);
  const refusal = firstRefusal(guarded, state, repository, wanted);
  if (refusal !== undefined)
    throw new FactoryError("policy-refused", `${image}: ${refusal.why}`, { hint: refusal.remedy });
  return new Map(claims.map(({ tag, holds }) => [tag, holds]));
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

function supersededBy(image: string, { digest, tags }: ImageState): PublishedImage {
  return { image, digest, tags: Object.keys(tags), outcome: "superseded" };
}

function digestIn({ digest }: { readonly digest: Digest }): Digest {
  return digest;
}

function superseded(image: string, digest: Digest, tags: readonly TagRequest[]): PublishedImage {
  return { image, digest, tags: tags.map(({ tag }) => tag), outcome: "superseded" };
}

async function copyPlatforms(
  { image, repository, index }: PublishRequest,
  client: RegistryClient,
): Promise<void> {
  await Promise.all(
    index.scans.map(({ platform: { repository: from, digest, platform } }) =>
      client.copyImage(from, digest, repository).catch((error: unknown) => {
        if (!(error instanceof FactoryError) || error.code !== "base-missing") throw error;
        throw new FactoryError("locked", `${image}: ${platform} was removed from staging meanwhile`, {
          hint: "Another machine has tidied up. Run the same command again: it is built anew.",
          cause: error,
        });
      }),
    ),
  );
}
