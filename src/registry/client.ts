import type { Readable } from "node:stream";
import PQueue from "p-queue";
import type { Log } from "../log.ts";
import { type Address, addressOf as addressFor } from "./address.ts";
import { getBlob, hasBlob, lookAtBlob, streamBlob } from "./blobs.ts";
import { type BlobCopy, createCopies } from "./copy.ts";
import type { CredentialStore } from "./credentials.ts";
import { type Digest, digestOf, isDigest } from "./digest.ts";
import { beforeSending, lookAgain } from "./doubt.ts";
import type { Descriptor, ManifestDocument } from "./manifest.ts";
import {
  deleteManifest,
  getManifest,
  headManifest,
  lookUpManifest,
  type ManifestSighting,
  putManifest,
} from "./manifests.ts";
import type { Environment } from "./proxy.ts";
import { createPull } from "./pulls.ts";
import type { Repository } from "./reference.ts";
import {
  type Artifact,
  enterReferrer,
  listReferrers,
  putReferrer,
  type Referrer,
  type ReferrerOptions,
} from "./referrers.ts";
import { readRegistriesConf } from "./registries-conf.ts";
import { type Clock, type RetryLimits, systemClock } from "./retry.ts";
import { createSession } from "./session.ts";
import { listTags } from "./tags.ts";
import { createTransport, type Transport, type TransportOptions } from "./transport.ts";
import { type BlobSource, checkPush, fileSource, upload } from "./uploads.ts";

/**
 * Speaks to registries by the names that images.yaml and Dockerfiles have. Reading goes by the mirrors of
 * registries.conf, writing to the registry itself. A look-up that returns undefined (or false, or "absent") was
 * answered 404; every other failure is thrown as FactoryError with host, request and remedy:
 * "registry-unavailable", "registry-answer-invalid", "credentials-invalid", "settings-invalid", "interrupted".
 */
export interface RegistryClient {
  /** Digest, size and media type of what a tag or digest names, without its bytes. */
  readonly headManifest: (repository: Repository, tagOrDigest: string) => Promise<Descriptor | undefined>;
  /** The digest alone; asks whether it is another than `before`, where the registry can answer that. */
  readonly lookUp: (
    repository: Repository,
    tagOrDigest: string,
    before?: ManifestSighting,
  ) => Promise<ManifestSighting | undefined>;
  /** The exact bytes, checked against the digest asked for and the one announced. */
  readonly getManifest: (
    repository: Repository,
    tagOrDigest: string,
  ) => Promise<ManifestDocument | undefined>;
  /** @throws FactoryError also "outcome-unknown", when the reply was lost and could not be read back. */
  readonly putManifest: (
    repository: Repository,
    tagOrDigest: string,
    mediaType: string,
    bytes: Uint8Array,
  ) => Promise<Digest>;
  /** Of the registry itself, past its mirrors. */
  readonly hasManifest: (repository: Repository, digest: Digest) => Promise<boolean>;
  readonly hasBlob: (repository: Repository, digest: Digest) => Promise<boolean>;
  /** Whether it is there, and its bytes where the registry tells them. */
  readonly lookAtBlob: (
    repository: Repository,
    digest: Digest,
  ) => Promise<{ readonly size: number | undefined } | undefined>;
  /** The bytes of a blob of at most `maxBytes`, checked against its digest. */
  readonly getBlob: (
    repository: Repository,
    digest: Digest,
    limit: { readonly maxBytes: number },
  ) => Promise<Uint8Array | undefined>;
  /** The bytes as they come; the stream fails at its end when they are not those of the digest. */
  readonly streamBlob: (repository: Repository, digest: Digest) => Promise<Readable | undefined>;
  /** Sends a blob unless it is there; a file has to have the digest and size that are given. */
  readonly putBlob: (repository: Repository, content: Uint8Array | BlobFile) => Promise<Digest>;
  /** Makes a blob of one repository one of another: shared within a registry, else sent from one to the other. */
  readonly mountBlob: (
    from: Repository,
    to: Repository,
    blob: Pick<Descriptor, "digest" | "size">,
  ) => Promise<BlobCopy>;
  /** Copies an image, or an index with all its images, byte for byte, with every blob once. @throws also "base-missing". */
  readonly copyImage: (from: Repository, digest: Digest, to: Repository) => Promise<Descriptor>;
  /** Stores what belongs to an image beside it, found from the image's digest; @throws FactoryError also as `putReferrer`. */
  readonly putReferrer: (
    repository: Repository,
    subject: Descriptor,
    artifact: Artifact,
    options: ReferrerOptions,
  ) => Promise<Descriptor>;
  /** Stores a referrer whose blobs are there, byte for byte, beside its subject; @throws FactoryError as `putReferrer`. */
  readonly enterReferrer: (
    repository: Repository,
    subject: Digest,
    referrer: Referrer,
    options: ReferrerOptions,
  ) => Promise<void>;
  /** What names this digest as its subject, of one artifact type or of all, whoever wrote it. */
  readonly listReferrers: (
    repository: Repository,
    subject: Digest,
    artifactType?: string,
  ) => Promise<readonly Descriptor[]>;
  /** Every tag, sorted; none for a repository that the registry does not know. */
  readonly listTags: (repository: Repository) => Promise<readonly string[]>;
  readonly deleteTag: (repository: Repository, tag: string) => Promise<Deletion>;
  /** Removes a manifest and every tag that names it. */
  readonly deleteManifest: (repository: Repository, digest: Digest) => Promise<Deletion>;
  /** Proves the right to push by beginning an upload, which it cancels. @throws "credentials-invalid" without it. */
  readonly checkPush: (repository: Repository) => Promise<void>;
  /** Host and path for the command lines of buildah and Trivy. @throws "settings-invalid" as `AddressOptions` has it. */
  readonly addressOf: (repository: Repository) => Address;
}

type Deletion = "deleted" | "absent" | "unsupported";

interface BlobFile {
  readonly file: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface RegistryClientOptions {
  /** `host:port[/prefix]` behind the name factory.localhost. @default none, and that name is an error */
  readonly embedded?: string | undefined;
  /** Hosts that are spoken to without TLS; loopback is anyway. @default none */
  readonly insecureRegistries?: readonly string[];
  readonly credentials: CredentialStore;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
  /** Whether mirrors of registries.conf are read; what decides over deletes asks the registry itself. @default true */
  readonly mirrors?: boolean;
  /** Where proxies, certificates and registries.conf are named. @default process.env */
  readonly env?: Environment;
  /** @default HTTP over keep-alive connections */
  readonly transport?: Transport;
  /** @default the machine's */
  readonly clock?: Clock;
  /** @default 5 attempts within 2 minutes */
  readonly limits?: RetryLimits;
  /** @default 10 s to connect, 60 s without a byte, 5 min for a PUT */
  readonly timeouts?: Partial<Omit<TransportOptions, "env">>;
  /** Requests without a body that one host gets at one time. @default 8 */
  readonly requestsPerHost?: number;
}

/** Blobs on their way to one host at one time: more do not go faster on one line. */
const transfers = 4;

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { embedded, insecureRegistries = [], credentials, log, signal, env = process.env } = options;
  const timeouts = { connectMs: 10_000, idleMs: 60_000, storeMs: 300_000, ...options.timeouts };
  const clock = options.clock ?? systemClock;
  const session = createSession({
    transport: options.transport ?? createTransport({ env, ...timeouts }),
    credentials,
    insecureRegistries,
    requestsPerHost: options.requestsPerHost ?? 8,
    clock,
    limits: options.limits ?? { attempts: 5, deadlineMs: 120_000 },
    signal,
  });
  let tables: ReturnType<typeof readRegistriesConf> | undefined;
  const pull = createPull({
    embedded,
    insecureRegistries,
    log,
    tables: () => {
      tables ??= options.mirrors === false ? Promise.resolve([]) : readRegistriesConf(env);
      return tables;
    },
  });
  const queues = new Map<string, PQueue>();
  const queued = <T>({ host }: Address, work: () => Promise<T>): Promise<T> => {
    const queue = queues.get(host) ?? new PQueue({ concurrency: transfers });
    queues.set(host, queue);
    return queue.add(work);
  };
  const addressOf = (repository: Repository) => addressFor(repository, { embedded, insecureRegistries });
  const putBlob = async (address: Address, source: BlobSource): Promise<Digest> => {
    if (await beforeSending(() => hasBlob(session, address, source.digest))) return source.digest;
    await queued(address, () => upload(source, address, { session, insecureRegistries }));
    return source.digest;
  };
  const referrersDoor = {
    session,
    insecureRegistries,
    clock,
    signal,
    putBlob: (address: Address, bytes: Uint8Array) => putBlob(address, sourceOf(bytes)),
  };
  // Who has a digest has read it somewhere: that it is not there is believed at the third time.
  const known = <T>(look: () => Promise<T | undefined>) => lookAgain(look, { sleep: clock.sleep, signal });
  const copies = createCopies({ session, insecureRegistries, pull, addressOf, queued, known });

  return {
    headManifest: (repository, tagOrDigest) =>
      pull(repository, tagOrDigest, (address) => headManifest(session, address, tagOrDigest)),
    lookUp: (repository, tagOrDigest, before) =>
      pull(repository, tagOrDigest, (address) => lookUpManifest(session, address, tagOrDigest, before)),
    getManifest: (repository, tagOrDigest) => {
      const look = () =>
        pull(repository, tagOrDigest, (address) => getManifest(session, address, tagOrDigest));
      return isDigest(tagOrDigest) ? known(look) : look();
    },
    putManifest: async (repository, tagOrDigest, mediaType, bytes) =>
      putManifest(session, addressOf(repository), tagOrDigest, mediaType, bytes),
    hasManifest: async (repository, digest) =>
      (await headManifest(session, addressOf(repository), digest)) !== undefined,
    hasBlob: async (repository, digest) => hasBlob(session, addressOf(repository), digest),
    lookAtBlob: (repository, digest) => known(() => lookAtBlob(session, addressOf(repository), digest)),
    getBlob: (repository, digest, { maxBytes }) =>
      known(() => pull(repository, digest, (address) => getBlob(session, address, digest, maxBytes))),
    streamBlob: (repository, digest) =>
      known(() => pull(repository, digest, (address) => streamBlob(session, address, digest))),
    putBlob: async (repository, content) => putBlob(addressOf(repository), sourceOf(content)),
    mountBlob: async (from, to, blob) => copies.blob(from, blob, to),
    copyImage: (from, digest, to) => copies.image(from, digest, to),
    putReferrer: async (repository, subject, artifact, referrerOptions) =>
      putReferrer(addressOf(repository), subject, artifact, referrerOptions, referrersDoor),
    enterReferrer: async (repository, subject, referrer, referrerOptions) =>
      enterReferrer(addressOf(repository), subject, referrer, referrerOptions, referrersDoor),
    listReferrers: async (repository, subject, artifactType) =>
      listReferrers(addressOf(repository), subject, artifactType, referrersDoor),
    listTags: async (repository) => listTags(session, addressOf(repository)),
    deleteTag: async (repository, tag) => deleteManifest(session, addressOf(repository), tag),
    deleteManifest: async (repository, digest) => deleteManifest(session, addressOf(repository), digest),
    checkPush: async (repository) => checkPush(addressOf(repository), { session, insecureRegistries }),
    addressOf,
  };
}

function sourceOf(content: Uint8Array | BlobFile): BlobSource {
  if ("file" in content) return fileSource(content.file, content.digest, content.size);
  return { digest: digestOf(content), size: content.length, open: (start) => content.subarray(start) };
}
