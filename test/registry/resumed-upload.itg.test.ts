import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRegistryClient } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { type OnLoopback, onLoopback } from "../loopback.ts";
import { findOlareg, startOlareg } from "./olareg.ts";
import { startRegistry } from "./real-registry.ts";

/** A wire to a registry that breaks once, when this many bytes have gone to it on one connection. */
async function breakOnce(upstream: string, bytes: number): Promise<OnLoopback> {
  let isBroken = false;
  const [host = "", port = ""] = upstream.split(":");
  const server = createTcpServer((near) => {
    const far = connect(Number(port), host);
    let passed = 0;
    near.on("data", (chunk) => {
      passed += chunk.length;
      far.write(chunk, () => {
        if (isBroken || passed < bytes) return;
        isBroken = true;
        near.destroy();
        far.end();
      });
    });
    far.on("data", (chunk) => near.write(chunk));
    near.on("close", () => far.end()).on("error", () => far.destroy());
    far.on("close", () => near.destroy()).on("error", () => near.destroy());
  });
  const { address } = await onLoopback(server);
  return {
    address,
    stop: async () => {
      server.close();
    },
  };
}

/** A registry that keeps what has come of a broken upload and says so; `spoils` makes it keep other bytes. */
async function startKeeper(spoils: boolean) {
  let kept = Buffer.alloc(0);
  let stored: Buffer | undefined;
  const sent: { readonly range: string | undefined; readonly bytes: number }[] = [];
  const server = createServer(async (request, response) => {
    const { method, url = "" } = request;
    if (url === "/v2/") return response.end("{}");
    if (method === "HEAD") return response.writeHead(stored === undefined ? 404 : 200).end();
    if (method === "POST") {
      kept = Buffer.alloc(0);
      return response.writeHead(202, { location: "/v2/team/app/blobs/uploads/1?at=0" }).end();
    }
    if (method === "DELETE") return response.writeHead(204).end();
    if (method === "GET") {
      const location = `/v2/team/app/blobs/uploads/1?at=${kept.length}`;
      return response.writeHead(204, { location, range: `0-${kept.length - 1}` }).end();
    }
    await take(request, response, new URL(url, "http://x").searchParams.get("digest"));
  });
  const take = async (request: IncomingMessage, response: ServerResponse, digest: string | null) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const breaksAt = sent.length === 0 ? 100_000 : Number.POSITIVE_INFINITY;
    request.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > breaksAt) request.socket.destroy();
    });
    request.on("error", () => undefined);
    await new Promise((resolve) => request.once("close", resolve));
    sent.push({ range: request.headers["content-range"], bytes });
    kept = Buffer.concat([kept, ...chunks]);
    if (bytes > breaksAt) {
      if (spoils) kept.fill(0);
      return;
    }
    if (digestOf(kept) !== digest) {
      response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID"}]}');
      return;
    }
    stored = kept;
    response.writeHead(201).end();
  };
  return { ...(await onLoopback(server)), sent, stored: () => stored };
}

const client = createRegistryClient({
  credentials: { lookup: async () => undefined },
  log: () => undefined,
  env: {},
});
const blob = Buffer.alloc(3_000_000, "the bytes of a layer ");
const digest = digestOf(blob);

describe("an upload that breaks", () => {
  it("goes on from where the registry says that it got to", async () => {
    const keeper = await startKeeper(false);
    await client.putBlob({ registry: keeper.address, path: "team/app" }, blob);
    const [first, second, ...more] = keeper.sent;
    expect(second).toEqual({
      range: `${first?.bytes}-${blob.length - 1}`,
      bytes: blob.length - (first?.bytes ?? 0),
    });
    expect(more).toEqual([]);
    expect(keeper.stored()?.equals(blob)).toBe(true);
    await keeper.stop();
  });

  it("is sent as a whole where what had come of it was spoilt", async () => {
    const keeper = await startKeeper(true);
    await client.putBlob({ registry: keeper.address, path: "team/app" }, blob);
    expect(keeper.sent.map(({ range }) => range === undefined)).toEqual([true, false, true]);
    expect(keeper.stored()?.equals(blob)).toBe(true);
    await keeper.stop();
  });

  const olareg = findOlareg();
  const registries = [
    { name: "docker-registry 2.8, which forgets it", start: () => startRegistry() },
    ...(olareg === undefined ? [] : [{ name: "olareg, which keeps it", start: () => startOlareg(olareg) }]),
  ];
  describe.each(registries)("to $name", ({ start }) => {
    let registry: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      registry = await start();
    });
    afterAll(() => registry?.stop());

    it("is whole in the end, between two registries too", async () => {
      const wire = await breakOnce(registry.address, 1_500_000);
      const to = { registry: wire.address, path: "team/app" };
      await client.putBlob(to, blob);
      const size = blob.length;
      expect((await client.getBlob(to, digest, { maxBytes: size }))?.length).toBe(size);
      const again = await breakOnce(registry.address, 1_500_000);
      const other = { registry: again.address, path: "team/other" };
      expect(await client.mountBlob(to, other, { digest, size })).toBe("sent");
      expect(digestOf((await client.getBlob(other, digest, { maxBytes: size })) ?? "")).toBe(digest);
      await Promise.all([wire.stop(), again.stop()]);
    });
  });
});
