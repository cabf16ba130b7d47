import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";
import { type Descriptor, imageManifestBytes, parseIndex } from "../../src/registry/manifest.ts";
import { ociIndexType, ociManifestType } from "../../src/registry/media-types.ts";
import type { Artifact } from "../../src/registry/referrers.ts";
import type { Clock } from "../../src/registry/retry.ts";
import { findOlareg, startOlareg, withoutOlareg } from "./olareg.ts";
import { startRegistry } from "./real-registry.ts";

const olareg = findOlareg();
const sbomType = "application/vnd.cyclonedx+json";
const text = (content: string) => new TextEncoder().encode(content);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "referrers-"));
});
afterAll(() => rm(dir, { recursive: true }));

const registries = [
  { name: "docker-registry 2.8, which has no referrers API", start: () => startRegistry(), api: false },
  { name: "olareg, which has the referrers API", start: () => startOlareg(olareg ?? ""), api: true },
];
if (olareg === undefined) {
  test.skip(`olareg${withoutOlareg}`, () => {});
}

describe.each(registries.filter(({ api }) => !api || olareg !== undefined))("$name", ({ start, api }) => {
  let registry: Awaited<ReturnType<typeof start>>;
  let images = 0;
  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry?.stop());

  const clientOf = (clock?: Clock): RegistryClient =>
    createRegistryClient({
      credentials: { lookup: async () => undefined },
      log: () => undefined,
      env: {},
      ...(clock === undefined ? {} : { clock }),
    });
  const repository = () => ({ registry: registry.address, path: "team/app" });
  const put = (client: RegistryClient, subject: Descriptor, artifact: Artifact, replace = false) =>
    client.putReferrer(repository(), subject, artifact, { stateDir: dir, replace });
  const sbom = (content: string): Artifact => ({
    artifactType: sbomType,
    blobs: [{ mediaType: sbomType, bytes: text(content) }],
  });

  /** An image that nothing refers to yet. */
  async function pushSubject(client: RegistryClient): Promise<Descriptor> {
    const config = text(JSON.stringify({ image: images++ }));
    const bytes = imageManifestBytes({
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: await client.putBlob(repository(), config),
        size: config.length,
      },
      layers: [],
    });
    const digest = await client.putManifest(repository(), digestOf(bytes), ociManifestType, bytes);
    return { mediaType: ociManifestType, digest, size: bytes.length };
  }

  /** An artifact as somebody else's tool leaves it: by hand, with fields that the factory does not know. */
  async function pushForeign(client: RegistryClient, subject: Descriptor): Promise<Digest> {
    const content = text("signature");
    await client.putBlob(repository(), content);
    const entry = { mediaType: "application/x", digest: digestOf(content), size: content.length };
    const bytes = imageManifestBytes({ artifactType: sbomType, config: entry, layers: [entry], subject });
    const digest = await client.putManifest(repository(), digestOf(bytes), ociManifestType, bytes);
    if (api) return digest;
    const index = text(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: ociIndexType,
        manifests: [
          {
            mediaType: ociManifestType,
            digest,
            size: bytes.length,
            artifactType: sbomType,
            data: Buffer.from(bytes).toString("base64"),
          },
        ],
        annotations: { "org.example.tool": "cosign" },
      }),
    );
    await client.putManifest(repository(), subject.digest.replace(":", "-"), ociIndexType, index);
    return digest;
  }

  test("gives back what was written, by type and with its bytes", async () => {
    const client = clientOf();
    const subject = await pushSubject(client);
    expect(await client.listReferrers(repository(), subject.digest)).toEqual([]);
    const written = await put(client, subject, { ...sbom("{}"), annotations: { made: "here" } });
    await put(client, subject, { ...sbom("other"), artifactType: "application/x-receipt" });
    const listed = await client.listReferrers(repository(), subject.digest, sbomType);
    expect(listed).toEqual([written]);
    expect(listed[0]?.annotations).toMatchObject({ made: "here" });
    expect(await client.listReferrers(repository(), subject.digest)).toHaveLength(2);
    const manifest = await client.getManifest(repository(), written.digest);
    const { subject: named, layers } = JSON.parse(new TextDecoder().decode(manifest?.bytes));
    expect(named).toEqual(subject);
    expect(await client.getBlob(repository(), layers[0].digest, { maxBytes: 100 })).toEqual(
      Buffer.from("{}"),
    );
  });

  test("writes the fallback tag only where there is no API", async () => {
    const client = clientOf();
    const subject = await pushSubject(client);
    await put(client, subject, sbom("{}"));
    const tag = subject.digest.replace(":", "-");
    expect((await client.listTags(repository())).includes(tag)).toBe(!api);
  });

  test("loses none of what ten writers bring at the same time", async () => {
    const subject = await pushSubject(clientOf());
    const foreign = await pushForeign(clientOf(), subject);
    const written = await Promise.all(
      Array.from({ length: 10 }, (_, at) => put(clientOf(), subject, sbom(`writer ${at}`))),
    );
    const listed = await clientOf().listReferrers(repository(), subject.digest);
    expect(listed.map(({ digest }) => digest).toSorted()).toEqual(
      [foreign, ...written.map(({ digest }) => digest)].toSorted(),
    );
  });

  test("has one entry for the same content, however often it is written", async () => {
    const client = clientOf();
    const subject = await pushSubject(client);
    const [first, ...others] = await Promise.all(
      Array.from({ length: 3 }, () => put(clientOf(), subject, sbom("same"))),
    );
    expect(others).toEqual([first, first]);
    expect(await client.listReferrers(repository(), subject.digest)).toEqual([first]);
  });

  test("loses its own earlier entry of the type by `replace`, and never another one's", async () => {
    const client = clientOf();
    const subject = await pushSubject(client);
    const foreign = await pushForeign(client, subject);
    await put(client, subject, sbom("old"));
    const receipt = await put(client, subject, { ...sbom("receipt"), artifactType: "application/x-receipt" });
    const newer = await put(client, subject, sbom("new"), true);
    const listed = await client.listReferrers(repository(), subject.digest);
    expect(listed.map(({ digest }) => digest).toSorted()).toEqual(
      [foreign, receipt.digest, newer.digest].toSorted(),
    );
  });

  test.skipIf(api)("keeps what it does not know of another tool's index", async () => {
    const client = clientOf();
    const subject = await pushSubject(client);
    await pushForeign(client, subject);
    await put(client, subject, sbom("{}"));
    const index = await client.getManifest(repository(), subject.digest.replace(":", "-"));
    const { manifests, annotations } = JSON.parse(new TextDecoder().decode(index?.bytes));
    expect(annotations).toEqual({ "org.example.tool": "cosign" });
    expect(manifests[0].data).toMatch(/^[\w+/=]+$/);
    expect(manifests).toHaveLength(2);
  });

  test.skipIf(api)(
    "enters itself again when a writer on another machine has overwritten the index",
    async () => {
      const other = clientOf();
      const subject = await pushSubject(other);
      const tag = subject.digest.replace(":", "-");
      let overwritten = 0;
      /** Another machine that had read the index before we wrote ours. */
      const overwrite = async () => {
        if (overwritten++ > 0) return;
        const ours = await other.getManifest(repository(), tag);
        expect(ours && parseIndex(ours, tag).manifests).toHaveLength(1);
        await pushForeign(other, subject);
      };
      const clock: Clock = {
        now: Date.now,
        random: Math.random,
        sleep: async (ms) => {
          await overwrite();
          await sleep(ms);
        },
      };
      const own = await put(clientOf(clock), subject, sbom("{}"));
      const listed = await other.listReferrers(repository(), subject.digest);
      expect(overwritten).toBe(2);
      expect(listed).toHaveLength(2);
      expect(listed.map(({ digest }) => digest)).toContain(own.digest);
    },
  );

  test.skipIf(api)("is left alone where something else stands under the fallback tag", async () => {
    const client = clientOf();
    const subject = await pushSubject(client);
    const document = await client.getManifest(repository(), subject.digest);
    const tag = subject.digest.replace(":", "-");
    await client.putManifest(repository(), tag, ociManifestType, document?.bytes ?? new Uint8Array());
    await expect(put(client, subject, sbom("{}"))).rejects.toMatchObject({ code: "policy-refused" });
    expect((await client.headManifest(repository(), tag))?.digest).toBe(subject.digest);
  });
});
