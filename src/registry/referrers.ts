import { FactoryError } from "../errors.ts";
import type { NonEmpty } from "../non-empty.ts";
import { sharedLock, withLock } from "../state/lock.ts";
import type { Address } from "./address.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type Digest, digestOf, shortDigest } from "./digest.ts";
import { maxTries, pauseMs, readFallback, writeFallback } from "./fallback-referrers.ts";
import { type Annotations, type Descriptor, imageManifestBytes, parseIndex } from "./manifest.ts";
import { deleteManifest, pullScope, storeManifest } from "./manifests.ts";
import { ociIndexType, ociManifestType } from "./media-types.ts";
import { discard, readAll } from "./response.ts";
import type { Clock } from "./retry.ts";
import { nextUrl, type RegistryRequest, type Session } from "./session.ts";

/** What is kept beside an image in its repository, as an OCI artifact that names the image as its subject. */
export interface Artifact {
  readonly artifactType: string;
  readonly annotations?: Annotations;
  readonly blobs: NonEmpty<{ readonly mediaType: string; readonly bytes: Uint8Array }>;
}

export interface ReferrerOptions {
  /** Those who share the state write one after another. */
  readonly stateDir: string;
  /**
   * Whether earlier artifacts of this type that the factory wrote for the subject are to go, all or those with such
   * annotations; those of others never do.
   */
  readonly replace: boolean | ((annotations: Annotations) => boolean);
}

export interface ReferrersDoor {
  readonly session: Session;
  readonly insecureRegistries: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Stores a blob unless it is there. */
  readonly putBlob: (address: Address, bytes: Uint8Array) => Promise<Digest>;
}

/** In the manifest of every artifact that the factory writes, with its value: so it knows its own from those of others. */
export const writerAnnotation = "localhost.factory.writer";
const writer = "image-factory";

const emptyType = "application/vnd.oci.empty.v1+json";
const empty = canonicalJson({});

const maxPageBytes = 4 * 1024 * 1024;
const maxPages = 1000;

/**
 * Stores an artifact with its subject and makes sure that it is found from there: by the referrers API, or by the
 * subject's fallback tag where the registry has no such API. The same content twice is one entry.
 * @throws FactoryError "locked" when writers on other machines take the entry away again and again, "policy-refused"
 *   when the fallback tag holds no index.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests-with-subject
 */
export async function putReferrer(
  address: Address,
  subject: Descriptor,
  artifact: Artifact,
  { stateDir, replace }: ReferrerOptions,
  door: ReferrersDoor,
): Promise<Descriptor> {
  const blobs = [empty, ...artifact.blobs.map((blob) => blob.bytes)];
  await Promise.all(blobs.map((bytes) => door.putBlob(address, bytes)));
  const bytes = manifestOf(subject, artifact);
  const own: Descriptor = {
    mediaType: ociManifestType,
    digest: digestOf(bytes),
    size: bytes.length,
    artifactType: artifact.artifactType,
    annotations: annotationsOf(artifact),
  };
  await enterReferrer(address, subject.digest, { entry: own, bytes }, { stateDir, replace }, door);
  return own;
}

/** The manifest of an artifact, and how it is listed among the referrers of its subject. */
export interface Referrer {
  readonly entry: Descriptor;
  readonly bytes: Uint8Array;
}

/**
 * Stores the manifest of an artifact whose blobs are there, whoever made it, and makes sure that it is found from its
 * subject.
 * @throws FactoryError as `putReferrer`.
 */
export async function enterReferrer(
  address: Address,
  subject: Digest,
  { entry: own, bytes }: Referrer,
  { stateDir, replace }: ReferrerOptions,
  door: ReferrersDoor,
): Promise<void> {
  const { session, signal } = door;
  const replaces = typeof replace === "boolean" ? () => replace : replace;
  const isSuperseded = (other: Descriptor) =>
    other.digest !== own.digest &&
    other.artifactType === own.artifactType &&
    other.annotations?.[writerAnnotation] === writer &&
    replaces(other.annotations);
  const name = shortDigest(digestOf(`${address.path}@${subject}`));
  const lock = await sharedLock(stateDir, `referrers-${name}`);
  await withLock(lock, signal === undefined ? {} : { signal }, async () => {
    const stored = await storeManifest(session, address, own.digest, own.mediaType, bytes);
    const listed = stored.subject === null ? undefined : await listByApi(address, subject, undefined, door);
    if (listed === undefined) await writeFallback(address, subject, own, isSuperseded, door);
    else await settleApi(address, subject, own, listed.filter(isSuperseded), door);
  });
}

/**
 * The artifacts that name a manifest as their subject, of one type or of all; none when nothing is known of any.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function listReferrers(
  address: Address,
  subject: Digest,
  artifactType: string | undefined,
  door: Omit<ReferrersDoor, "putBlob">,
): Promise<readonly Descriptor[]> {
  const found =
    (await listByApi(address, subject, artifactType, door)) ??
    (await readFallback(address, subject, door))?.entries ??
    [];
  return artifactType === undefined ? found : found.filter((entry) => entry.artifactType === artifactType);
}

function annotationsOf({ annotations }: Artifact): Annotations {
  return { ...annotations, [writerAnnotation]: writer };
}

function manifestOf({ mediaType, digest, size }: Descriptor, artifact: Artifact): Uint8Array {
  return imageManifestBytes({
    artifactType: artifact.artifactType,
    config: { mediaType: emptyType, digest: digestOf(empty), size: empty.length },
    layers: artifact.blobs.map((blob) => ({
      mediaType: blob.mediaType,
      digest: digestOf(blob.bytes),
      size: blob.bytes.length,
    })),
    subject: { mediaType, digest, size },
    annotations: annotationsOf(artifact),
  });
}

/** Undefined where the registry has no referrers API. */
async function listByApi(
  address: Address,
  subject: Digest,
  artifactType: string | undefined,
  { session, insecureRegistries }: Omit<ReferrersDoor, "putBlob">,
): Promise<readonly Descriptor[] | undefined> {
  const entries: Descriptor[] = [];
  const filter = artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(artifactType)}`;
  let resource: string | URL | undefined = `referrers/${subject}${filter}`;
  for (let pages = 0; resource !== undefined && pages < maxPages; pages++) {
    const request: RegistryRequest = {
      address,
      method: "GET",
      resource,
      scopes: [pullScope(address)],
      expected: [200, 404],
      headers: { accept: ociIndexType },
    };
    const next: { readonly page: string | URL | undefined } | undefined = await session.exchange(
      request,
      async (response, url) => {
        // Some registries answer what they do not know with a page for people.
        const mediaType = response.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
        if (response.status === 404 || mediaType !== ociIndexType) {
          await discard(response);
          return undefined;
        }
        const what = `${address.host}: the referrers of ${address.path}@${subject}`;
        const bytes = await readAll(response, maxPageBytes, what);
        entries.push(...parseIndex({ mediaType, bytes }, what).manifests);
        const link = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(response.headers["link"] ?? "")?.[1];
        return { page: link === undefined ? undefined : nextUrl(request, url, link, insecureRegistries) };
      },
    );
    if (next === undefined) return undefined;
    resource = next.page;
  }
  return entries;
}

/** Waits until the registry lists the entry, then removes those that it supersedes and that nothing refers to. */
async function settleApi(
  address: Address,
  subject: Digest,
  own: Descriptor,
  superseded: readonly Descriptor[],
  door: ReferrersDoor,
): Promise<void> {
  for (let tries = 1; !(await isListed(address, subject, own.digest, door)); tries++) {
    if (tries >= maxTries) {
      throw new FactoryError(
        "outcome-unknown",
        `${address.host}: ${address.path}@${subject} does not list ${own.digest}, which it took as a referrer`,
        { hint: "Run the same command again; if this stays, the registry's list of referrers is broken." },
      );
    }
    await door.clock.sleep(pauseMs(tries, door.clock), door.signal);
  }
  for (const { digest } of superseded) {
    if ((await listReferrers(address, digest, undefined, door)).length > 0) continue;
    await deleteManifest(door.session, address, digest);
  }
}

async function isListed(
  address: Address,
  subject: Digest,
  digest: Digest,
  door: ReferrersDoor,
): Promise<boolean> {
  const listed = await listByApi(address, subject, undefined, door);
  return listed?.some((entry) => entry.digest === digest) === true;
}
