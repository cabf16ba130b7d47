import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import type { PlatformInputs } from "../plan/platform-key.ts";
import type { Platform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, digestOf, shortDigest } from "../registry/digest.ts";
import { ociIndexType } from "../registry/media-types.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import type { PassedScan } from "../scan/scan-report.ts";
import {
  type AllowedSafeties,
  type ImageState,
  knownDigests,
  type PlatformState,
  type Publication,
  type ScanState,
  type TagState,
} from "../state/image-state.ts";
import { withLock } from "../state/lock.ts";
import { readState, writeState } from "../state/state-file.ts";
import type { PassedIndex } from "./assemble.ts";

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
  readonly epoch: number | undefined;
  readonly allowed: AllowedSafeties | undefined;
  /** The state that the plan was made on: one that moved since was written by a later run. */
  readonly plannedOn: ImageState | undefined;
  /** The tags that people pull; rendered now, because `{date}` is the day of the digest's first publication. */
  readonly tags: (firstPublishedOn: string) => readonly TagRequest[];
}

export interface TagRequest {
  readonly tag: string;
  /** Given by `TAG=`: recorded as one that is not moved later. */
  readonly once: boolean;
}

export interface PublishDoor {
  readonly client: RegistryClient;
  readonly stateDir: string;
  readonly workDir: string;
  readonly clock: () => Date;
  readonly signal?: AbortSignal;
}

/** How many publications are remembered; registries keep more. */
const rememberedPublications = 200;

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
    const firstDay = state?.publications.findLast((entry) => entry.digest === digest)?.at ?? at;
    const tags = request.tags(firstDay.slice(0, 10));
    if (!isNonEmpty(tags)) throw new Error(`${request.image} has no tag`);
    const before = await assertOurs(request, tags, state, door.client);
    const publication = newPublication(digest, at, before, request.allowed);
    if (state !== undefined) {
      await writeState(door.stateDir, request.image, {
        ...state,
        publishing: { digest, uniqueTag: publication.uniqueTag },
      });
    }
    await copyPlatforms(request, door.client);
    await putTags(
      request.repository,
      request.index,
      [publication.uniqueTag, ...tags.map(({ tag }) => tag)],
      door.client,
    );
    await writeState(door.stateDir, request.image, recorded(request, state, publication, tags));
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
    await assertOurs(request, tags, state, door.client);
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
      tags: { ...state.tags, ...tagStates(tags, state.digest, at) },
      scan: scanState(request.scans, at),
    });
    return { image, digest: state.digest, tags: tags.map(({ tag }) => tag), outcome: "published" };
  });
}

function withRepository<T>(repository: Repository, door: PublishDoor, work: () => Promise<T>): Promise<T> {
  const name = shortDigest(digestOf(formatRepository(repository)));
  const file = join(door.workDir, "locks", `publish-${name}.lock`);
  return withLock(file, door.signal === undefined ? {} : { signal: door.signal }, work);
}

/** The state of a later run that published the image from other inputs than this one has. */
function laterThan(
  { plannedOn, index }: PublishRequest,
  state: ImageState | undefined,
): ImageState | undefined {
  if (state === undefined || state.digest === index.digest) return undefined;
  const planned = plannedOn?.publications[0]?.uniqueTag;
  return state.publications[0]?.uniqueTag === planned ? undefined : state;
}

/** The tag that no other publication has. */
function newPublication(
  digest: Digest,
  at: string,
  previous: Digest | undefined,
  allowed: AllowedSafeties | undefined,
): Publication {
  const time = at.replaceAll(/[-:]|\.\d+/g, "");
  const replaced = previous === undefined || previous === digest ? {} : { previous };
  return {
    digest,
    uniqueTag: `${time}-${shortDigest(digest)}`,
    at,
    ...replaced,
    ...(allowed === undefined ? {} : { allowed }),
  };
}

/**
 * Looks at every tag that is about to move, after locking.
 * @returns the digest that the first of them has now.
 */
async function assertOurs(
  { image, repository }: Pick<PublishRequest, "image" | "repository">,
  tags: NonEmpty<TagRequest>,
  state: ImageState | undefined,
  client: RegistryClient,
): Promise<Digest | undefined> {
  const held = await Promise.all(tags.map(({ tag }) => client.headManifest(repository, tag)));
  const known = state === undefined ? undefined : knownDigests(state);
  tags.forEach(({ tag }, index) => {
    const holds = held[index]?.digest;
    const left = state?.tags[tag];
    if (holds === undefined || left === undefined || holds === left.digest || known?.has(holds)) return;
    throw new FactoryError(
      "policy-refused",
      `${image}: ${tag} holds ${holds}, which the factory did not put there`,
      {
        hint: `Move ${tag} back to ${left.digest} or delete it in the registry, then run again.`,
      },
    );
  });
  return held[0]?.digest;
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

function recorded(
  request: PublishRequest,
  before: ImageState | undefined,
  publication: Publication,
  tags: readonly TagRequest[],
): ImageState {
  const { index, repository, annotations, commit, version, epoch } = request;
  return {
    digest: index.digest,
    repository: formatRepository(repository),
    platforms: Object.fromEntries(
      index.scans.map(({ platform: staged }) => {
        const { platform, key, digest } = staged;
        const inputs = request.inputs[platform];
        if (inputs === undefined) throw new Error(`no inputs for ${platform}`);
        const known = before?.platforms[platform];
        const builtBy = staged.builtBy ?? (known?.digest === digest ? known.builtBy : undefined);
        const state: PlatformState = { key, digest, inputs, ...(builtBy === undefined ? {} : { builtBy }) };
        return [platform, state];
      }),
    ),
    annotations,
    ...(commit === undefined ? {} : { commit }),
    ...(version === undefined ? {} : { version }),
    ...(epoch === undefined ? {} : { epoch }),
    tags: { ...before?.tags, ...tagStates(tags, index.digest, publication.at) },
    publications: [publication, ...(before?.publications ?? [])].slice(0, rememberedPublications),
    scan: scanState(index.scans, publication.at),
  };
}

function tagStates(
  tags: readonly TagRequest[],
  digest: Digest,
  at: string,
): Readonly<Record<string, TagState>> {
  return Object.fromEntries(tags.map(({ tag, once }) => [tag, { digest, at, ...(once ? { once } : {}) }]));
}

/** One verdict for all platforms: as weak as the weakest database, as old as the oldest. */
function scanState(scans: NonEmpty<PassedScan>, at: string): ScanState {
  const databases = scans.map(({ report }) => report.database);
  const updatedAt = databases.map((database) => database.updatedAt).toSorted()[0] ?? at;
  const sample = databases.some(({ kind }) => kind === "sample");
  return { verdict: "passed", at, database: sample ? "sample" : "official", databaseUpdatedAt: updatedAt };
}
