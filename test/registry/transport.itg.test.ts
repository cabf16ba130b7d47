import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createRegistryClient } from "../../src/registry/client.ts";
import { readAll } from "../../src/registry/response.ts";
import { createTransport, type HttpResponse } from "../../src/registry/transport.ts";

let dir: string;
const servers: Server[] = [];

/** A certificate authority of the test, a server's certificate by it, and a client's. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "transport-"));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.crt",
    "-subj",
    "/CN=test authority",
    "-days",
    "2",
  );
  for (const [name, alternatives] of [
    ["server", "subjectAltName=DNS:registry.test,IP:127.0.0.1"],
    ["client", "subjectAltName=DNS:client.test"],
  ] as const) {
    const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-days", "2", "-addext", alternatives];
    openssl(
      "req",
      "-x509",
      ...key,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.cert`,
      "-subj",
      `/CN=${name}`,
      ...signed,
    );
  }
});
afterAll(() => rm(dir, { recursive: true }));
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(join(dir, "home"), { recursive: true, force: true });
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** An HTTPS server that says who asked and what was sent. */
async function secureServer(options: ServerOptions = {}): Promise<number> {
  const [key, cert] = [await readFile(join(dir, "server.key")), await readFile(join(dir, "server.cert"))];
  return listen(
    createServer({ key, cert, ...options }, async (request, response) => {
      const sent = (await request.toArray()).join("");
      response.end(`${(request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? "nobody"} ${sent}`);
    }),
  );
}

/** Puts files of the test into the user's certs.d of a host and gives the environment that finds them. */
async function trusting(host: string, files: Readonly<Record<string, string>>) {
  const folder = join(dir, "home/.config/containers/certs.d", host);
  await mkdir(folder, { recursive: true });
  for (const [name, from] of Object.entries(files)) {
    await writeFile(join(folder, name), await readFile(join(dir, from)).catch(() => from));
  }
  return { HOME: join(dir, "home") };
}

const timeouts = { connectMs: 5000, idleMs: 5000, storeMs: 5000 };
const textOf = async (response: HttpResponse) => (await readAll(response, 1000, "answer")).toString();
const get = async (url: string, env: Readonly<Record<string, string>>) =>
  textOf(await createTransport({ env, ...timeouts })({ method: "GET", url: new URL(url), headers: {} }));

describe("TLS", () => {
  test("an authority in certs.d is trusted for its host, and no other unknown one is", async () => {
    const port = await secureServer();
    const env = await trusting(`127.0.0.1:${port}`, { "ca.crt": "ca.crt" });
    expect(await get(`https://127.0.0.1:${port}/`, env)).toBe("nobody ");
    await expect(get(`https://127.0.0.1:${port}/`, {})).rejects.toMatchObject({
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
  });

  test("a client certificate in certs.d is shown", async () => {
    const ca = await readFile(join(dir, "ca.crt"));
    const port = await secureServer({ requestCert: true, rejectUnauthorized: true, ca });
    const files = { "ca.crt": "ca.crt", "client.cert": "client.cert", "client.key": "client.key" };
    const env = await trusting(`127.0.0.1:${port}`, files);
    expect(await get(`https://127.0.0.1:${port}/`, env)).toBe("client ");
  });

  test.each([
    ["a certificate without key", { "client.cert": "client.cert" }, /cannot read .*client\.key/],
    [
      "a file that is no certificate",
      { "client.cert": "nonsense", "client.key": "nonsense" },
      /no usable certificates/,
    ],
  ])("%s is a matter of settings", async (_what, files, message) => {
    const env = await trusting("127.0.0.1:1", files);
    const found = get("https://127.0.0.1:1/", env);
    await expect(found).rejects.toMatchObject({ code: "settings-invalid" });
    await expect(found).rejects.toThrow(message);
  });

  test("a stream is sent over it with its length", async () => {
    const port = await secureServer();
    const env = await trusting(`127.0.0.1:${port}`, { "ca.crt": "ca.crt" });
    const response = await createTransport({ env, ...timeouts })({
      method: "PUT",
      url: new URL(`https://127.0.0.1:${port}/`),
      headers: { "content-length": "4" },
      body: Readable.from([Buffer.from("la"), Buffer.from("er")]),
    });
    expect(await textOf(response)).toBe("nobody laer");
  });

  test("a registry on loopback may have TLS; when it is not trusted, the remedy is told", async () => {
    const port = await secureServer();
    const image = { registry: `127.0.0.1:${port}`, path: "a" };
    const clientWith = (env: Readonly<Record<string, string>>) =>
      createRegistryClient({
        credentials: { lookup: async () => undefined },
        log: () => undefined,
        env,
        clock: { now: Date.now, random: () => 0, sleep: async () => undefined },
      });
    const env = await trusting(`127.0.0.1:${port}`, { "ca.crt": "ca.crt" });
    await expect(clientWith(env).getManifest(image, "1")).resolves.toMatchObject({
      digest: expect.any(String),
    });
    await expect(clientWith({}).getManifest(image, "1")).rejects.toMatchObject({
      code: "settings-invalid",
      hint: expect.stringContaining(`/etc/containers/certs.d/127.0.0.1:${port}/ca.crt`),
    });
  });
});

describe("a proxy", () => {
  /** Goes to loopback whatever host is asked for, and notes what was asked. */
  async function startProxy(target: number) {
    const asked: string[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"]}`);
      response.end("by proxy");
    });
    server.on("connect", (request, socket, head) => {
      asked.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"]}`);
      const upstream = connect(target, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      for (const side of [socket, upstream]) side.on("error", () => undefined);
    });
    return { asked, port: await listen(server) };
  }
  const password = `Basic ${Buffer.from("user:pw").toString("base64")}`;

  test("is tunnelled through for https, and the registry's certificate still counts", async () => {
    const port = await secureServer();
    const proxy = await startProxy(port);
    const env = {
      ...(await trusting(`registry.test:${port}`, { "ca.crt": "ca.crt" })),
      HTTPS_PROXY: `http://user:pw@127.0.0.1:${proxy.port}`,
    };
    expect(await get(`https://registry.test:${port}/`, env)).toBe("nobody ");
    expect(proxy.asked).toEqual([`CONNECT registry.test:${port} ${password}`]);
    await expect(get(`https://other.test:${port}/`, env)).rejects.toMatchObject({
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
  });

  test("is asked for plain http, but never for loopback", async () => {
    const proxy = await startProxy(1);
    const port = await listen(createHttpServer((_request, response) => response.end("direct")));
    const env = { HTTP_PROXY: `http://user:pw@127.0.0.1:${proxy.port}` };
    expect(await get("http://registry.test:5000/v2/", env)).toBe("by proxy");
    expect(await get(`http://127.0.0.1:${port}/`, env)).toBe("direct");
    expect(proxy.asked).toEqual([`GET http://registry.test:5000/v2/ ${password}`]);
  });
});
