import PQueue from "p-queue";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import type { Annotations } from "../registry/manifest.ts";
import type { Repository } from "../registry/reference.ts";
import { writerAnnotation } from "../registry/referrers.ts";
import type { Content } from "./content.ts";
import { createShelf } from "./shelf.ts";

export interface CopyDoor {
  readonly client: RegistryClient;
  readonly stateDir: string;
  readonly workDir: string;
}

/** What a target did not have. */
export interface Copied {
  readonly blobs: number;
  /** Of these blobs. */
  readonly bytes: number;
}

type Blob = Content["blobs"][number];

/** Blobs that one target is given at one time, and lists of referrers. */
const transfers = 4;

/**
 * What of an image's blobs each repository lacks.
 * @returns for each, in its place, the blobs, or why that could not be told.
 */
export function lookForBlobs(
  { blobs }: Pick<Content, "blobs">,
  targets: readonly Repository[],
  client: Pick<RegistryClient, "hasBlob">,
): Promise<readonly PromiseSettledResult<readonly Blob[]>[]> {
  const lackingIn = async (to: Repository) => {
    const there = await Promise.all(blobs.map(({ digest }) => client.hasBlob(to, digest)));
    return blobs.filter((_, at) => !there[at]);
  };
  return Promise.allSettled(targets.map(lackingIn));
}

/**
 * Copies an image with all that belongs to it, byte for byte, to repositories that do not wait for one another. What a
 * repository has stays; what another one of its registry has is shared; a blob that goes to several registries is read
 * once. No tag is set.
 * @returns for each target, in its place, what it lacked, or why it was not wholly given.
 */
export async function copyContent(
  content: Content,
  from: Repository,
  targets: readonly Repository[],
  door: CopyDoor,
): Promise<readonly PromiseSettledResult<Copied>[]> {
  const { client } = door;
  const looked = await lookForBlobs(content, targets, client);
  const hostOf = (repository: Repository) => client.addressOf(repository).host;
  const lacks = (at: number, { digest }: Blob) => {
    const found = looked[at];
    return found?.status !== "fulfilled" || found.value.some((blob) => blob.digest === digest);
  };
  /** Registries that have to be sent a blob: none of the targets in them has it, nor has the source. */
  const hostsWithout = (blob: Blob) => {
    const hosts = new Set(targets.map(hostOf));
    hosts.delete(hostOf(from));
    for (const [at, target] of targets.entries()) if (!lacks(at, blob)) hosts.delete(hostOf(target));
    return hosts;
  };
  const shelf = await createShelf(from, door);
  /** Who in a registry gets a blob first, for the others there to share. */
  const first = new Map<string, { readonly to: Repository; readonly done: Promise<boolean> }>();

  const give = async (to: Repository, blob: Blob): Promise<void> => {
    const host = hostOf(to);
    if (host === hostOf(from)) return void (await client.mountBlob(from, to, blob));
    const holder = targets.find((target, at) => hostOf(target) === host && !lacks(at, blob));
    if (holder !== undefined) return void (await client.mountBlob(holder, to, blob));
    const key = `${host} ${blob.digest}`;
    const begun = first.get(key);
    if (begun !== undefined && (await begun.done)) return void (await client.mountBlob(begun.to, to, blob));
    const sent = send(to, blob, hostsWithout(blob).size);
    const done = sent.then(
      () => true,
      () => false,
    );
    first.set(key, { to, done });
    await sent;
  };
  const send = async (to: Repository, blob: Blob, hosts: number): Promise<void> => {
    if (hosts === 1) await client.mountBlob(from, to, blob);
    else await shelf.lend(blob, hosts, (file) => client.putBlob(to, { ...blob, file }));
  };

  const fill = async (to: Repository, at: number): Promise<Copied> => {
    const found = looked[at];
    if (found?.status !== "fulfilled") throw found?.reason;
    const missing = found.value;
    await allOf(missing, (blob) => give(to, blob));
    for (const { mediaType, digest, bytes } of content.manifests) {
      if (!(await client.hasManifest(to, digest))) await client.putManifest(to, digest, mediaType, bytes);
    }
    const subjects = new Set(content.referrers.map(({ subject }) => subject));
    await allOf([...subjects], (subject) => enterAll(subject, to));
    return { blobs: missing.length, bytes: missing.reduce((sum, { size }) => sum + size, 0) };
  };
  /** One after another: those of one subject may stand in one list. */
  const enterAll = async (subject: Digest, to: Repository): Promise<void> => {
    const listed = await client.listReferrers(to, subject);
    for (const { entry, bytes } of content.referrers.filter((referrer) => referrer.subject === subject)) {
      if (listed.some(({ digest }) => digest === entry.digest)) continue;
      const options = { stateDir: door.stateDir, replace: replaces(entry.annotations) };
      await client.enterReferrer(to, subject, { entry, bytes }, options);
    }
  };
  try {
    return await Promise.allSettled(targets.map(fill));
  } finally {
    await shelf.dispose();
  }
}

/** Runs work for each a few at a time; after a failure none is begun any more, and what was begun is waited for. */
async function allOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = new PQueue({ concurrency: transfers });
  let failed = false;
  const results = await Promise.allSettled(
    items.map((item) =>
      queue.add(async () => {
        if (failed) return;
        await work(item).catch((error: unknown) => {
          failed = true;
          throw error;
        });
      }),
    ),
  );
  const broken = results.find((result) => result.status === "rejected");
  if (broken !== undefined) throw broken.reason;
}

/** What the factory writes anew in the place of an earlier one has the same annotations; what others wrote stays. */
function replaces(annotations: Annotations | undefined): (other: Annotations) => boolean {
  if (annotations?.[writerAnnotation] === undefined) return () => false;
  const names = Object.keys(annotations);
  return (other) =>
    Object.keys(other).length === names.length && names.every((name) => other[name] === annotations[name]);
}
