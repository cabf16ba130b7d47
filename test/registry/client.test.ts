import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LogEvent } from "../../src/log.ts";
import { createRegistryClient, type RegistryClientOptions } from "../../src/registry/client.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";
import { ociManifestType } from "../../src/registry/media-types.ts";
import { type Answer, type MisbehavingRegistry, serve } from "./misbehaving-registry.ts";

const started: MisbehavingRegistry[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

async function registry(answer: Answer, greeting?: Answer): Promise<MisbehavingRegistry> {
  const server = await serve(answer, greeting);
  started.push(server);
  return server;
}

/** Delays are noted and not waited for. */
function clientOf(options: Partial<RegistryClientOptions> = {}) {
  const slept: number[] = [];
  const logged: LogEvent[] = [];
  const client = createRegistryClient({
    credentials: { lookup: async () => undefined },
    log: (event) => logged.push(event),
    env: {},
    clock: {
      now: Date.now,
      random: () => 1,
      sleep: async (ms) => {
        slept.push(ms);
      },
    },
    ...options,
  });
  return { client, slept, logged };
}

const at = (server: MisbehavingRegistry, path = "team/app") => ({ registry: server.address, path });
const manifest = Buffer.from(`{"schemaVersion":2,"mediaType":"${ociManifestType}"}`);
const manifestDigest = digestOf(manifest);
const otherDigest: Digest = digestOf("other");

function sendManifest(
  response: ServerResponse,
  digest: string | undefined = manifestDigest,
  bytes = manifest,
): void {
  response.setHeader("content-type", ociManifestType);
  if (digest !== "") response.setHeader("docker-content-digest", digest);
  response.end(bytes);
}

describe("what a registry says of itself is checked", () => {
  test("a HEAD asks with every media type and gives digest, size and type", async () => {
    const server = await registry((_request, response) => {
      response.setHeader("content-length", "123");
      sendManifest(response);
    });
    expect(await clientOf().client.headManifest(at(server), "1.0")).toEqual({
      mediaType: ociManifestType,
      digest: manifestDigest,
      size: 123,
    });
    expect(server.headers[0]?.["accept"]).toMatch(
      /oci.image.index.*oci.image.manifest.*manifest.list.*manifest.v2/,
    );
  });

  test("a HEAD without a digest is completed by the bytes", async () => {
    const server = await registry((_request, response) => sendManifest(response, ""));
    expect(await clientOf().client.headManifest(at(server), "1.0")).toEqual({
      mediaType: ociManifestType,
      digest: manifestDigest,
      size: manifest.length,
    });
    expect(server.requests).toEqual(["HEAD /v2/team/app/manifests/1.0", "GET /v2/team/app/manifests/1.0"]);
  });

  test.each([
    ["announces another digest", "1.0", otherDigest, "announces sha256:"],
    ["has other bytes than asked for", otherDigest, "", "has bytes of digest sha256:"],
  ])("a manifest that %s is refused", async (_what, reference, announced, message) => {
    const server = await registry((_request, response) => sendManifest(response, announced));
    const found = clientOf().client.getManifest(at(server), reference);
    await expect(found).rejects.toMatchObject({ code: "registry-answer-invalid" });
    await expect(found).rejects.toThrow(
      `${server.address}: the answer to GET /v2/team/app/manifests/${reference}`,
    );
    await expect(found).rejects.toThrow(message);
  });

  test("a HEAD by digest that names another one is refused", async () => {
    const server = await registry((_request, response) => {
      response.setHeader("content-length", "1");
      sendManifest(response, otherDigest);
    });
    await expect(clientOf().client.headManifest(at(server), manifestDigest)).rejects.toMatchObject({
      code: "registry-answer-invalid",
    });
  });

  test("a manifest of another type than announced is refused; a type that says nothing is not", async () => {
    let type = "application/vnd.oci.image.index.v1+json; charset=utf-8";
    const server = await registry((_request, response) => {
      response.setHeader("content-type", type);
      response.end(manifest);
    });
    const { client } = clientOf();
    await expect(client.getManifest(at(server), "1")).rejects.toThrow(
      "announces application/vnd.oci.image.index",
    );
    type = "text/plain";
    expect((await client.getManifest(at(server), "1"))?.mediaType).toBe(ociManifestType);
  });

  test("a manifest of more than 4 MiB and a blob beyond its bound are refused", async () => {
    const server = await registry((_request, response) => response.end(Buffer.alloc(5 << 20)));
    const { client } = clientOf();
    await expect(client.getManifest(at(server), "1")).rejects.toThrow("more than 4194304 bytes");
    await expect(client.getBlob(at(server), otherDigest, { maxBytes: 10 })).rejects.toThrow(
      "more than 10 bytes",
    );
  });

  test("a blob of other bytes is refused, also at the end of a stream", async () => {
    const server = await registry((_request, response) => response.end("tampered"));
    const { client } = clientOf();
    await expect(client.getBlob(at(server), otherDigest, { maxBytes: 99 })).rejects.toMatchObject({
      code: "registry-answer-invalid",
    });
    const stream = await client.streamBlob(at(server), otherDigest);
    await expect(stream?.toArray()).rejects.toMatchObject({ code: "registry-answer-invalid" });
  });

  test("a manifest that was stored under another digest is an error", async () => {
    const server = await registry((_request, response) => {
      response.writeHead(201, { "docker-content-digest": otherDigest }).end();
    });
    await expect(
      clientOf().client.putManifest(at(server), "1", ociManifestType, manifest),
    ).rejects.toMatchObject({ code: "registry-answer-invalid" });
  });

  test("a reference that is neither tag nor digest is not sent", async () => {
    const server = await registry((_request, response) => sendManifest(response));
    await expect(clientOf().client.headManifest(at(server), "../x")).rejects.toMatchObject({
      code: "reference-invalid",
    });
    expect(server.requests).toEqual([]);
  });
});

describe("only 404 is an absence", () => {
  test("of manifests, blobs and tags", async () => {
    const server = await registry((_request, response) => {
      response.writeHead(404).end('{"errors":[{"code":"NAME_UNKNOWN"}]}');
    });
    const { client } = clientOf();
    expect(await client.headManifest(at(server), "1")).toBeUndefined();
    expect(await client.getManifest(at(server), "1")).toBeUndefined();
    expect(await client.getBlob(at(server), otherDigest, { maxBytes: 1 })).toBeUndefined();
    expect(await client.streamBlob(at(server), otherDigest)).toBeUndefined();
    expect(await client.hasBlob(at(server), otherDigest)).toBe(false);
    expect(await client.listTags(at(server))).toEqual([]);
    expect(await client.deleteTag(at(server), "1")).toBe("absent");
  });

  test.each([
    [500, "registry-unavailable", 5],
    [503, "registry-unavailable", 5],
    [429, "registry-unavailable", 5],
    [400, "registry-answer-invalid", 1],
    [403, "credentials-invalid", 1],
    [401, "credentials-invalid", 1],
    [301, "registry-answer-invalid", 1],
  ])("%i is %s after %i requests", async (status, code, requests) => {
    const server = await registry((_request, response) => {
      response.writeHead(status).end('{"errors":[{"code":"X","message":"why"}]}');
    });
    const found = clientOf().client.getManifest(at(server), "1");
    await expect(found).rejects.toMatchObject({ code });
    if (status !== 301) {
      await expect(found).rejects.toThrow(
        `${server.address}: GET /v2/team/app/manifests/1 answered ${status}`,
      );
      await expect(found).rejects.toThrow("X: why");
    }
    expect(server.requests).toHaveLength(requests);
  });

  test("a registry that does not make repositories by itself is said so", async () => {
    const server = await registry((_request, response) => response.writeHead(404).end());
    await expect(clientOf().client.checkPush(at(server))).rejects.toMatchObject({
      code: "settings-invalid",
      hint: expect.stringContaining("Create the repository first"),
    });
  });

  test("a port where nothing listens is unavailable, with the remedy", async () => {
    const server = await registry(() => undefined);
    await started.pop()?.stop();
    await expect(clientOf().client.headManifest(at(server), "1")).rejects.toMatchObject({
      code: "registry-unavailable",
      message: expect.stringMatching(/^127\.0\.0\.1:\d+: GET \/v2\/ could not connect: .*\(5 attempts\)$/),
      hint: expect.stringContaining("HTTPS_PROXY"),
    });
  });

  test("what speaks no HTTP is said to", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined).end("SSH-2.0-OpenSSH\r\n"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const bound = server.address() as { port: number };
    const found = clientOf().client.headManifest({ registry: `127.0.0.1:${bound.port}`, path: "a" }, "1");
    await expect(found).rejects.toMatchObject({
      code: "registry-answer-invalid",
      message: expect.stringContaining("no HTTP"),
    });
    server.close();
  });

  test("factory.localhost without an address is a matter of settings", async () => {
    const found = clientOf().client.headManifest({ registry: "factory.localhost", path: "hello" }, "1");
    await expect(found).rejects.toMatchObject({ code: "settings-invalid" });
  });
});

describe("faults are waited out", () => {
  test("429 as long as Retry-After says", async () => {
    let refusals = 2;
    const server = await registry((_request, response) => {
      if (refusals-- > 0) response.writeHead(429, { "retry-after": "3" }).end();
      else sendManifest(response);
    });
    const { client, slept } = clientOf();
    expect((await client.getManifest(at(server), "1"))?.digest).toBe(manifestDigest);
    expect(slept).toEqual([3000, 3000]);
  });

  test("429 for an hour is given up at once, and the wait is told", async () => {
    const server = await registry((_request, response) =>
      response.writeHead(429, { "retry-after": "3600" }).end(),
    );
    await expect(clientOf().client.getManifest(at(server), "1")).rejects.toMatchObject({
      code: "registry-unavailable",
      hint: expect.stringContaining("3600 s"),
    });
    expect(server.requests).toHaveLength(1);
  });

  test("a reset before and in the middle of a body", async () => {
    let faults = 0;
    const server = await registry((request, response) => {
      faults += 1;
      if (faults === 1) request.socket.destroy();
      else if (faults === 2) {
        response.setHeader("content-length", String(manifest.length));
        response.write(manifest.subarray(0, 9), () => request.socket.destroy());
      } else sendManifest(response);
    });
    expect((await clientOf().client.getManifest(at(server), "1"))?.digest).toBe(manifestDigest);
    expect(server.requests).toHaveLength(3);
  });

  test("silence, before the answer and within it", async () => {
    let silences = 0;
    const server = await registry((_request, response) => {
      silences += 1;
      if (silences === 1) return;
      if (silences === 2) response.writeHead(200, { "content-length": "99" }).write("{");
      else sendManifest(response);
    });
    const { client } = clientOf({ timeouts: { connectMs: 1000, idleMs: 400, storeMs: 1000 } });
    expect((await client.getManifest(at(server), "1"))?.digest).toBe(manifestDigest);
    expect(silences).toBe(3);
  });

  test("a byte now and then is a silence too", async () => {
    let answers = 0;
    const server = await registry((_request, response) => {
      answers += 1;
      if (answers > 1) return sendManifest(response);
      response.writeHead(200, { "content-length": "99" });
      const drip = setInterval(() => response.write("{"), 100);
      response.once("close", () => clearInterval(drip));
    });
    const { client } = clientOf({ timeouts: { connectMs: 1000, idleMs: 400, storeMs: 1000 } });
    expect((await client.getManifest(at(server), "1"))?.digest).toBe(manifestDigest);
    expect(answers).toBe(2);
  });

  test("a PUT whose answer has begun may not drip either", async () => {
    let puts = 0;
    const server = await registry((request, response) => {
      if (request.method !== "PUT") return sendManifest(response);
      puts += 1;
      const drip = setInterval(() => response.socket?.write("H"), 100);
      response.once("close", () => clearInterval(drip));
    });
    const { client } = clientOf({ timeouts: { connectMs: 1000, idleMs: 400, storeMs: 60_000 } });
    expect(await client.putManifest(at(server), "1", ociManifestType, manifest)).toBe(manifestDigest);
    expect(puts).toBe(1);
  });

  test("bytes that were spoilt once are read again", async () => {
    const server = await registry((_request, response) => {
      const isFirst = server.requests.length === 1;
      sendManifest(response, manifestDigest, isFirst ? Buffer.from(manifest).fill(" ", 1, 2) : manifest);
    });
    const { client } = clientOf();
    expect((await client.getManifest(at(server), manifestDigest))?.digest).toBe(manifestDigest);
    expect(server.requests).toHaveLength(2);
  });

  test("a PUT may be silent for longer, while the registry stores", async () => {
    const server = await registry((_request, response) => {
      setTimeout(() => response.writeHead(201).end(), 700);
    });
    const { client } = clientOf({ timeouts: { connectMs: 1000, idleMs: 300, storeMs: 10_000 } });
    expect(await client.putManifest(at(server), "1", ociManifestType, manifest)).toBe(manifestDigest);
    expect(server.requests).toHaveLength(1);
  });

  test("an abort ends the request with its own reason, also while it waits", async () => {
    const controller = new AbortController();
    const server = await registry(() => controller.abort());
    await expect(
      clientOf({ signal: controller.signal }).client.getManifest(at(server), "1"),
    ).rejects.toMatchObject({
      code: "interrupted",
    });
    await expect(
      clientOf({ signal: controller.signal }).client.hasBlob(at(server), otherDigest),
    ).rejects.toMatchObject({
      code: "interrupted",
    });
  });
});

describe("a tag moves once, whatever happens to the reply", () => {
  test.each(["a lost reply", "a 500 after the fact"])("%s is settled by reading back", async (what) => {
    let stored = false;
    const server = await registry((request, response) => {
      if (request.method === "PUT") {
        stored = true;
        if (what === "a lost reply") request.socket.destroy();
        else response.writeHead(500).end();
      } else if (stored) {
        response.setHeader("content-length", String(manifest.length));
        sendManifest(response);
      } else response.writeHead(404).end();
    });
    expect(await clientOf().client.putManifest(at(server), "1", ociManifestType, manifest)).toBe(
      manifestDigest,
    );
    expect(server.requests).toEqual(["PUT /v2/team/app/manifests/1", "HEAD /v2/team/app/manifests/1"]);
  });

  test("a request that did not arrive is sent again", async () => {
    let puts = 0;
    const server = await registry((request, response) => {
      if (request.method === "HEAD") response.writeHead(404).end();
      else if (++puts === 1) request.socket.destroy();
      else response.writeHead(201).end();
    });
    expect(await clientOf().client.putManifest(at(server), "1", ociManifestType, manifest)).toBe(
      manifestDigest,
    );
    expect(server.requests.map((line) => line.split(" ")[0])).toEqual(["PUT", "HEAD", "PUT"]);
  });

  test("when nothing can be read back, the outcome is unknown and nothing is sent again", async () => {
    const server = await registry((request) => {
      request.socket.destroy();
    });
    await expect(
      clientOf().client.putManifest(at(server), "1", ociManifestType, manifest),
    ).rejects.toMatchObject({
      code: "outcome-unknown",
      message: expect.stringContaining(manifestDigest),
    });
    expect(server.requests.filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });

  test("of a digest the outcome is the same whatever the registry took: it is unavailable", async () => {
    const server = await registry((request) => {
      request.socket.destroy();
    });
    await expect(
      clientOf().client.putManifest(at(server), manifestDigest, ociManifestType, manifest),
    ).rejects.toMatchObject({ code: "registry-unavailable" });
  });

  test("a registry that keeps failing without moving the tag is unavailable", async () => {
    const server = await registry((request, response) => {
      response.writeHead(request.method === "PUT" ? 500 : 404).end();
    });
    await expect(
      clientOf().client.putManifest(at(server), "1", ociManifestType, manifest),
    ).rejects.toMatchObject({
      code: "registry-unavailable",
    });
  });

  test("a refusal is told with the registry's words", async () => {
    const server = await registry((_request, response) => {
      response.writeHead(400).end('{"errors":[{"code":"MANIFEST_INVALID","message":"blob unknown"}]}');
    });
    await expect(clientOf().client.putManifest(at(server), "1", ociManifestType, manifest)).rejects.toThrow(
      "answered 400 Bad Request: MANIFEST_INVALID: blob unknown",
    );
  });
});

describe("an upload", () => {
  const bytes = Buffer.from("layer");

  test("goes to the address that the registry gives, whose own query stays as it is", async () => {
    let sent = "";
    const server = await registry((request, response, body) => {
      if (request.method === "HEAD") response.writeHead(404).end();
      else if (request.method === "POST")
        response.writeHead(202, { location: "/upload/1?_state=a%2Fb~c==" }).end();
      else {
        sent = body.toString();
        response.writeHead(201).end();
      }
    });
    expect(await clientOf().client.putBlob(at(server), bytes)).toBe(digestOf(bytes));
    expect(server.requests[2]).toBe(
      `PUT /upload/1?_state=a%2Fb~c==&digest=${encodeURIComponent(digestOf(bytes))}`,
    );
    expect(sent).toBe("layer");
  });

  test("whose reply is lost is settled by looking; one that failed is cancelled and begun anew", async () => {
    let puts = 0;
    const server = await registry((request, response) => {
      if (request.method === "HEAD") response.writeHead(puts < 3 ? 404 : 200).end();
      else if (request.method === "POST") response.writeHead(202, { location: `/upload/${puts}` }).end();
      else if (request.method === "PUT") {
        puts += 1;
        request.socket.destroy();
      } else response.writeHead(204).end();
    });
    await clientOf().client.putBlob(at(server), bytes);
    expect(server.requests.filter((line) => line.startsWith("DELETE"))).toEqual([
      "DELETE /upload/0",
      "DELETE /upload/1",
      "DELETE /upload/2",
    ]);
  });

  test("that was answered without an address is an error", async () => {
    const server = await registry((request, response) => {
      response.writeHead(request.method === "HEAD" ? 404 : 202).end();
    });
    await expect(clientOf().client.putBlob(at(server), bytes)).rejects.toThrow(
      "without saying where to send the blob",
    );
  });

  test("that would leave the registry by plain HTTP is not made", async () => {
    const server = await registry((request, response) => {
      response
        .writeHead(request.method === "HEAD" ? 404 : 202, { location: "http://storage.example/x" })
        .end();
    });
    await expect(clientOf().client.putBlob(at(server), bytes)).rejects.toThrow(
      "sends us on to http://storage.example, which is no https address",
    );
  });
});

test("a registry that fails to share a blob is sent it", async () => {
  const blob = Buffer.from("layer");
  const server = await registry((request, response) => {
    const { method, url = "" } = request;
    if (url.includes("?mount=")) response.writeHead(500).end();
    else if (method === "POST") response.writeHead(202, { location: "/v2/team/app/blobs/uploads/1" }).end();
    else if (method === "PUT") response.writeHead(201).end();
    else if (method === "GET") response.end(blob);
    else response.writeHead(404).end();
  });
  const { client } = clientOf();
  const copied = await client.mountBlob(at(server, "base"), at(server), {
    digest: digestOf(blob),
    size: blob.length,
  });
  expect(copied).toBe("sent");
  expect(server.requests.filter((line) => line.startsWith("PUT"))).toHaveLength(1);
});

describe("passwords and tokens", () => {
  const credentials = { lookup: async () => ({ username: "me", password: "secret" }) };
  const basic = `Basic ${Buffer.from("me:secret").toString("base64")}`;

  test("Basic is sent from the first request on, and only where it is asked for", async () => {
    const greeting: Answer = (_request, response) =>
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
    const asking = await registry((_request, response) => response.writeHead(404).end(), greeting);
    const open = await registry((_request, response) => response.writeHead(404).end());
    const { client } = clientOf({ credentials });
    await Promise.all([client.headManifest(at(asking), "1"), client.headManifest(at(open), "1")]);
    expect(asking.headers.map(({ authorization }) => authorization)).toEqual([basic]);
    expect(open.headers.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test("a login that was refused is looked up as one that was, and another one is tried", async () => {
    const looked: (boolean | undefined)[] = [];
    const lookup = async (_host: string, _path?: string, refused?: boolean) => {
      looked.push(refused);
      return { username: "me", password: refused === true ? "secret" : "expired" };
    };
    const challenge = { "www-authenticate": 'Basic realm="x"' };
    const server = await registry(
      (request, response) => {
        if (request.headers.authorization === basic) sendManifest(response);
        else response.writeHead(401, challenge).end();
      },
      (_request, response) => response.writeHead(401, challenge).end(),
    );
    const { client } = clientOf({ credentials: { lookup } });
    expect((await client.headManifest(at(server), "1"))?.digest).toBe(manifestDigest);
    expect(looked.slice(0, 2)).toEqual([false, true]);
  });

  /** A registry and its token service; each token counts up and holds for `lifetimeS`. */
  async function tokenRegistry(lifetimeS: number, accepts: (token: string) => boolean = () => true) {
    let issued = 0;
    const service = await registry((_request, response) => {
      issued += 1;
      response.end(JSON.stringify({ token: `t${issued}`, expires_in: lifetimeS }));
    });
    const challenge = { "www-authenticate": `Bearer realm="http://${service.address}/token",service="reg"` };
    const server = await registry(
      (request, response) => {
        const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? "")?.[1];
        if (token === undefined || !accepts(token)) response.writeHead(401, challenge).end();
        else if (request.method === "POST") response.writeHead(201).end();
        else response.writeHead(404).end();
      },
      (_request, response) => response.writeHead(401, challenge).end(),
    );
    return { service, server };
  }

  test("a token is asked for once per scope, however many requests wait for it", async () => {
    const { service, server } = await tokenRegistry(300);
    const { client } = clientOf({ credentials });
    await Promise.all(["1", "2", "3"].map((tag) => client.headManifest(at(server), tag)));
    await client.headManifest(at(server, "other"), "1");
    expect(service.requests).toEqual([
      "GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull",
      "GET /token?service=reg&scope=repository%3Aother%3Apull",
    ]);
    expect(service.headers[0]?.authorization).toBe(basic);
    expect(server.headers.map(({ authorization }) => authorization)).not.toContain(basic);
  });

  test("a token is for all that a mount needs", async () => {
    const { service, server } = await tokenRegistry(300);
    const { client } = clientOf();
    const from = at(server, "base");
    expect(await client.mountBlob(from, at(server), { digest: otherDigest, size: 1 })).toBe("mounted");
    expect(service.requests).toEqual([
      "GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull%2Cpush&scope=repository%3Abase%3Apull",
    ]);
    expect(service.headers[0]?.authorization).toBeUndefined();
  });

  test("a token that expires is renewed in time, one that is refused once", async () => {
    let now = 1_000_000;
    const clock = { now: () => now, random: () => 1, sleep: async () => undefined };
    const expiring = await tokenRegistry(60);
    const { client } = clientOf({ clock });
    await client.headManifest(at(expiring.server), "1");
    now += 49_000;
    await client.headManifest(at(expiring.server), "1");
    expect(expiring.service.requests).toHaveLength(1);
    now += 2_000;
    await client.headManifest(at(expiring.server), "1");
    expect(expiring.service.requests).toHaveLength(2);
    expect(expiring.server.requests).toHaveLength(3);

    const revoked = await tokenRegistry(300, (token) => token !== "t1");
    expect(await clientOf().client.headManifest(at(revoked.server), "1")).toBeUndefined();
    expect(revoked.server.headers.map(({ authorization }) => authorization)).toEqual([
      "Bearer t1",
      "Bearer t2",
    ]);

    const never = await tokenRegistry(300, () => false);
    await expect(clientOf().client.headManifest(at(never.server), "1")).rejects.toMatchObject({
      code: "credentials-invalid",
    });
    expect(never.server.requests).toHaveLength(2);
  });

  test("an identity token is traded and never sent as a password", async () => {
    const { service, server } = await tokenRegistry(300);
    const { client } = clientOf({ credentials: { lookup: async () => ({ identityToken: "refresh" }) } });
    await client.headManifest(at(server), "1");
    expect(service.requests).toEqual(["POST /token"]);
    expect(service.headers[0]?.authorization).toBeUndefined();
    const basicOnly: Answer = (_request, response) =>
      response.writeHead(401, { "www-authenticate": "Basic realm=x" }).end();
    const passwordRegistry = await registry(basicOnly, basicOnly);
    await expect(
      clientOf({ credentials: { lookup: async () => ({ identityToken: "refresh" }) } }).client.headManifest(
        at(passwordRegistry),
        "1",
      ),
    ).rejects.toMatchObject({ code: "credentials-invalid" });
  });

  test.each([
    ["http://tokens.example/t", "asks for credentials to be sent to http://tokens.example by plain HTTP"],
    ["ftp://tokens.example", "which is no address"],
    ["", "which is no address"],
  ])("a token realm %j gets nothing", async (realm, message) => {
    const refuse: Answer = (_request, response) =>
      response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}"` }).end();
    const server = await registry(refuse, refuse);
    const found = clientOf({ credentials }).client.headManifest(at(server), "1");
    await expect(found).rejects.toMatchObject({ code: "registry-answer-invalid" });
    await expect(found).rejects.toThrow(message);
  });

  test.each<[string, number, string]>([
    ["was spoilt on its way", 200, '{"token":"t'],
    ["its service refused", 403, ""],
    ["its service did not know of", 404, ""],
  ])("a token that %s is asked for again", async (_, status, body) => {
    let asked = 0;
    const looked: (boolean | undefined)[] = [];
    const lookup = async (_host: string, _path?: string, refused?: boolean) => {
      looked.push(refused);
      return undefined;
    };
    const service = await registry((_request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(status).end(body);
      else response.end('{"token":"t1"}');
    });
    const challenge = { "www-authenticate": `Bearer realm="http://${service.address}/token"` };
    const server = await registry((request, response) => {
      if (request.headers.authorization === "Bearer t1") sendManifest(response);
      else response.writeHead(401, challenge).end();
    });
    const { client } = clientOf({ credentials: { lookup } });
    expect((await client.headManifest(at(server), "1"))?.digest).toBe(manifestDigest);
    expect(asked).toBe(2);
    expect(looked).toEqual(status === 200 ? [false] : [false, true]);
  });

  test("a token service that refuses, or answers nonsense, is named", async () => {
    let status = 401;
    const service = await registry((_request, response) => response.writeHead(status).end('{"token":"a b"}'));
    const refuse: Answer = (_request, response) =>
      response.writeHead(401, { "www-authenticate": `Bearer realm="http://${service.address}/token"` }).end();
    const server = await registry(refuse, refuse);
    const { client } = clientOf({ credentials });
    for (const [answered, code] of [
      [401, "credentials-invalid"],
      [404, "registry-answer-invalid"],
    ] as const) {
      status = answered;
      await expect(client.headManifest(at(server), "1")).rejects.toMatchObject({
        code,
        message: expect.stringContaining(`${service.address}: GET /token answered ${answered}`),
        hint: expect.any(String),
      });
    }
    status = 200;
    await expect(client.headManifest(at(server), "1")).rejects.toMatchObject({
      code: "registry-answer-invalid",
    });
  });

  test("a redirect to another host carries no credentials, one within the host does", async () => {
    const greeting: Answer = (_request, response) =>
      response.writeHead(401, { "www-authenticate": "Basic realm=x" }).end();
    const storage = await registry((_request, response) => response.end("blob"));
    const server = await registry((request, response) => {
      if (request.url === "/inside")
        response.writeHead(302, { location: `http://${storage.address}/outside` }).end();
      else response.writeHead(307, { location: "/inside" }).end();
    }, greeting);
    const blob = await clientOf({ credentials }).client.getBlob(at(server), digestOf("blob"), {
      maxBytes: 9,
    });
    expect(Buffer.from(blob ?? []).toString()).toBe("blob");
    expect(server.headers.map(({ authorization }) => authorization)).toEqual([basic, basic]);
    expect(storage.headers.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test("redirects that never end are an error", async () => {
    const server = await registry((_request, response) =>
      response.writeHead(307, { location: "/again" }).end(),
    );
    await expect(clientOf().client.hasBlob(at(server), otherDigest)).rejects.toMatchObject({
      code: "registry-answer-invalid",
    });
    expect(server.requests).toHaveLength(6);
  });
});

describe("mirrors of registries.conf", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "mirrors-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  /** A client for which `docker.io` is `primary`, with `mirror` before it. */
  async function mirrored(mirror: MisbehavingRegistry, primary: MisbehavingRegistry) {
    const file = join(dir, "registries.conf");
    await writeFile(
      file,
      `[[registry]]\nprefix = "docker.io"\nlocation = "${primary.address}/hub"\n` +
        `[[registry.mirror]]\nlocation = "${mirror.address}/cache"\n`,
    );
    return clientOf({ env: { CONTAINERS_REGISTRIES_CONF: file, HOME: dir } });
  }
  const debian = { registry: "docker.io", path: "library/debian" };
  const absent: Answer = (_request, response) => response.writeHead(404).end();
  const present: Answer = (_request, response) => sendManifest(response);

  test("a mirror that has the image is enough", async () => {
    const [mirror, primary] = [await registry(present), await registry(present)];
    const { client } = await mirrored(mirror, primary);
    expect((await client.getManifest(debian, "12"))?.digest).toBe(manifestDigest);
    expect(mirror.requests).toEqual(["GET /v2/cache/library/debian/manifests/12"]);
    expect(primary.requests).toEqual([]);
  });

  test("a mirror's 404 is no absence: the primary has the last word", async () => {
    const [mirror, primary] = [await registry(absent), await registry(present)];
    const { client } = await mirrored(mirror, primary);
    expect((await client.getManifest(debian, "12"))?.digest).toBe(manifestDigest);
    expect(primary.requests).toEqual(["GET /v2/hub/library/debian/manifests/12"]);
  });

  test("a mirror that is down is said once and passed over from then on", async () => {
    const [mirror, primary] = [await registry((request) => request.socket.destroy()), await registry(absent)];
    const { client, logged } = await mirrored(mirror, primary);
    expect(await client.getManifest(debian, "12")).toBeUndefined();
    const asked = mirror.requests.length;
    expect(await client.getManifest(debian, "13")).toBeUndefined();
    expect(mirror.requests).toHaveLength(asked);
    expect(logged).toEqual([{ kind: "warning", text: expect.stringContaining(`mirror ${mirror.address}`) }]);
  });

  test("the primary's failure is the pull's", async () => {
    const [mirror, primary] = [
      await registry(absent),
      await registry((_request, response) => response.writeHead(500).end()),
    ];
    const { client } = await mirrored(mirror, primary);
    await expect(client.getManifest(debian, "12")).rejects.toMatchObject({ code: "registry-unavailable" });
  });
});

test("tags come from every page", async () => {
  const server = await registry((request, response) => {
    const last = new URL(request.url ?? "", "http://x").searchParams.get("last");
    if (last === null) response.setHeader("link", '</v2/team/app/tags/list?last=b&n=2>; rel="next"');
    response.end(JSON.stringify({ name: "team/app", tags: last === null ? ["a", "b"] : ["c"] }));
  });
  expect(await clientOf().client.listTags(at(server))).toEqual(["a", "b", "c"]);
  expect(server.requests[0]).toBe("GET /v2/team/app/tags/list?n=1000");
});

test("a repository without tags has none, also where the registry says null", async () => {
  const server = await registry((_request, response) => response.end('{"name":"x","tags":null}'));
  expect(await clientOf().client.listTags(at(server))).toEqual([]);
});
