import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { parseImageConfig } from "../../src/registry/image-config.ts";
import { parseImageManifest, parseIndex } from "../../src/registry/manifest.ts";
import { ociIndexType, ociManifestType } from "../../src/registry/media-types.ts";
import { nextUrl } from "../../src/registry/session.ts";
import { type Answer, type MisbehavingRegistry, serve } from "../registry/misbehaving-registry.ts";

const started: MisbehavingRegistry[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

async function listen(answer: Answer, greeting?: Answer): Promise<MisbehavingRegistry> {
  const server = await serve(answer, greeting);
  started.push(server);
  return server;
}

function clientOf(): RegistryClient {
  return createRegistryClient({
    credentials: { lookup: async () => ({ username: "me", password: "hunter2" }) },
    log: () => undefined,
    env: {},
    clock: { now: Date.now, random: () => 1, sleep: async () => undefined },
  });
}

const digest = digestOf("asked for");
const json = (response: ServerResponse, value: unknown) => response.end(JSON.stringify(value));
type Ask = (client: RegistryClient, at: { registry: string; path: string }) => Promise<unknown>;
const tags: Ask = (client, at) => client.listTags(at);
const manifest: Ask = (client, at) => client.getManifest(at, digest);
const head: Ask = (client, at) => client.headManifest(at, digest);
const blob: Ask = (client, at) => client.getBlob(at, digest, { maxBytes: 1_000 });

const sent =
  (location: string): Answer =>
  (_, response) =>
    void response.writeHead(307, { location }).end();
const endless: Answer = (_, response) => {
  const chunk = Buffer.alloc(65_536, 0x20);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", more);
  more();
};

const lies: readonly (readonly [string, Ask, Answer])[] = [
  ["tags that are no list", tags, (_, response) => json(response, { tags: "latest" })],
  ["tags that are no texts", tags, (_, response) => json(response, { tags: [{}] })],
  [
    "tags nested deeper than a stack",
    tags,
    (_, response) => response.end(`{"tags":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
  ],
  ["a page of tags without end", tags, endless],
  [
    "a page of tags that names itself as the next",
    tags,
    ({ url }, response) => {
      response.setHeader("link", `<${url}>; rel="next"`);
      json(response, { tags: ["a"] });
    },
  ],
  [
    "pages of tags without number",
    tags,
    ({ url }, response) => {
      response.setHeader("link", `<${String(url).split("&")[0]}&last=${Math.random()}>; rel="next"`);
      json(response, { tags: [] });
    },
  ],
  ["a manifest without end", manifest, endless],
  ["a manifest of other bytes", manifest, (_, response) => response.end("{}")],
  [
    "a manifest under the digest of another",
    manifest,
    (_, response) => {
      response.setHeader("docker-content-digest", digestOf("other"));
      response.end("{}");
    },
  ],
  [
    "a head about another digest",
    head,
    (_, response) => {
      response.setHeader("docker-content-digest", digestOf("other"));
      response.setHeader("content-length", "2");
      response.end();
    },
  ],
  ["a blob without end", blob, endless],
  ["a blob of other bytes", blob, (_, response) => response.end("other")],
  [
    "a blob that is compressed on its way",
    blob,
    (_, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(Buffer.from("1f8b", "hex"));
    },
  ],
  ["a file in the place of a blob", blob, sent("file:///etc/passwd")],
  ["a blob by ftp", blob, sent("ftp://127.0.0.1/x")],
  ["a blob by a program", blob, sent("javascript:x")],
  ["a blob at an address that is none", blob, sent("http://[::1")],
  ["a blob at no address", blob, sent("")],
  [
    "a blob at itself for ever",
    blob,
    ({ url }, response) => void response.writeHead(302, { location: String(url) }).end(),
  ],
  ["a blob in plain at another machine", blob, sent("http://192.0.2.1/x")],
  ["a blob at a machine's credentials", blob, sent("http://169.254.169.254/latest/meta-data/")],
];

describe("a registry that lies", () => {
  test.each(lies)("with %s gets 75 and one sentence with its name", async (_, ask, answer) => {
    const server = await listen(answer);
    const asked = ask(clientOf(), { registry: server.address, path: "team/app" });
    await expect(asked).rejects.toMatchObject({
      code: "registry-answer-invalid",
      exitStatus: 75,
      message: expect.stringContaining(server.address),
    });
  });

  test("about a million tags, half of them none, is believed about those that can be", async () => {
    const listed = Array.from({ length: 400_000 }, (_, index) => (index % 2 ? `${index}` : `../${index}`));
    const server = await listen((_, response) => json(response, { tags: [...listed, "a\u001b[2J", ""] }));
    const found = await clientOf().listTags({ registry: server.address, path: "a" });
    expect(found).toHaveLength(200_000);
  });

  test.each(["http", "https"])(
    "about where its next page is, on another host by %s, is asked itself",
    async (scheme) => {
      const other = await listen((_, response) => json(response, { tags: ["theirs"] }));
      const server = await listen(({ url }, response) => {
        if (!url?.includes("last"))
          response.setHeader("link", `<${scheme}://${other.address}/v2/a/tags/list?last=1>; rel="next"`);
        json(response, { tags: ["ours"] });
      });
      expect(await clientOf().listTags({ registry: server.address, path: "a" })).toEqual(["ours"]);
      expect([other.requests, server.requests.length]).toEqual([[], 2]);
    },
  );
});

const realms = [
  "file:///etc/passwd",
  "ftp://127.0.0.1/x",
  "//127.0.0.1",
  "x",
  "",
  "http://192.0.2.1/token",
  "http://169.254.169.254/token",
];

describe("a token service", () => {
  test.each(realms)("at %s gets no password", async (realm) => {
    const server = await listen(
      (_, response) => response.end("{}"),
      (_, response) => void response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}"` }).end(),
    );
    await expect(manifest(clientOf(), { registry: server.address, path: "a" })).rejects.toMatchObject({
      code: "registry-answer-invalid",
      message: expect.not.stringContaining("hunter2"),
    });
    expect(server.requests).toEqual([]);
  });

  test.each([
    ["no token", {}],
    ["a token that is a list", { token: ["x"] }],
    ["a token with a header of its own", { token: "x\r\nHost: evil" }],
    ["a token of other letters", { token: "ü" }],
    ["a time that is a text", { token: "x", expires_in: "1" }],
    ["a time before now", { token: "x", expires_in: -1 }],
    ["a list", []],
  ])("that answers %s is named", async (_, answer) => {
    const service = await listen((_, response) => json(response, answer));
    const server = await listen(
      (_, response) => response.end("{}"),
      (_, response) =>
        void response
          .writeHead(401, { "www-authenticate": `Bearer realm="http://${service.address}/t"` })
          .end(),
    );
    await expect(manifest(clientOf(), { registry: server.address, path: "a" })).rejects.toMatchObject({
      code: "registry-answer-invalid",
      message: expect.stringContaining(service.address),
    });
  });
});

describe("a registry that is elsewhere sends nobody inwards", () => {
  const elsewhere = { address: { host: "r.example", path: "a", plainHttp: false }, method: "GET" } as const;
  test.each([
    "http://127.0.0.1:5000/x",
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://x.localhost/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://0.0.0.0/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fe80::1]/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://localhost./x",
  ])("%s", (location) => {
    expect(() => nextUrl(elsewhere, new URL("https://r.example/v2/a/blobs/x"), location, [])).toThrow(
      expect.objectContaining({ code: "registry-answer-invalid" }),
    );
  });

  test("and may send to a storage, also one whose name begins as such an address does", () => {
    const at = (location: string) => nextUrl(elsewhere, new URL("https://r.example/v2/"), location, []).href;
    expect(at("https://fe80.example/x")).toBe("https://fe80.example/x");
    expect(at("https://0.example/x")).toBe("https://0.example/x");
  });
});

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const deep = (open: string, close: string) =>
  open.repeat(100_000) + (open === "[" ? "" : "1") + close.repeat(100_000);
const layer = (more: object) => ({
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  digest,
  size: 1,
  ...more,
});
const image = (more: object) => ({ schemaVersion: 2, config: layer({}), layers: [], ...more });

describe("what a base says of itself is checked field by field", () => {
  test.each([
    [
      "a layer elsewhere",
      image({
        layers: [
          layer({
            mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            urls: ["http://127.0.0.1"],
          }),
        ],
      }),
    ],
    ["a digest that is a path", image({ layers: [layer({ digest: "../../x" })] })],
    ["a digest of another kind", image({ layers: [layer({ digest: `sha512:${"0".repeat(128)}` })] })],
    ["a size below nothing", image({ layers: [layer({ size: -1 })] })],
    ["a size beyond numbers", image({ layers: [layer({ size: 1e300 })] })],
    ["a size in words", image({ layers: [layer({ size: "1" })] })],
    ["layers that are none", image({ layers: {} })],
    ["no config", { schemaVersion: 2, layers: [] }],
    ["a type of its own", image({ mediaType: "text/html" })],
    ["an annotation that is no text", image({ annotations: { a: {} } })],
    ["lists nested deeper than a stack", `{"schemaVersion":${deep("[", "]")}}`],
    ["maps nested deeper than a stack", `{"schemaVersion":2,"config":{"mediaType":${deep('{"a":', "}")}}}`],
  ])("a manifest with %s", (_, value) => {
    expect(() => parseImageManifest({ mediaType: ociManifestType, bytes: bytes(value) }, "the base")).toThrow(
      expect.objectContaining({ code: "base-unusable", message: expect.stringContaining("the base") }),
    );
  });

  test.each([
    ["no list", { schemaVersion: 2, manifests: {} }],
    [
      "a platform that is no text",
      { schemaVersion: 2, manifests: [layer({ platform: { os: "linux", architecture: 1 } })] },
    ],
    ["schema 1", { schemaVersion: 1, manifests: [] }],
  ])("an index with %s", (_, value) => {
    expect(() => parseIndex({ mediaType: ociIndexType, bytes: bytes(value) }, "the base")).toThrow(
      expect.objectContaining({ code: "base-unusable" }),
    );
  });

  const config = (more: object) => ({
    os: "linux",
    architecture: "amd64",
    rootfs: { diff_ids: [] },
    ...more,
  });
  test.each([
    ["an architecture nested deeper than a stack", `{"architecture":${deep("[", "]")}}`],
    [
      "a system nested deeper than a stack",
      `{"architecture":"a","rootfs":{"diff_ids":[]},"os":${deep('{"a":', "}")}}`,
    ],
    [
      "an architecture by its prototype",
      '{"__proto__":{"architecture":"amd64"},"os":"linux","rootfs":{"diff_ids":[]}}',
    ],
    ["layers that are paths", config({ rootfs: { diff_ids: ["../x"] } })],
    ["variables that are none", config({ config: { Env: [1] } })],
    ["triggers that are none", config({ config: { OnBuild: "RUN x" } })],
    ["labels that are none", config({ config: { Labels: { a: [] } } })],
    ["a history that is none", config({ history: {} })],
  ])("a config with %s", (_, value) => {
    expect(() => parseImageConfig(bytes(value), "the base")).toThrow(
      expect.objectContaining({ code: "base-unusable", message: expect.stringContaining("the base") }),
    );
  });
});
