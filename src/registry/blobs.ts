import { createHash } from "node:crypto";
import { pipeline, type Readable, Transform } from "node:stream";
import { FactoryError } from "../errors.ts";
import type { Address } from "./address.ts";
import { type Digest, digestOf } from "./digest.ts";
import { pullScope } from "./manifests.ts";
import { discard, readAll } from "./response.ts";
import type { RegistryRequest, Session } from "./session.ts";

export async function hasBlob(session: Session, address: Address, digest: Digest): Promise<boolean> {
  return (await lookAtBlob(session, address, digest)) !== undefined;
}

/** What the registry says of a blob, without its bytes; not every registry tells the size. */
export async function lookAtBlob(
  session: Session,
  address: Address,
  digest: Digest,
): Promise<{ readonly size: number | undefined } | undefined> {
  return session.exchange(blobRequest("HEAD", address, digest), async (response) => {
    await discard(response);
    if (response.status === 404) return undefined;
    const length = response.headers["content-length"];
    return { size: length === undefined || !/^\d+$/.test(length) ? undefined : Number(length) };
  });
}

/**
 * The bytes of a small blob, checked against its digest.
 * @throws FactoryError "registry-answer-invalid" for other bytes, and for more than `maxBytes`.
 */
export async function getBlob(
  session: Session,
  address: Address,
  digest: Digest,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  return session.exchange(blobRequest("GET", address, digest), async (response) => {
    if (response.status === 404) {
      await discard(response);
      return undefined;
    }
    const bytes = await readAll(response, maxBytes, `${address.host}: ${address.path}@${digest}`);
    if (digestOf(bytes) !== digest) throw corrupt(address, digest, digestOf(bytes));
    return bytes;
  });
}

/**
 * The bytes of a blob as they come; the stream fails at its end with FactoryError "registry-answer-invalid" when they
 * were not those of the digest.
 */
export async function streamBlob(
  session: Session,
  address: Address,
  digest: Digest,
): Promise<Readable | undefined> {
  return session.exchange(blobRequest("GET", address, digest), async (response) => {
    if (response.status === 404) {
      await discard(response);
      return undefined;
    }
    // A failure of either side destroys both; whoever reads the stream sees it there.
    return pipeline(response.body, verifier(address, digest), () => undefined);
  });
}

function blobRequest(method: "GET" | "HEAD", address: Address, digest: Digest): RegistryRequest {
  return {
    address,
    method,
    resource: `blobs/${digest}`,
    scopes: [pullScope(address)],
    expected: [200, 404],
    // Without it a proxy may compress what is on its way, and the bytes would be others.
    headers: { "accept-encoding": "identity" },
  };
}

function verifier(address: Address, digest: Digest): Transform {
  const hash = createHash("sha256");
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(undefined, chunk);
    },
    flush(done) {
      const seen: Digest = `sha256:${hash.digest("hex")}`;
      done(seen === digest ? undefined : corrupt(address, digest, seen));
    },
  });
}

function corrupt(address: Address, digest: Digest, seen: Digest): FactoryError {
  return new FactoryError(
    "registry-answer-invalid",
    `${address.host}: GET /v2/${address.path}/blobs/${digest} came with bytes of digest ${seen}`,
    { hint: "Nothing was done with it. Look at the registry, and at proxies and mirrors before it." },
  );
}
