import { FactoryError } from "../errors.ts";
import type { Address } from "./address.ts";
import type { Scope } from "./authorization.ts";
import { type Digest, digestOf, isDigest } from "./digest.ts";
import { type Descriptor, type ManifestDocument, maxManifestBytes } from "./manifest.ts";
import { acceptedManifestTypes, isImageManifestType, isIndexType } from "./media-types.ts";
import { isTag } from "./reference.ts";
import { discard, readAll } from "./response.ts";
import { failureOf, type RegistryRequest, type Session } from "./session.ts";
import type { HttpResponse } from "./transport.ts";

const accept = acceptedManifestTypes.join(", ");

export function pullScope({ path }: Address): Scope {
  return `repository:${path}:pull`;
}

export function pushScope({ path }: Address): Scope {
  return `repository:${path}:pull,push`;
}

/**
 * What the registry says of a manifest, without its bytes; asks for those where the answer lacks digest or size.
 * @throws FactoryError "registry-answer-invalid" when the answer is about another digest than the one asked for.
 */
export async function headManifest(
  session: Session,
  address: Address,
  tagOrDigest: string,
): Promise<Descriptor | undefined> {
  const request = manifestRequest("HEAD", address, tagOrDigest);
  const answer = await session.exchange(request, async (response) => {
    await discard(response);
    return response;
  });
  if (answer.status === 404) return undefined;
  const digest = answer.headers["docker-content-digest"];
  const size = answer.headers["content-length"];
  if (digest === undefined || !isDigest(digest) || size === undefined) {
    const document = await getManifest(session, address, tagOrDigest);
    return (
      document && { mediaType: document.mediaType, digest: document.digest, size: document.bytes.length }
    );
  }
  if (isDigest(tagOrDigest) && digest !== tagOrDigest) throw lie(request, `names ${digest}`);
  return { mediaType: contentType(answer) ?? "", digest, size: Number(size) };
}

/** What a tag was seen to mean, and how to ask whether it still does. */
export interface ManifestSighting {
  readonly digest: Digest;
  /** The entity tag that went with it, and the host that gave it. */
  readonly validator?: { readonly etag: string; readonly host: string };
}

/**
 * The digest of a manifest; conditional where the host gave an entity tag for `before`: 304 says that it is the same.
 * @throws FactoryError as `headManifest`.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export async function lookUpManifest(
  session: Session,
  address: Address,
  tagOrDigest: string,
  before?: ManifestSighting,
): Promise<ManifestSighting | undefined> {
  const { host } = address;
  const condition = before?.validator?.host === host ? before.validator : undefined;
  const plain = manifestRequest("HEAD", address, tagOrDigest);
  const request: RegistryRequest =
    condition === undefined
      ? plain
      : {
          ...plain,
          expected: [...plain.expected, 304],
          headers: { ...plain.headers, "if-none-match": condition.etag },
        };
  const { status, headers } = await session.exchange(request, async (response) => {
    await discard(response);
    return response;
  });
  if (status === 404) return undefined;
  const announced = headers["docker-content-digest"];
  if (status === 304 && before !== undefined) {
    if (announced === undefined || announced === before.digest) return before;
    throw lie(request, `says that ${before.digest} is unchanged and names ${announced}`);
  }
  const digest =
    announced !== undefined && isDigest(announced)
      ? announced
      : (await getManifest(session, address, tagOrDigest))?.digest;
  if (digest === undefined) return undefined;
  if (isDigest(tagOrDigest) && digest !== tagOrDigest) throw lie(request, `names ${digest}`);
  const { etag } = headers;
  return etag === undefined ? { digest } : { digest, validator: { etag, host } };
}

/**
 * The exact bytes of a manifest or index.
 * @throws FactoryError "registry-answer-invalid" when they have another digest than the one asked for or announced,
 *   or are of another media type than announced.
 */
export async function getManifest(
  session: Session,
  address: Address,
  tagOrDigest: string,
): Promise<ManifestDocument | undefined> {
  const request = manifestRequest("GET", address, tagOrDigest);
  return session.exchange(request, async (response) => {
    if (response.status === 404) {
      await discard(response);
      return undefined;
    }
    const bytes = await readAll(
      response,
      maxManifestBytes,
      `${address.host}: ${address.path}: ${tagOrDigest}`,
    );
    const digest = digestOf(bytes);
    const announced = response.headers["docker-content-digest"];
    if (isDigest(tagOrDigest) && digest !== tagOrDigest) throw lie(request, `has bytes of digest ${digest}`);
    if (announced !== undefined && announced !== digest) {
      throw lie(request, `announces ${announced} and has bytes of digest ${digest}`);
    }
    return { mediaType: mediaTypeOf(bytes, contentType(response), request), digest, bytes };
  });
}

/**
 * Stores a manifest under a tag or under its digest. When it stays open whether the registry took it (a lost reply, a
 * 5xx), it is looked up before anything is sent again.
 * @throws FactoryError "outcome-unknown" when that look-up of a tag fails too, "registry-answer-invalid" when the registry
 *   stored it under another digest, else as every request.
 */
export async function putManifest(
  session: Session,
  address: Address,
  tagOrDigest: string,
  mediaType: string,
  bytes: Uint8Array,
): Promise<Digest> {
  return (await storeManifest(session, address, tagOrDigest, mediaType, bytes)).digest;
}

/** A manifest that the registry has, and what it said of its subject. */
export interface StoredManifest {
  readonly digest: Digest;
  /** The header OCI-Subject; null when the answer was without, undefined when the answer was lost. */
  readonly subject: string | null | undefined;
}

/** Stores a manifest as `putManifest` does, and says whether the registry took note of its subject. */
export async function storeManifest(
  session: Session,
  address: Address,
  tagOrDigest: string,
  mediaType: string,
  bytes: Uint8Array,
): Promise<StoredManifest> {
  const digest = digestOf(bytes);
  const request: RegistryRequest = {
    ...manifestRequest("PUT", address, tagOrDigest),
    scopes: [pushScope(address)],
    expected: [201, 200, 202],
    headers: { "content-type": mediaType, "content-length": String(bytes.length) },
    body: () => bytes,
  };
  const settle = async (): Promise<StoredManifest | undefined> => {
    const found = await headManifest(session, address, tagOrDigest).catch((cause: unknown) => {
      const isAway = cause instanceof FactoryError && cause.code === "registry-unavailable";
      // A digest means the same bytes whether they are there or not.
      if (!isAway || isDigest(tagOrDigest)) throw cause;
      throw new FactoryError(
        "outcome-unknown",
        `${address.host}: whether ${address.path}: ${tagOrDigest} is now ${digest} could not be read back`,
        {
          hint: "Look at the tag when the registry answers again; running the same command again is safe.",
          cause,
        },
      );
    });
    return found?.digest === digest ? { digest, subject: undefined } : undefined;
  };
  const result = await session.persist(
    () =>
      session.attempt<StoredManifest>(request, async (response) => {
        await discard(response);
        const stored = response.headers["docker-content-digest"];
        if (stored !== undefined && stored !== digest) throw lie(request, `stored ${digest} as ${stored}`);
        return { digest, subject: response.headers["oci-subject"] ?? null };
      }),
    settle,
  );
  if ("done" in result) return result.done;
  throw failureOf(request, result);
}

/** Removes a tag or, by digest, a manifest with all its tags; "unsupported" where the registry does not offer it. */
export async function deleteManifest(
  session: Session,
  address: Address,
  tagOrDigest: string,
): Promise<"deleted" | "absent" | "unsupported"> {
  const request: RegistryRequest = {
    ...manifestRequest("DELETE", address, tagOrDigest),
    scopes: [`repository:${address.path}:delete`],
    expected: [200, 202, 204, 404, 400, 405, 501],
  };
  return session.exchange(request, async (response) => {
    await discard(response);
    if (response.status === 404) return "absent";
    return response.status < 300 ? "deleted" : "unsupported";
  });
}

function manifestRequest(
  method: RegistryRequest["method"],
  address: Address,
  tagOrDigest: string,
): RegistryRequest {
  if (!isTag(tagOrDigest) && !isDigest(tagOrDigest)) {
    throw new FactoryError(
      "reference-invalid",
      `expected a tag or a digest, got ${JSON.stringify(tagOrDigest)}`,
    );
  }
  return {
    address,
    method,
    resource: `manifests/${tagOrDigest}`,
    scopes: [pullScope(address)],
    expected: [200, 404],
    headers: { accept },
  };
}

function contentType({ headers }: HttpResponse): string | undefined {
  return headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
}

/** The type in the manifest itself, which is part of its digest; the header's where the manifest has none. */
function mediaTypeOf(bytes: Uint8Array, header: string | undefined, request: RegistryRequest): string {
  const inner = innerMediaType(bytes);
  if (inner === undefined) return header ?? "";
  const known = header !== undefined && (isIndexType(header) || isImageManifestType(header));
  if (known && header !== inner) throw lie(request, `announces ${header} and is ${inner}`);
  return inner;
}

function innerMediaType(bytes: Uint8Array): string | undefined {
  try {
    const { mediaType } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { mediaType?: unknown };
    return typeof mediaType === "string" ? mediaType : undefined;
  } catch {
    return undefined;
  }
}

function lie({ address, method, resource }: RegistryRequest, seen: string): FactoryError {
  return new FactoryError(
    "registry-answer-invalid",
    `${address.host}: the answer to ${method} /v2/${address.path}/${resource} ${seen}`,
    { hint: "Nothing was done with it. Look at the registry, and at proxies and mirrors before it." },
  );
}
