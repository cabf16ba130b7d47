import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import type { PlatformInputs } from "../plan/platform-key.ts";
import type { Platform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, digestOf, shortDigest } from "../registry/digest.ts";
import { ociIndexType } from "../registry/media-types.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import type { PassedScan } from "../scan/scan-report.ts";
import type { AllowedSafeties, ImageState } from "../state/image-state.ts";
import { sharedLock, withLock } from "../state/lock.ts";
import { readState, readUnfinished, writeState, writeUnfinished } from "../state/state-file.ts";
import { firstRefusal } from "../state/tag-claim.ts";
import type { PublishedVersion } from "../state/version.ts";
import type { PassedIndex } from "./assemble.ts";
import { publicationOf, recorded, scanState, tagStatesOf, versioned } from "./record.ts";

/** An index under its tags in the registry, read back. */
export interface PublishedImage {
  readonly image: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** "superseded": a later run published something else while this one worked; `digest` is that run's. */
  readonly outcome: "published" | "superseded";
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
  readonly allowed: AllowedSafeties | undefined;
  /** The state that the plan was made on: one that moved since was written by a later run. */
  readonly plannedOn: ImageState | undefined;
  /**
   * The tags that people pull; rendered now, because `{date}` is the day of the digest's first publication, and the
   * version of a version file that of the publication.
   */
  readonly tags: (firstPublishedOn: string, version: string | undefined) => readonly TagRequest[];
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
export async function publish(request: PublishRequest, door: PublishDoor): Promise<PublishedImage> {
  return withRepository(request.repository, door, async () => {
    const state = await readState(door.stateDir, request.image);
    const later = laterThan(request, state);
    if (later !== undefined) {
      return {
        image: request.image,
        digest: later.digest,
        tags: Object.keys(later.tags),
        outcome: "superseded",
      };
    }
    const at = door.clock().toISOString();
    const { digest } = request.index;
    const unfinished = await readUnfinished(door.stateDir, request.image);
    const publication = publicationOf(request, state, unfinished, at);
    const firstAt = state?.publications.findLast((entry) => entry.digest === digest)?.at ?? publication.at;
    const tags = request.tags(firstAt.slice(0, 10), publication.version?.tag);
    if (!isNonEmpty(tags)) throw new Error(`${request.image} has no tag`);
    const held = await lookAtTags(request, tags, digest, state, door.client);
    await writeUnfinished(door.stateDir, request.image, [
      publication,
      ...unfinished.filter(({ uniqueTag }) => uniqueTag !== publication.uniqueTag),
    ]);
    await copyPlatforms(request, door.client);
    const names = [publication.uniqueTag, ...tags.map(({ tag }) => tag)];
    await putTags(request.repository, request.index, names, door.client);
    const tagStates = tagStatesOf(tags, held, digest, at);
    await writeState(door.stateDir, request.image, recorded(request, state, { publication, tagStates, at }));
    return { image: request.image, digest, tags: tags.map(({ tag }) => tag), outcome: "published" };
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
  /** What the standing digest is called from now on, if it has no version. */
  readonly next?: PublishedVersion | undefined;
}

/**
 * Puts the standing digest under further tags, or back under one that is gone, without building anything.
 * @throws FactoryError as `publish`.
 */
export async function retag(request: RetagRequest, door: PublishDoor): Promise<PublishedImage> {
  const { image, repository, tags } = request;
  return withRepository(repository, door, async () => {
    const state = await readState(door.stateDir, image);
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
    await putTags(
      repository,
      standing,
      tags.map(({ tag }) => tag),
      door.client,
    );
    const at = door.clock().toISOString();
    await writeState(door.stateDir, image, {
      ...state,
      ...(request.commit === undefined ? {} : { commit: request.commit }),
      ...versioned(state, request.next),
      tags: { ...state.tags, ...tagStatesOf(tags, held, state.digest, at) },
      scan: scanState(request.scans, at),
    });
    return { image, digest: state.digest, tags: tags.map(({ tag }) => tag), outcome: "published" };
  });
}

/** Runs `work` while nobody else with the same state publishes to the repository or writes what is known of it. */
export async function withRepository<T>(
  repository: Repository,
  door: Pick<PublishDoor, "stateDir" | "signal">,
  work: () => Promise<T>,
): Promise<T> {
  const name = shortDigest(digestOf(formatRepository(repository)));
  const file = await sharedLock(door.stateDir, `publish-${name}`);
  return withLock(file, door.signal === undefined ? {} : { signal: door.signal }, work);
}

/** The state of a later run: one of a later epoch, or one that published other bytes after this run was planned. */
function laterThan(
  { plannedOn, index, epoch }: PublishRequest,
  state: ImageState | undefined,
): ImageState | undefined {
  if (state === undefined) return undefined;
  if ((state.epoch ?? 0) > (epoch ?? 0)) return state;
  if (state.digest === index.digest) return undefined;
  const planned = plannedOn?.publications[0]?.uniqueTag;
  return state.publications[0]?.uniqueTag === planned ? undefined : state;
}

/**
 * Looks at every tag that is about to move, after locking.
 * @returns the digest that each of them has now.
 * @throws FactoryError "policy-refused".
 */
async function lookAtTags(
  { image, repository }: Pick<PublishRequest, "image" | "repository">,
  tags: NonEmpty<TagRequest>,
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
  const refusal = firstRefusal(claims, state, repository, wanted);
  if (refusal !== undefined)
    throw new FactoryError("policy-refused", `${image}: ${refusal.why}`, { hint: refusal.remedy });
  return new Map(claims.map(({ tag, holds }) => [tag, holds]));
}

async function copyPlatforms({ repository, index }: PublishRequest, client: RegistryClient): Promise<void> {
  await Promise.all(
    index.scans.map(({ platform: { repository: from, digest } }) =>
      client.copyImage(from, digest, repository),
    ),
  );
}

/** Puts the same bytes under each tag in turn, then reads every one back. */
async function putTags(
  repository: Repository,
  index: { readonly digest: Digest; readonly bytes: Uint8Array },
  tags: readonly string[],
  client: RegistryClient,
): Promise<void> {
  for (const tag of tags) await client.putManifest(repository, tag, ociIndexType, index.bytes);
  for (const tag of tags) {
    const read = await client.headManifest(repository, tag);
    if (read?.digest === index.digest) continue;
    throw new FactoryError(
      "outcome-unknown",
      `${formatReference({ ...repository, tag })} was set to ${index.digest} and reads as ${read?.digest ?? "nothing"}`,
      { hint: "Somebody else may have moved it. Look with: npm run status" },
    );
  }
}
