import { FactoryError } from "../errors.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { type ManifestDocument, parseImageManifest, parseIndex } from "../registry/manifest.ts";
import { isIndexType } from "../registry/media-types.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import { writerAnnotation } from "../registry/referrers.ts";
import { fallbackSubject, type Inventory, type StoredManifest } from "./sweep.ts";

export type InventoryReader = Pick<
  RegistryClient,
  "listTags" | "headManifest" | "getManifest" | "listReferrers"
>;

/** What was read of manifests, which never change, by repository and digest. */
export type ReadManifests = Map<string, StoredManifest>;

/** What each tag holds; one that is listed and not there holds nothing. */
export async function readTags(
  repository: Repository,
  client: InventoryReader,
): Promise<Readonly<Record<string, Digest>>> {
  const tags = await client.listTags(repository);
  const held = await Promise.all(
    tags.map(async (tag) => [tag, (await client.headManifest(repository, tag))?.digest] as const),
  );
  return Object.fromEntries(held.flatMap(([tag, digest]) => (digest === undefined ? [] : [[tag, digest]])));
}

/**
 * Everything that the tags and the candidates lead to, and who refers to what may go.
 * @throws FactoryError whatever a look-up fails with: half an inventory would call needed what is not.
 */
export async function readInventory(
  repository: Repository,
  tags: Readonly<Record<string, Digest>>,
  mayGo: readonly Digest[],
  client: InventoryReader,
  read: ReadManifests,
): Promise<Inventory> {
  const found = new Map<Digest, StoredManifest>();
  const absent = new Set<Digest>();
  const asked = new Map<Digest, Promise<void>>();
  const visit = (digest: Digest): Promise<void> => {
    const begun = asked.get(digest) ?? look(digest);
    asked.set(digest, begun);
    return begun;
  };
  const look = async (digest: Digest): Promise<void> => {
    const key = `${formatRepository(repository)}@${digest}`;
    const document = read.has(key) ? undefined : await client.getManifest(repository, digest);
    const manifest = read.get(key) ?? (document === undefined ? undefined : factsOf(document, repository));
    if (manifest === undefined) {
      absent.add(digest);
      return;
    }
    read.set(key, manifest);
    found.set(digest, manifest);
    await Promise.all(manifest.children.map(visit));
  };
  const subjects = Object.keys(tags).flatMap((tag) => fallbackSubject(tag) ?? []);
  await Promise.all([...Object.values(tags), ...mayGo, ...subjects].map(visit));

  const withReferrers = new Set<Digest>();
  const visitReferrers = async (digest: Digest): Promise<void> => {
    const manifest = found.get(digest);
    if (manifest === undefined || withReferrers.has(digest)) return;
    withReferrers.add(digest);
    const referrers = (await client.listReferrers(repository, digest)).map((entry) => entry.digest);
    await Promise.all(referrers.map(visit));
    await Promise.all([...manifest.children, ...referrers].map(visitReferrers));
  };
  await Promise.all(mayGo.map(visitReferrers));
  return {
    tags,
    manifests: [...found.values()],
    absent: subjects.filter((subject) => absent.has(subject)),
  };
}

function factsOf(document: ManifestDocument, repository: Repository): StoredManifest {
  const { digest, bytes, mediaType } = document;
  const plain = { digest, size: bytes.length, children: [], blobs: [], own: false, mentions: [] };
  const name = formatReference({ ...repository, digest });
  try {
    if (isIndexType(mediaType)) {
      const { manifests, subject } = parseIndex(document, name);
      return { ...plain, children: manifests.map((child) => child.digest), ...subjectOf(subject) };
    }
    const { config, layers, subject, annotations } = parseImageManifest(document, name);
    const own = subject !== undefined && annotations?.[writerAnnotation] !== undefined;
    const blobs = [config, ...layers].map(({ digest, size }) => ({ digest, size }));
    return { ...plain, blobs, own, ...subjectOf(subject) };
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    // Of a kind that the factory does not read: whatever it could mean stays.
    const mentions = new TextDecoder().decode(bytes).match(/sha256:[0-9a-f]{64}/g) ?? [];
    return { ...plain, mentions: mentions as Digest[] };
  }
}

function subjectOf(subject: { readonly digest: Digest } | undefined): { readonly subject?: Digest } {
  return subject === undefined ? {} : { subject: subject.digest };
}
