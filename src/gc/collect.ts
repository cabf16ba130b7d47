import type { Log } from "../log.ts";
import { stagingRepository } from "../publish/staging.ts";
import { readReceipts } from "../receipt/read.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import type { HeldLease } from "../state/lease.ts";
import { withRepository } from "../state/repository-lock.ts";
import { pullState } from "../state/shared-state.ts";
import { withStagingAlone } from "../state/staging-lock.ts";
import { readState, writeState } from "../state/state-file.ts";
import { type InventoryReader, type ReadManifests, readInventory, readTags } from "./inventory.ts";
import type { Recorded } from "./needs.ts";
import { type GcNote, readNote, writeNote } from "./note.ts";
import type { Place } from "./places.ts";
import { type RetireDoor, type Retired, retiredPublications } from "./retire.ts";
import { retiredLayers } from "./retire-layers.ts";
import { retiredStaging } from "./retire-staging.ts";
import { type Inventory, isAttached, type Sweep, sweep } from "./sweep.ts";
import { versionOf } from "./versions.ts";

export interface CollectDoor extends RetireDoor {
  readonly client: InventoryReader & RegistryClient;
  readonly stateDir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Reads what is needed, anew each time: an image may have been built on another meanwhile. */
  readonly recorded: () => Promise<Recorded>;
  readonly inUse: ReadonlySet<Digest>;
  /** Whether something runs that was named by this tag. */
  readonly tagInUse: (repository: Repository, tag: string) => boolean;
  /** Manifests that no tag leads to, where a registry's files can tell. */
  readonly untagged: (place: Place) => Promise<readonly Digest[]>;
  readonly read: ReadManifests;
}

/** What was found out about one repository. */
export interface Decision {
  readonly place: Place;
  readonly inventory: Inventory;
  readonly sweep: Sweep;
  readonly retired: Retired;
  /** Retired, and needed all the same: by whom. */
  readonly stays: readonly StayingTag[];
  readonly note: GcNote;
  /** Of a repository of publications: bases in its staging repository that only what goes was built on. */
  readonly bases: readonly Digest[];
}

export interface StayingTag {
  readonly tag: string;
  readonly why: string;
}

/** Says what would go of a repository, also of `more` that no tag may lead to; changes nothing. */
export async function decide(
  place: Place,
  recorded: Recorded,
  more: readonly Digest[],
  door: CollectDoor,
): Promise<Decision> {
  const { repository } = place;
  const before = await readNote(door.stateDir, formatRepository(repository));
  const tags = await readTags(repository, door.client);
  const { retired, seen } =
    place.kind === "published"
      ? { retired: await retiredPublications(place, tags, recorded, door), seen: {} }
      : place.kind === "cache"
        ? retiredLayers(tags, before, door)
        : await retiredStaging(place, tags, recorded, before, door);
  const inUse = Object.keys(tags).filter((tag) => door.tagInUse(repository, tag));
  const going = new Map([...retired].filter(([tag]) => !inUse.includes(tag)));
  const loose = [...new Set([...before.loose, ...more, ...(await door.untagged(place))])];
  // What a tag has that stays needs no more proof.
  const named = new Set(
    Object.keys(tags)
      .filter((tag) => !going.has(tag) && !isAttached(tag))
      .flatMap((tag) => tags[tag] ?? []),
  );
  const held = [...going.keys()].flatMap((tag) => tags[tag] ?? []);
  const mayGo = [...new Set([...held, ...loose])].filter((digest) => !named.has(digest));
  const inventory =
    mayGo.length === 0
      ? { tags, manifests: [], absent: [] }
      : await readInventory(repository, tags, mayGo, door.client, door.read);
  const { needs } = recorded;
  const used = new Set(inUse.flatMap((tag) => tags[tag] ?? []));
  const plan = sweep(inventory, {
    retired: new Set(going.keys()),
    candidates: loose,
    needed: needs,
    inUse: { has: (digest) => door.inUse.has(digest) || used.has(digest) },
  });
  const known = new Set(inventory.manifests.map(({ digest }) => digest));
  return {
    place,
    inventory,
    sweep: plan,
    retired: going,
    stays: [...going.keys()]
      .filter((tag) => !plan.tags.includes(tag))
      .map((tag) => ({ tag, why: whyItStays(tags[tag], inventory, needs) })),
    note: {
      seen,
      loose: loose.filter((digest) => known.has(digest) || named.has(digest)),
      ...(place.kind === "cache" ? { cacheOf: place.images[0] } : {}),
    },
    bases: place.kind === "published" ? await basesOf(place, tags, plan, door) : [],
  };
}

function whyItStays(digest: Digest | undefined, { manifests }: Inventory, needs: Recorded["needs"]): string {
  const children = manifests.find((manifest) => manifest.digest === digest)?.children ?? [];
  for (const one of [digest, ...children]) {
    const why = one === undefined ? undefined : needs.get(one);
    if (why !== undefined) return why;
  }
  return "a referrer of somebody else, another index or a tag in use";
}

/** What became of one repository. */
export interface Collected {
  readonly deleted: readonly Digest[];
  /** Tags that are gone. */
  readonly tags: readonly string[];
  /** Tags that the registry does not delete, whose digest stays. */
  readonly left: readonly string[];
  /** Why nothing, or not all of it, was deleted. */
  readonly refused?: string;
}

/**
 * Deletes of a repository what was announced and still is to go, while nobody publishes there or builds with what is
 * staged. What a run that is killed leaves undone is written down first, and done by the next one.
 */
export async function collect(announced: Decision, door: CollectDoor): Promise<Collected> {
  const { place } = announced;
  if (place.kind === "published")
    return withRepository(place.repository, door, (check) => collectLocked(announced, check, door));
  const alone = (check: HeldLease["check"]) => collectLocked(announced, check, door);
  // Builds hold it too while they use the caches of their layers.
  const done = await withStagingAlone(stagingRepository(place.published), door, alone);
  return done ?? { deleted: [], tags: [], left: [], refused: "a build uses it: nothing was deleted" };
}

async function collectLocked(
  announced: Decision,
  check: HeldLease["check"],
  door: CollectDoor,
): Promise<Collected> {
  const { place } = announced;
  const name = formatRepository(place.repository);
  await pullState(door.stateDir);
  const recorded = await door.recorded();
  const now = await decide(place, recorded, [], door);
  const stillGoing = new Set(now.sweep.manifests);
  const announcedTags = new Set(announced.sweep.tags);
  const manifests = announced.sweep.manifests.filter((digest) => stillGoing.has(digest));
  const tags = now.sweep.tags.filter(
    (tag) => announcedTags.has(tag) && now.inventory.tags[tag] === announced.inventory.tags[tag],
  );
  await handOnBases(now, door);
  await writeNote(door.stateDir, name, {
    ...now.note,
    loose: [...new Set([...now.note.loose, ...manifests])],
  });
  const done: Done = { deleted: [], tags: [] };
  try {
    return { ...done, ...(await remove(now, manifests, tags, done, check, door)) };
  } finally {
    // Also what is gone of a run that fails on the way, but for one whose Lease is lost: others write there by now.
    check();
    await forgetTags(place, done.tags, now.inventory.tags, door);
    const gone = new Set(done.deleted);
    // Nothing of ours leads there any more: it goes when the last tag of others does.
    const untagged = done.tags.flatMap((tag) => now.inventory.tags[tag] ?? []);
    await writeNote(door.stateDir, name, {
      ...now.note,
      seen: Object.fromEntries(Object.entries(now.note.seen).filter(([tag]) => !done.tags.includes(tag))),
      loose: [...new Set([...now.note.loose, ...manifests, ...untagged])].filter(
        (digest) => !gone.has(digest),
      ),
    });
  }
}

/** What is gone so far. */
interface Done {
  readonly deleted: Digest[];
  readonly tags: string[];
}

/** What publications that go were built on, and none that stays: no tag leads to it in the staging repository. */
async function basesOf(
  { repository }: Place,
  tags: Inventory["tags"],
  { manifests }: Sweep,
  { client }: CollectDoor,
): Promise<readonly Digest[]> {
  const going = new Set(manifests);
  const versions = new Set(
    Object.entries(tags).flatMap(([tag, digest]) => versionOf(tag, digest)?.digest ?? []),
  );
  if (![...versions].some((digest) => going.has(digest))) return [];
  const builtOn = async (digest: Digest): Promise<readonly Digest[]> =>
    (await readReceipts(repository, digest, client))
      .flatMap(({ platforms }) => Object.values(platforms))
      .flatMap(({ inputs }) => Object.values(inputs.bases));
  const bases = await Promise.all(
    [...versions].map(async (digest) => ({ goes: going.has(digest), bases: await builtOn(digest) })),
  );
  const stay = new Set(bases.filter(({ goes }) => !goes).flatMap((version) => version.bases));
  const gone = new Set(bases.filter(({ goes }) => goes).flatMap((version) => version.bases));
  return [...gone].filter((digest) => !stay.has(digest));
}

async function handOnBases(
  { place: { repository }, bases }: Decision,
  { stateDir }: CollectDoor,
): Promise<void> {
  if (bases.length === 0) return;
  const staging = formatRepository(stagingRepository(repository));
  const note = await readNote(stateDir, staging);
  await writeNote(stateDir, staging, { ...note, loose: [...new Set([...note.loose, ...bases])] });
}

async function remove(
  { place: { repository }, inventory, sweep: { manifests: going } }: Decision,
  manifests: readonly Digest[],
  tags: readonly string[],
  { deleted, tags: gone }: Done,
  check: HeldLease["check"],
  { client, signal }: CollectDoor,
): Promise<Pick<Collected, "left" | "refused">> {
  const mayGoOn = () => {
    signal.throwIfAborted();
    check();
  };
  let deletesTags = true;
  for (const tag of tags) {
    mayGoOn();
    if (!deletesTags) break;
    if ((await client.deleteTag(repository, tag)) === "unsupported") deletesTags = false;
    else gone.push(tag);
  }
  const tagsOf = (digest: Digest) =>
    Object.keys(inventory.tags).filter((tag) => inventory.tags[tag] === digest);
  for (const digest of manifests) {
    mayGoOn();
    // All tags of what goes were to go too; one that came or stayed would be taken away with it.
    if (tagsOf(digest).some((tag) => !tags.includes(tag))) continue;
    if ((await client.deleteManifest(repository, digest)) === "unsupported") {
      return { left: [], refused: "the registry deletes no manifests" };
    }
    deleted.push(digest);
    gone.push(...tagsOf(digest).filter((tag) => !gone.includes(tag)));
  }
  const left = tags.filter((tag) => !gone.includes(tag) && !going.includes(inventory.tags[tag] as Digest));
  return { left };
}

/** A tag that is gone is no longer where the factory left it. */
async function forgetTags(
  { kind, images, repository }: Place,
  gone: readonly string[],
  held: Inventory["tags"],
  { stateDir }: CollectDoor,
): Promise<void> {
  if (kind !== "published") return;
  for (const image of images) {
    const state = await readState(stateDir, image);
    if (state?.repository !== formatRepository(repository)) continue;
    const tags = Object.entries(state.tags).filter(
      ([tag, { digest }]) => !(gone.includes(tag) && held[tag] === digest),
    );
    if (tags.length === Object.keys(state.tags).length) continue;
    await writeState(stateDir, image, { ...state, tags: Object.fromEntries(tags) });
  }
}
