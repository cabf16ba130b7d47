import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stageDebianRoot } from "../../src/build/debian-root.ts";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import type { PlatformStep } from "../../src/plan/plan-step.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { parseImageConfig } from "../../src/registry/image-config.ts";
import { parseImageManifest } from "../../src/registry/manifest.ts";
import { openDebianSource } from "../../src/resolve/open-debian.ts";
import type { ResolvedImage } from "../../src/resolve/resolver.ts";
import { run } from "../../src/run.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";

let home: string;
let registry: RealRegistry;
let client: RegistryClient;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "debian-root-test-"));
  registry = await startRegistry();
  client = createRegistryClient({
    embedded: registry.address,
    credentials: { lookup: async () => undefined },
    log: () => {},
    env: {},
  });
});

afterAll(async () => {
  await registry.stop();
  await rm(home, { recursive: true, force: true });
});

function enrolled(more = ""): Enrolment {
  const text = `- name: base
  platforms: [linux/arm64]
  labels: {who: test}
  source: {debian: {suite: trixie, packages: [base-files, dash]}}
${more}`;
  const [enrolment] = parseImages(text, "images.yaml", home).images;
  if (enrolment === undefined) throw new Error("nothing is enrolled");
  return enrolment;
}

async function open(enrolment: Enrolment) {
  const door = {
    run,
    log: () => {},
    workDir: join(home, "work"),
    mirror: undefined,
    imagesFolder: home,
    ensureEmulation: async () => {},
  };
  return openDebianSource(enrolment, door);
}

test("a debian source without Dockerfile is staged as an image of one layer, the same each time", async () => {
  const enrolment = enrolled();
  const source = await open(enrolment);
  const image = { facts: { enrolment }, source } as unknown as ResolvedImage;
  const step = { platform: "linux/arm64" } as PlatformStep;
  const stage = (path: string) => {
    const repository = { registry: "factory.localhost", path };
    const target = { image: "base", platform: step.platform, key: digestOf("key"), repository };
    return stageDebianRoot(image, step, target, { client, run });
  };
  const staged = await stage("base-staging");
  const document = await client.getManifest(staged.repository, staged.digest);
  if (document === undefined) throw new Error("nothing was staged");
  const manifest = parseImageManifest(document, "base");
  expect(manifest.layers).toHaveLength(1);
  const [layer] = manifest.layers;
  if (layer === undefined) throw new Error("the image has no layer");
  expect(layer.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
  const config = parseImageConfig(
    (await client.getBlob(staged.repository, manifest.config.digest, { maxBytes: 1 << 20 })) ?? Buffer.of(),
    "base",
  );
  expect(config).toMatchObject({ architecture: "arm64", os: "linux", created: "2000-01-01T00:00:00Z" });
  expect(config.config).toEqual({
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Cmd: ["/bin/sh"],
    Labels: { who: "test" },
  });
  const bytes = await client.getBlob(staged.repository, layer.digest, { maxBytes: 1 << 28 });
  const tar = execFileSync("gzip", ["-dc"], { input: bytes, maxBuffer: 1 << 28 });
  expect(config.diffIds).toEqual([digestOf(tar)]);

  expect((await stage("again-staging")).digest).toBe(staged.digest);
  expect(await readdir(join(home, "work", "cache", "contexts"))).toEqual([]);
});

test("with a Dockerfile the root is the one file of the context", async () => {
  const enrolment = enrolled("  dockerfile: base.Dockerfile\n");
  await writeFile(join(home, "base.Dockerfile"), "FROM scratch\nADD rootfs.tar /\n");
  const source = await open(enrolment);
  expect(source.dockerfile).toBe("FROM scratch\nADD rootfs.tar /\n");
  const tree = await source.checkout("linux/arm64");
  try {
    expect(await readdir(tree.dir)).toEqual(["rootfs.tar"]);
    expect(tree.treeId).toBe(source.files("linux/arm64"));
  } finally {
    await tree.dispose();
  }
});

test("a Dockerfile that is not there, or lies outside, is an error", async () => {
  await expect(open(enrolled("  dockerfile: absent\n"))).rejects.toMatchObject({
    code: "dockerfile-invalid",
  });
  const outside = join(home, "outside");
  execFileSync("ln", ["-s", "/etc/hostname", outside]);
  await expect(open(enrolled("  dockerfile: outside\n"))).rejects.toMatchObject({ code: "source-invalid" });
});
