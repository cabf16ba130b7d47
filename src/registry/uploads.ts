import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { FactoryError } from "../errors.ts";
import type { Address } from "./address.ts";
import { hasBlob } from "./blobs.ts";
import type { Digest } from "./digest.ts";
import { pullScope, pushScope } from "./manifests.ts";
import { discard } from "./response.ts";
import type { Attempt, Outcome } from "./retry.ts";
import { failureOf, nextUrl, type RegistryRequest, type Session } from "./session.ts";
import type { HttpResponse } from "./transport.ts";

/** Bytes that a registry is to hold; `open` is called for each sending, and gives those from the byte `start` on. */
export interface BlobSource {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly open: (start: number) => Uint8Array | Readable | Promise<Readable>;
}

export interface UploadOptions {
  readonly session: Session;
  readonly insecureRegistries: readonly string[];
}

export function fileSource(file: string, digest: Digest, size: number): BlobSource {
  return { digest, size, open: (start) => createReadStream(file, { start }) };
}

/**
 * Sends a blob. An upload whose outcome stays open is settled by looking whether the blob is there; one that broke goes
 * on from where the registry says that it got to. One that is given up is cancelled, so that the registry keeps no part
 * of it (docker-registry 2.8 does all the same, until its own purge, when bytes had come, and goes on with none).
 * @throws FactoryError "registry-answer-invalid" when the bytes are not those of the digest, else as every request.
 */
export async function upload(source: BlobSource, to: Address, options: UploadOptions): Promise<void> {
  await sendBlob(source, to, options, () => begin(to, options));
}

/**
 * Asks the registry to share a blob of another of its repositories, and sends it where the registry does not.
 * @throws FactoryError as `upload`.
 */
export async function mount(
  source: BlobSource,
  from: Address,
  to: Address,
  options: UploadOptions,
): Promise<"mounted" | "sent"> {
  const request = uploadRequest(to, `?mount=${source.digest}&from=${encodeURIComponent(from.path)}`);
  const asking: RegistryRequest = {
    ...request,
    scopes: [pushScope(to), pullScope(from)],
    expected: [201, 202],
  };
  let location: URL | undefined;
  try {
    location = await options.session.exchange(asking, async (response, url) => {
      await discard(response);
      return response.status === 201 ? undefined : locationOf(asking, response, url, options);
    });
  } catch (error) {
    if (!mayStillTake(error)) throw error;
    await upload(source, to, options);
    return "sent";
  }
  if (location === undefined) return "mounted";
  let opened: URL | undefined = location;
  await sendBlob(source, to, options, async () => {
    if (opened === undefined) return begin(to, options);
    const done = opened;
    opened = undefined;
    return { done };
  });
  return "sent";
}

/** Whether a registry that cannot share a blob may take it as an upload; one that is silent has been waited for enough. */
function mayStillTake(error: unknown): boolean {
  if (!(error instanceof FactoryError)) return false;
  const isSilent = (error.cause as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT";
  return (
    !isSilent &&
    ["registry-unavailable", "registry-answer-invalid", "credentials-invalid"].includes(error.code)
  );
}

/**
 * Proves that a push would be allowed: begins an upload and cancels it.
 * @throws FactoryError "credentials-invalid" where it would not be.
 */
export async function checkPush(to: Address, options: UploadOptions): Promise<void> {
  const request = uploadRequest(to);
  const location = await options.session.exchange(request, async (response, url) => {
    await discard(response);
    return locationOf(request, response, url, options);
  });
  await cancel(location, to, options);
}

/** An upload that a registry holds open, and how many bytes of the blob it has. */
interface OpenUpload {
  readonly location: URL;
  readonly start: number;
}

async function sendBlob(
  source: BlobSource,
  to: Address,
  options: UploadOptions,
  open: () => Promise<Attempt<URL>>,
): Promise<void> {
  const { session } = options;
  let request = uploadRequest(to);
  /** What an attempt that broke has left. */
  let left: OpenUpload | undefined;
  const attempt = async (): Promise<Attempt<true>> => {
    const begun = left === undefined ? await open() : { done: left.location };
    if (!("done" in begun)) return begun;
    const upload = left ?? { location: begun.done, start: 0 };
    left = undefined;
    request = putRequest(upload, source, to);
    const sent = await sendOnce(request, session).catch(async (error: unknown) => {
      await cancel(upload.location, to, options);
      throw error;
    });
    if ("done" in sent) return sent;
    if (isBroken(sent.outcome)) left = await progressOf(upload.location, source, to, options);
    if (left === undefined) await cancel(upload.location, to, options);
    // What had come of it may be spoilt: then it is for the whole to be sent.
    const isRefused = upload.start > 0 && !isBroken(sent.outcome);
    return isRefused ? attempt() : sent;
  };
  const settle = async () => (await hasBlob(session, to, source.digest)) || undefined;
  const result = await session.persist(attempt, settle);
  if (left !== undefined) await cancel(left.location, to, options);
  if (!("done" in result)) throw failureOf(request, result);
}

/** Bytes that were spoilt on their way here are an outcome too: read again, they may be right. */
async function sendOnce(request: RegistryRequest, session: Session): Promise<Attempt<true>> {
  try {
    return await session.attempt<true>(request, async (response) => {
      await discard(response);
      return true;
    });
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== "registry-answer-invalid") throw error;
    return { outcome: { kind: "unfit", error } };
  }
}

/** Whether the registry has not judged what it was sent, so that it may go on with it. */
function isBroken(outcome: Outcome): boolean {
  if (outcome.kind === "answered") return outcome.status >= 500 || [408, 429].includes(outcome.status);
  return outcome.kind === "broken";
}

/**
 * How far a broken upload got, as far as the registry says; it says `0-0` of one without a byte.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
async function progressOf(
  location: URL,
  { size }: BlobSource,
  to: Address,
  options: UploadOptions,
): Promise<OpenUpload | undefined> {
  const request: RegistryRequest = {
    address: to,
    method: "GET",
    resource: location,
    scopes: [pushScope(to)],
    expected: [204],
  };
  const asked = options.session.attempt(request, async (response, url): Promise<OpenUpload | undefined> => {
    await discard(response);
    const last = Number(/^0-(\d+)$/.exec(response.headers["range"] ?? "")?.[1] ?? 0);
    const next = response.headers["location"];
    const further = next === undefined ? url : nextUrl(request, url, next, options.insecureRegistries);
    return last === 0 || last >= size ? undefined : { location: further, start: last + 1 };
  });
  const answer = await asked.catch(() => undefined);
  return answer !== undefined && "done" in answer ? answer.done : undefined;
}

function begin(to: Address, options: UploadOptions): Promise<Attempt<URL>> {
  const request = uploadRequest(to);
  return options.session.attempt(request, async (response, url) => {
    await discard(response);
    return locationOf(request, response, url, options);
  });
}

/**
 * Once and as far as the registry offers it: a session that is left is thrown away by the registry in time, and what
 * went wrong before is the error to tell.
 */
async function cancel(location: URL, to: Address, { session }: UploadOptions): Promise<void> {
  const request: RegistryRequest = {
    address: to,
    method: "DELETE",
    resource: location,
    scopes: [pushScope(to)],
    expected: [200, 202, 204, 404],
  };
  await session.attempt(request, discard).catch(() => undefined);
}

function uploadRequest(to: Address, query = ""): RegistryRequest {
  return {
    address: to,
    method: "POST",
    resource: `blobs/uploads/${query}`,
    scopes: [pushScope(to)],
    expected: [202],
    headers: { "content-length": "0" },
  };
}

/** The address that the registry gave keeps its own query, whose encoding is the registry's affair. */
function putRequest(
  { location, start }: OpenUpload,
  { digest, size, open }: BlobSource,
  to: Address,
): RegistryRequest {
  const resource = new URL(location);
  resource.search += `${resource.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
  return {
    address: to,
    method: "PUT",
    resource,
    scopes: [pushScope(to)],
    expected: [201, 204],
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(size - start),
      ...(start === 0 || start === size ? {} : { "content-range": `${start}-${size - 1}` }),
    },
    body: () => open(start),
  };
}

function locationOf(
  request: RegistryRequest,
  response: HttpResponse,
  url: URL,
  { insecureRegistries }: UploadOptions,
): URL {
  const location = response.headers["location"];
  if (location !== undefined) return nextUrl(request, url, location, insecureRegistries);
  throw new FactoryError(
    "registry-answer-invalid",
    `${request.address.host}: POST ${url.pathname} answered ${response.status} without saying where to send the blob`,
  );
}
