import { execFileSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { NonEmpty } from "../../src/non-empty.ts";
import { type Platform, platforms } from "../../src/platform.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";
import { imageConfigBytes } from "../../src/registry/image-config.ts";
import { type IndexChild, imageManifestBytes, indexBytes, parseIndex } from "../../src/registry/manifest.ts";
import { ociConfigType, ociIndexType, ociManifestType } from "../../src/registry/media-types.ts";
import { filesOf, published } from "./published-files.ts";
import { makeWorld, type World } from "./world.ts";

const ociLayerType = "application/vnd.oci.image.layer.v1.tar";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.end());

/** `base`, and `app` which is built from it; `changes` are further fields of app. */
function enrolled(changes = "", others = "", on: readonly Platform[] = ["linux/amd64"]): string {
  return `defaults: {platforms: [${on.join(", ")}], scan: {os: none}}
images:
- name: base
  source: {folder: base}
- name: app
  source: {folder: app}
${changes}${others}`;
}

beforeEach(async () => {
  await world.write("images.yaml", enrolled());
  await world.write("base/file", "base\n");
  await world.write("base/Dockerfile", "FROM scratch\nCOPY file /base\n");
  await world.write("app/file", "app\n");
  await world.write("app/Dockerfile", "FROM factory.localhost/base\nCOPY file /app\n");
});

async function standing(image: string, tag = "latest"): Promise<Digest | undefined> {
  const repository = { registry: "factory.localhost", path: image };
  return (await (await world.client()).headManifest(repository, tag))?.digest;
}

const stateOf = (image: string) => readFile(join(world.workDir, "state/images", `${image}.yaml`), "utf8");

describe("several images in one run", () => {
  it("are rebuilt each once by FORCE=1, a dependant on what its base has become", async () => {
    expect(await world.run("build", "IMAGE=all")).toMatchObject({ status: 0 });
    const before = [await standing("base"), await standing("app")];
    const { status, stderr } = await world.run("build", "IMAGE=all", "FORCE=1", "EPOCH=1800000000");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(/^app: forced/m);
    expect([await standing("base"), await standing("app")]).toEqual(before);
    expect(await stateOf("base")).toContain("epoch: 1800000000");
    expect(await stateOf("app")).toContain("epoch: 1800000000");
    expect(await world.run("build", "IMAGE=all", "FORCE=1", "EPOCH=1800000000")).toMatchObject({ status: 0 });
  });

  it("do not stop each other: one whose source is missing fails alone, and says so once", async () => {
    await world.write("images.yaml", enrolled("", "- name: lost\n  source: {folder: nowhere}\n"));
    const { status, stdout, stderr } = await world.run("build", "IMAGE=all", "--json");
    expect(status).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject([
      { image: "base", kind: "unchanged" },
      { image: "app", kind: "unchanged" },
      { image: "lost", kind: "failed" },
    ]);
    expect(stderr.match(/nowhere/g)).toHaveLength(1);
  });

  it("are skipped with the status of the base that failed", async () => {
    await world.write("base/Dockerfile", "FROM scratch\nCOPY nothing /\n");
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(65);
    expect(stderr).toContain("app: not built, because its base base was not published");
  });

  it("publish to tags of their own: two that TAG= makes one are refused before anything is built", async () => {
    const shared = "  registry: factory.localhost\n  repository: shared\n";
    await world.write(
      "images.yaml",
      `${enrolled()}- name: a\n  source: {folder: app}\n${shared}  tags: [a]\n- name: b\n  source: {folder: base}\n${shared}  tags: [b]\n`,
    );
    const { status, stderr } = await world.run("build", "IMAGE=a", "TAG=b");
    expect({ status, stderr }).toMatchObject({ status: 65, stderr: expect.stringContaining("shared:b") });
  });
});

describe("a registry that was wiped under its state", () => {
  it("is filled again with the same digests, from the base up, also without any cache", async () => {
    expect(await world.run("build", "IMAGE=all")).toMatchObject({ status: 0 });
    const before = [await standing("base"), await standing("app")];
    expect(await world.run("registry", "stop")).toMatchObject({ status: 0 });
    expect(await world.run("clean")).toMatchObject({ status: 0 });
    await rm(join(world.workDir, "registry"), { recursive: true, force: true });
    const plan = await world.run("plan", "IMAGE=app");
    expect(plan.stdout).toMatch(/^base +build +registry lacks .*\napp +wait/);
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect([await standing("base"), await standing("app")]).toEqual(before);
  });
});

describe("a repository that was changed in images.yaml", () => {
  it("is published to, base first, and recorded", async () => {
    const moved = enrolled("  registry: factory.localhost\n  repository: moved/app\n").replace(
      "source: {folder: base}\n",
      "source: {folder: base}\n  registry: factory.localhost\n  repository: moved/base\n",
    );
    await world.write("images.yaml", moved);
    await world.write("app/Dockerfile", "FROM factory.localhost/moved/base\nCOPY file /app\n");
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(/^base: repository changed$/m);
    expect(await standing("moved/base")).toBe(await standing("base"));
    expect(await stateOf("app")).toContain("repository: factory.localhost/moved/app");
    expect((await world.run("build", "IMAGE=app")).stderr).toMatch(/^app: nothing to do/m);
    await world.write("images.yaml", enrolled());
    await world.write("app/Dockerfile", "FROM factory.localhost/base\nCOPY file /app\n");
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
  });
});

describe("a base with zstd layers and an OCI config that has SHELL and HEALTHCHECK", () => {
  it("keeps its layers as they are and hands both on, also when it is named by its digest", async () => {
    const client = await world.client();
    const mirror = { registry: world.env["FACTORY_TRIVY_DATABASE"]?.split("/")[0] ?? "", path: "zstd" };
    const tar = execFileSync("tar", ["-C", join(world.dir, "base"), "-c", "file"]);
    const packed = zstdCompressSync(tar);
    const layer = await client.putBlob(mirror, packed);
    const children = await Promise.all(
      platforms.map(async (platform) => {
        const bytes = imageConfigBytes({
          architecture: platform.slice("linux/".length),
          os: "linux",
          config: { Shell: ["/zsh", "-c"], Healthcheck: { Test: ["CMD", "/ok"] } },
          diffIds: [digestOf(tar)],
          history: [],
        });
        const manifest = imageManifestBytes({
          config: {
            mediaType: ociConfigType,
            digest: await client.putBlob(mirror, bytes),
            size: bytes.length,
          },
          layers: [{ mediaType: `${ociLayerType}+zstd`, digest: layer, size: packed.length }],
        });
        const digest = await client.putManifest(mirror, digestOf(manifest), ociManifestType, manifest);
        return { platform, mediaType: ociManifestType, digest, size: manifest.length };
      }),
    );
    const index = indexBytes([children[0], ...children.slice(1)] as NonEmpty<IndexChild>);
    await client.putManifest(mirror, "latest", ociIndexType, index);
    await world.write("app/Dockerfile", `FROM ${mirror.registry}/zstd@${digestOf(index)}\nCOPY file /app\n`);
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const { manifest, config } = await published(world, "app");
    expect(manifest.layers[0]).toEqual({
      mediaType: `${ociLayerType}+zstd`,
      digest: layer,
      size: packed.length,
    });
    expect(manifest.layers).toHaveLength(2);
    expect(config.config).toMatchObject({ Shell: ["/zsh", "-c"], Healthcheck: { Test: ["CMD", "/ok"] } });
  });
});

describe("two processes at once", () => {
  it("build different images side by side", async () => {
    await world.write("images.yaml", enrolled("", "- name: other\n  source: {folder: other}\n"));
    await world.write("other/Dockerfile", "FROM scratch\nCOPY Dockerfile /other\n");
    await world.write("app/file", "beside other\n");
    const runs = await Promise.all([world.run("build", "IMAGE=app"), world.run("build", "IMAGE=other")]);
    for (const { status, stderr } of runs) expect(status === 0 ? "" : stderr).toBe("");
    expect((await filesOf(world, "app", ["app"])).get("app")).toBe("beside other\n");
  });
});

describe("a git source", () => {
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      ["-c", "user.name=t", "-c", "user.email=t@t", "-C", join(world.dir, "repo"), ...args],
      {
        encoding: "utf8",
      },
    ).trim();

  it("puts the commit of the run in labels, args and annotations, so that a new commit is built", async () => {
    await world.write(
      "repo/Dockerfile",
      "FROM scratch\nARG REVISION\nCOPY file /file\nLABEL arg=$REVISION\n",
    );
    await world.write("repo/file", "one\n");
    git("init", "-q", "-b", "main");
    git("add", ".");
    git("commit", "-qm", "one");
    const commit = git("rev-parse", "HEAD");
    await world.write(
      "images.yaml",
      `- name: app
  source: {git: ${join(world.dir, "repo")}}
  platforms: [linux/amd64]
  scan: {os: none}
  args: {REVISION: "{commit}"}
  labels: {org.opencontainers.image.revision: "{commit}"}
  annotations: {org.opencontainers.image.revision: "{commit}"}
  tags: [latest, "{commit}", "{date}"]
`,
    );
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect(await standing("app", commit)).toBe(await standing("app"));
    const { labels, annotations } = await publishedWords();
    expect(labels).toEqual({ arg: commit, "org.opencontainers.image.revision": commit });
    expect(annotations).toEqual({ "org.opencontainers.image.revision": commit });
    git("commit", "-q", "--allow-empty", "-m", "two");
    const plan = await world.run("plan", "IMAGE=app");
    expect(plan.stdout).toMatch(
      /^app +build +args REVISION changed; labels org.* changed; annotations changed$/m,
    );
  });

  async function publishedWords() {
    const client = await world.client();
    const index = await client.getManifest({ registry: "factory.localhost", path: "app" }, "latest");
    if (index === undefined) throw new Error("not published");
    const { config } = await published(world, "app");
    return { labels: config.config.Labels, annotations: parseIndex(index, "app").annotations };
  }
});

// What follows has both platforms: an image does not lose one without being asked.
describe("images for both platforms", () => {
  beforeEach(() => world.write("images.yaml", enrolled("", "", platforms)));

  describe("PLATFORM=", () => {
    it("stages the platform of a stale base and leaves what is built from it for later", async () => {
      await world.write("base/file", "stale\n");
      const first = await world.run("build", "IMAGE=app", "PLATFORM=linux/arm64");
      expect(first).toMatchObject({
        status: 0,
        stderr: expect.stringContaining("base: staged, not published"),
      });
      expect(first.stdout).toBe("");
      const second = await world.run("build", "IMAGE=app");
      expect(second.status).toBe(0);
      expect(second.stderr).not.toContain("base linux/arm64: build");
      expect((await filesOf(world, "app", ["base"], "arm64")).get("base")).toBe("stale\n");
    });

    it("builds nothing of an image that has another platform only, and says what it waits for", async () => {
      await world.write("images.yaml", enrolled("  platforms: [linux/amd64]\n", "", platforms));
      await world.write("app/file", "one platform\n");
      const { status, stdout, stderr } = await world.run(
        "build",
        "IMAGE=app",
        "PLATFORM=linux/arm64",
        "ALLOW=platform-loss",
        "WHY=test",
      );
      expect({ status, stderr }).toMatchObject({
        status: 0,
        stderr: expect.stringContaining("staged, not published: waits for linux/amd64"),
      });
      expect(stdout).not.toContain("/app@");
    });
  });

  describe("a base of which one platform changed", () => {
    it("makes that platform alone be built again on top of it", async () => {
      await world.write("base/Dockerfile", "FROM scratch\nARG TARGETARCH\nCOPY ${TARGETARCH} /base\n");
      await world.write("base/amd64", "one\n");
      await world.write("base/arm64", "one\n");
      expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
      await world.write("base/arm64", "two\n");
      const { status, stderr } = await world.run("build", "IMAGE=app");
      expect(status).toBe(0);
      expect(stderr).toContain("app linux/arm64: build");
      expect(stderr).not.toContain("app linux/amd64: build");
    });
  });

  describe("two processes that build both platforms at once", () => {
    it("build one image once, with one digest and one version", async () => {
      await world.write("app/file", "by two\n");
      const runs = await Promise.all([world.run("build", "IMAGE=app"), world.run("build", "IMAGE=app")]);
      expect(runs.map(({ status }) => status)).toEqual([0, 0]);
      expect(runs[0].stdout).toBe(runs[1].stdout);
      const built = runs.flatMap(({ stderr }) => stderr.match(/app linux\/amd64: build done/g) ?? []);
      expect(built).toHaveLength(1);
      const digest = await standing("app");
      const tags = await (await world.client()).listTags({ registry: "factory.localhost", path: "app" });
      expect(tags.filter((tag) => tag.endsWith(digest?.slice(7, 19) ?? "?"))).toHaveLength(1);
    });
  });
});
