import { pipeline, type Readable, Transform } from "node:stream";
import { FactoryError } from "../errors.ts";
import type { Address } from "./address.ts";
import { hasBlob, streamBlob } from "./blobs.ts";
import type { Digest } from "./digest.ts";
import { beforeSending } from "./doubt.ts";
import { type Descriptor, type ManifestDocument, parseImageManifest, parseIndex } from "./manifest.ts";
import { getManifest, headManifest, putManifest } from "./manifests.ts";
import { isIndexType } from "./media-types.ts";
import { nameOf, type Pull } from "./pulls.ts";
import type { Repository } from "./reference.ts";
import { mount, type UploadOptions, upload } from "./uploads.ts";

export interface CopyOptions extends UploadOptions {
  readonly pull: Pull;
  readonly addressOf: (repository: Repository) => Address;
  /** Runs transfers to one host a few at a time. */
  readonly queued: <T>(to: Address, work: () => Promise<T>) => Promise<T>;
  /** Looks for what a digest names until it is there, or surely is not. */
  readonly known: <T>(look: () => Promise<T | undefined>) => Promise<T | undefined>;
}

/** Copies content by digest, byte for byte; what is there already is not sent again. */
export interface Copies {
  readonly image: (from: Repository, digest: Digest, to: Repository) => Promise<Descriptor>;
  readonly blob: (
    from: Repository,
    blob: Pick<Descriptor, "digest" | "size">,
    to: Repository,
  ) => Promise<BlobCopy>;
}

export type BlobCopy = "present" | "mounted" | "sent";

export function createCopies(options: CopyOptions): Copies {
  const { session, pull, addressOf, known } = options;
  const copies = new Map<string, Promise<BlobCopy>>();

  /**
   * Two platforms share layers: each is asked for once. Asked for again, docker-registry writes its note of the blob
   * anew, and who pushes a manifest meanwhile is told that the blob is unknown.
   */
  const blob: Copies["blob"] = (from, descriptor, to) => {
    const key = `${to.registry}/${to.path}@${descriptor.digest}`;
    const begun = copies.get(key);
    if (begun !== undefined) return begun;
    const copying = options.queued(addressOf(to), () => copyBlob(from, descriptor, to, options));
    copies.set(key, copying);
    copying.then(
      () => copies.set(key, Promise.resolve("present")),
      () => copies.delete(key),
    );
    return copying;
  };

  const image: Copies["image"] = async (from, digest, to) => {
    const present = await beforeSending(() => headManifest(session, addressOf(to), digest));
    if (present !== undefined) return present;
    const document = await known(() =>
      pull(from, digest, (address) => getManifest(session, address, digest)),
    );
    if (document === undefined) throw missing(addressOf(from), "manifests", digest);
    await copyContent(document, from, to);
    await putManifest(session, addressOf(to), digest, document.mediaType, document.bytes);
    return { mediaType: document.mediaType, digest, size: document.bytes.length };
  };

  const copyContent = async (document: ManifestDocument, from: Repository, to: Repository): Promise<void> => {
    const name = nameOf(from, document.digest);
    if (isIndexType(document.mediaType)) {
      const { manifests } = parseIndex(document, name);
      await allDone(manifests.map((child) => image(from, child.digest, to)));
    } else {
      const { config, layers } = parseImageManifest(document, name);
      const distinct = new Map([config, ...layers].map((descriptor) => [descriptor.digest, descriptor]));
      await allDone([...distinct.values()].map((descriptor) => blob(from, descriptor, to)));
    }
  };

  return { image, blob };
}

async function copyBlob(
  from: Repository,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  to: Repository,
  options: CopyOptions,
): Promise<BlobCopy> {
  const { session, pull, addressOf, known } = options;
  const target = addressOf(to);
  const origin = addressOf(from);
  const open = async (start: number) => {
    const stream = await known(() => pull(from, digest, (address) => streamBlob(session, address, digest)));
    if (stream === undefined) throw missing(origin, "blobs", digest);
    return start === 0 ? stream : without(stream, start);
  };
  if (origin.host === target.host) {
    return origin.path === target.path ? "present" : mount({ digest, size, open }, origin, target, options);
  }
  if (await beforeSending(() => hasBlob(session, target, digest))) return "present";
  await upload({ digest, size, open }, target, options);
  return "sent";
}

/** What comes after the first bytes: those are read too, for the digest is that of the whole. */
function without(stream: Readable, first: number): Readable {
  let left = first;
  const rest = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const skipped = Math.min(left, chunk.length);
      left -= skipped;
      done(undefined, chunk.subarray(skipped));
    },
  });
  return pipeline(stream, rest, () => undefined);
}

/** Waits for all, also when one fails, so that nothing goes on behind the error. */
async function allDone(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** What was to be copied is gone. */
export function missing({ host, path }: Address, kind: "manifests" | "blobs", digest: Digest): FactoryError {
  return new FactoryError("base-missing", `${host}: GET /v2/${path}/${kind}/${digest} finds nothing`, {
    hint: "It may have been deleted there since it was looked up; run again to resolve it anew.",
  });
}
