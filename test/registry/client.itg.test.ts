import { createHash, randomBytes } from "node:crypto";
import { readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeAuthFile } from "../../src/registry/auth-file.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { createCredentialStore } from "../../src/registry/credentials.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";
import { imageConfigBytes, parseImageConfig } from "../../src/registry/image-config.ts";
import { childFor } from "../../src/registry/image-platforms.ts";
import {
  imageManifestBytes,
  indexBytes,
  parseImageManifest,
  parseIndex,
} from "../../src/registry/manifest.ts";
import {
  ociConfigType,
  ociIndexType,
  ociLayerGzipType,
  ociManifestType,
} from "../../src/registry/media-types.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { systemClock } from "../../src/registry/retry.ts";
import { run } from "../../src/run.ts";
import { type RealRegistry, startRegistry } from "./real-registry.ts";

let own: RealRegistry;
let other: RealRegistry;
let client: RegistryClient;
/** Another that knows nothing of what the first has done. */
let newClient: () => RegistryClient;
/** The registry asks for a password; its client has none. */
let stranger: RegistryClient;

beforeAll(async () => {
  const auth = { user: "factory", password: "pass:word" };
  [own, other] = await Promise.all([startRegistry({ auth }), startRegistry()]);
  const authFile = join(own.dir, "auth.json");
  await writeAuthFile(authFile, { [own.address]: { username: auth.user, password: auth.password } });
  const clientWith = (authFiles: string[]) =>
    createRegistryClient({
      embedded: `${own.address}/team`,
      credentials: createCredentialStore({ authFiles, env: {}, run }),
      log: () => undefined,
      env: {},
    });
  newClient = () => clientWith([authFile]);
  client = newClient();
  stranger = clientWith([]);
});
afterAll(async () => {
  await Promise.all([own?.stop(), other?.stop()]);
});

const repository = (path: string): Repository => ({ registry: "factory.localhost", path });
const elsewhere = (path: string): Repository => ({ registry: other.address, path });

/** Pushes an image of one layer and gives its descriptor. */
async function pushImage(to: Repository, tag: string, layer: Buffer, architecture = "amd64") {
  const config = imageConfigBytes({
    architecture,
    os: "linux",
    config: { Cmd: ["/x"], Healthcheck: { Test: ["CMD", "true"] } },
    diffIds: [digestOf(layer)],
    history: [],
  });
  const packed = gzipSync(layer);
  const manifest = imageManifestBytes({
    config: { mediaType: ociConfigType, digest: await client.putBlob(to, config), size: config.length },
    layers: [{ mediaType: ociLayerGzipType, digest: await client.putBlob(to, packed), size: packed.length }],
  });
  const digest = await client.putManifest(to, tag, ociManifestType, manifest);
  return {
    mediaType: ociManifestType,
    digest,
    size: manifest.length,
    layer: digestOf(packed),
    bytes: manifest,
  };
}

async function pushIndex(to: Repository, tag: string) {
  const shared = randomBytes(1000);
  const amd64 = await pushImage(to, "amd64", shared);
  const arm64 = await pushImage(to, "arm64", shared, "arm64");
  const bytes = indexBytes(
    [
      { ...arm64, platform: "linux/arm64" },
      { ...amd64, platform: "linux/amd64" },
    ],
    { "org.opencontainers.image.title": "x" },
  );
  return { digest: await client.putManifest(to, tag, ociIndexType, bytes), bytes, layer: amd64.layer };
}

async function everyBlobIsThere(of: Repository, digest: Digest): Promise<void> {
  const document = await client.getManifest(of, digest);
  expect(document).toBeDefined();
  if (document === undefined) return;
  if (document.mediaType === ociIndexType) {
    for (const child of parseIndex(document, "x").manifests) await everyBlobIsThere(of, child.digest);
    return;
  }
  const { config, layers } = parseImageManifest(document, "x");
  for (const { digest, size } of [config, ...layers]) {
    expect((await client.getBlob(of, digest, { maxBytes: size }))?.length).toBe(size);
  }
}

describe("with docker-registry", () => {
  test("an index is published, found by tag and digest, and read back byte for byte", async () => {
    const { digest, bytes } = await pushIndex(repository("hello"), "1.0");
    const descriptor = { mediaType: ociIndexType, digest, size: bytes.length };
    expect(await client.headManifest(repository("hello"), "1.0")).toEqual(descriptor);
    expect(await client.headManifest(repository("hello"), digest)).toEqual(descriptor);
    const read = await client.getManifest(repository("hello"), "1.0");
    expect(Buffer.from(read?.bytes ?? [])).toEqual(Buffer.from(bytes));
    const child = childFor(parseIndex(read ?? { mediaType: "", bytes }, "hello"), "linux/arm64");
    const image = await client.getManifest(repository("hello"), child?.digest ?? "");
    const { config } = parseImageManifest(image ?? { mediaType: "", bytes }, "hello");
    const blob = await client.getBlob(repository("hello"), config.digest, { maxBytes: 10_000 });
    expect(parseImageConfig(blob ?? Buffer.from(""), "hello")).toMatchObject({
      architecture: "arm64",
      config: { Healthcheck: { Test: ["CMD", "true"] } },
    });
    expect(await client.listTags(repository("hello"))).toEqual(["1.0", "amd64", "arm64"]);
    expect(client.addressOf(repository("hello"))).toEqual({
      host: own.address,
      path: "team/hello",
      plainHttp: true,
    });
  });

  test("what is not there is absent", async () => {
    expect(await client.headManifest(repository("nothing"), "1")).toBeUndefined();
    expect(await client.getManifest(repository("nothing"), digestOf("x"))).toBeUndefined();
    expect(await client.hasBlob(repository("nothing"), digestOf("x"))).toBe(false);
    expect(await client.streamBlob(repository("nothing"), digestOf("x"))).toBeUndefined();
    expect(await client.listTags(repository("nothing"))).toEqual([]);
    expect(await client.deleteTag(repository("nothing"), "1")).not.toBe("deleted");
    expect(await client.deleteManifest(repository("nothing"), digestOf("x"))).toBe("absent");
  });

  test("a file of several MiB is sent once, and streams back as it was", async () => {
    const bytes = randomBytes(9 << 20);
    const file = join(own.dir, "layer");
    await writeFile(file, bytes);
    const content = { file, digest: digestOf(bytes), size: bytes.length };
    expect(await client.putBlob(repository("big"), content)).toBe(content.digest);
    await rm(file);
    expect(await client.putBlob(repository("big"), content)).toBe(content.digest);
    const hash = createHash("sha256");
    for await (const chunk of (await client.streamBlob(repository("big"), content.digest)) ?? [])
      hash.update(chunk);
    expect(`sha256:${hash.digest("hex")}`).toBe(content.digest);
  });

  test("a file that is not what it is said to be is refused", async () => {
    const file = join(own.dir, "liar");
    await writeFile(file, "other");
    const content = { file, digest: digestOf("bytes"), size: 5 };
    await expect(client.putBlob(repository("liar"), content)).rejects.toMatchObject({
      code: "registry-answer-invalid",
      message: expect.stringContaining("DIGEST_INVALID"),
    });
    expect(await client.hasBlob(repository("liar"), content.digest)).toBe(false);
  });

  test("an index whose children are missing is refused by name", async () => {
    const bytes = indexBytes([
      { platform: "linux/amd64", mediaType: ociManifestType, digest: digestOf("x"), size: 1 },
    ]);
    await expect(client.putManifest(repository("torn"), "1", ociIndexType, bytes)).rejects.toMatchObject({
      code: "registry-answer-invalid",
      message: expect.stringMatching(
        /PUT \/v2\/team\/torn\/manifests\/1 answered 400 .*MANIFEST_BLOB_UNKNOWN/,
      ),
    });
  });

  test("manifests are deleted by digest, tags as far as the registry can", async () => {
    const image = await pushImage(repository("gone"), "1", randomBytes(10));
    expect(await client.deleteTag(repository("gone"), "1")).toBe("unsupported");
    expect(await client.headManifest(repository("gone"), "1")).toBeDefined();
    expect(await client.deleteManifest(repository("gone"), image.digest)).toBe("deleted");
    expect(await client.headManifest(repository("gone"), "1")).toBeUndefined();
  });

  test("push permission is proved without a trace", async () => {
    await client.checkPush(repository("unborn"));
    expect(await uploadsOf("unborn")).toEqual([]);
    await expect(stranger.checkPush(repository("unborn"))).rejects.toMatchObject({
      code: "credentials-invalid",
      message: expect.stringContaining(`${own.address}: POST /v2/team/unborn/blobs/uploads/ answered 401`),
      hint: expect.stringContaining("right to push"),
    });
  });

  test("who has no password is told so, and never that something is absent", async () => {
    await expect(stranger.headManifest(repository("hello"), "1.0")).rejects.toMatchObject({
      code: "credentials-invalid",
    });
  });
});

describe("copying by digest", () => {
  test("images that share a layer are copied by several clients at once", async () => {
    const shared = randomBytes(1000);
    const from = repository("lender-of-many");
    const images = [];
    for (let number = 0; number < 8; number++)
      images.push(await pushImage(from, `v${number}`, shared, `cpu${number}`));
    for (let round = 0; round < 5; round++) {
      const to = repository(`borrower-${round}`);
      await Promise.all(images.map(({ digest }) => newClient().copyImage(from, digest, to)));
      for (const { digest } of images) await everyBlobIsThere(to, digest);
    }
  });

  test("within a registry mounts every blob: no second copy is stored", async () => {
    const { digest, layer } = await pushIndex(repository("base"), "1");
    const before = await storedBlobs(own);
    await client.copyImage(repository("base"), digest, repository("base-staging"));
    await everyBlobIsThere(repository("base-staging"), digest);
    expect(await storedBlobs(own)).toEqual(before);
    expect(await client.mountBlob(repository("base"), repository("third"), { digest: layer, size: 1 })).toBe(
      "mounted",
    );
  });

  test("between registries keeps every byte, and sends what two platforms share once", async () => {
    const { digest, bytes, layer } = await pushIndex(repository("from"), "1");
    expect(await client.copyImage(repository("from"), digest, elsewhere("copy"))).toEqual({
      mediaType: ociIndexType,
      digest,
      size: bytes.length,
    });
    await everyBlobIsThere(elsewhere("copy"), digest);
    expect(await client.mountBlob(repository("from"), elsewhere("copy"), { digest: layer, size: 1 })).toBe(
      "present",
    );
  });

  test("what is there already is not read from its source again", async () => {
    const { digest } = await pushIndex(repository("once"), "1");
    await client.copyImage(repository("once"), digest, elsewhere("kept"));
    await client.deleteManifest(repository("once"), digest);
    expect((await client.copyImage(repository("once"), digest, elsewhere("kept"))).digest).toBe(digest);
    await expect(client.copyImage(repository("once"), digest, elsewhere("late"))).rejects.toMatchObject({
      code: "base-missing",
    });
  });

  test("what a full disk has left empty in the registry is sent again, and whole then", async () => {
    const { digest, layer } = await pushIndex(repository("intact"), "1");
    const hurried = createRegistryClient({
      embedded: `${own.address}/team`,
      credentials: createCredentialStore({ authFiles: [join(own.dir, "auth.json")], env: {}, run }),
      log: () => undefined,
      env: {},
      clock: { ...systemClock, sleep: async () => undefined },
    });
    const copy = () => hurried.copyImage(repository("intact"), digest, repository("hurt"));
    await copy();
    const hurt = join(own.dir, "data/docker/registry/v2/repositories/team/hurt");
    const links = [
      `_manifests/revisions/sha256/${digest.slice(7)}/link`,
      `_layers/sha256/${layer.slice(7)}/link`,
    ];
    for (const link of links) await truncate(join(hurt, link));
    await expect(hurried.hasManifest(repository("hurt"), digest)).rejects.toMatchObject({
      code: "registry-unavailable",
    });
    await expect(hurried.hasBlob(repository("hurt"), layer)).rejects.toMatchObject({
      code: "registry-unavailable",
    });
    const blob = await hurried.getBlob(repository("intact"), layer, { maxBytes: 1e6 });
    await hurried.putBlob(repository("hurt"), blob ?? new Uint8Array());
    expect((await copy()).digest).toBe(digest);
    expect(await hurried.hasManifest(repository("hurt"), digest)).toBe(true);
    await everyBlobIsThere(repository("hurt"), digest);
  });

  test("a blob that the source cannot share is sent instead", async () => {
    const bytes = randomBytes(1000);
    const digest = await client.putBlob(elsewhere("lender"), bytes);
    expect(await client.mountBlob(elsewhere("lender"), repository("borrower"), { digest, size: 1000 })).toBe(
      "sent",
    );
    expect(await client.hasBlob(repository("borrower"), digest)).toBe(true);
    await expect(
      client.mountBlob(repository("borrower"), repository("other"), { digest: digestOf("never"), size: 5 }),
    ).rejects.toMatchObject({ code: "base-missing" });
    expect(await uploadsOf("other")).toEqual([]);
  });

  test("a blob that was damaged in its registry is not passed on", async () => {
    const bytes = randomBytes(1000);
    const digest = await client.putBlob(elsewhere("damaged"), bytes);
    const hex = digest.slice("sha256:".length);
    const file = join(other.dir, "data/docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
    expect((await stat(file)).size).toBe(1000);
    await writeFile(file, randomBytes(1000));
    await expect(
      client.mountBlob(elsewhere("damaged"), repository("victim"), { digest, size: 1000 }),
    ).rejects.toMatchObject({
      code: "registry-answer-invalid",
      message: expect.stringContaining("with bytes of digest"),
    });
    expect(await client.hasBlob(repository("victim"), digest)).toBe(false);
  });
});

/** The bytes and times of uploads that the registry keeps open for a repository; of a cancelled one it keeps neither. */
async function uploadsOf(path: string): Promise<readonly string[]> {
  const repositories = join(own.dir, "data/docker/registry/v2/repositories/team");
  const names = await readdir(join(repositories, path), { recursive: true });
  expect(names).toContain("_uploads");
  return names.filter((name) => /^_uploads\/.*\/(data|startedat)$/.test(name));
}

async function storedBlobs({ dir }: RealRegistry): Promise<readonly string[]> {
  const folder = join(dir, "data/docker/registry/v2/blobs/sha256");
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith("/data")).toSorted();
}
