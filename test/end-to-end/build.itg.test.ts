import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../../src/registry/digest.ts";
import { parseImageConfig } from "../../src/registry/image-config.ts";
import { parseImageManifest, parseIndex } from "../../src/registry/manifest.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

const base: Repository = { registry: "factory.localhost", path: "base" };
const app: Repository = { registry: "factory.localhost", path: "app" };

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await world.write(
    "images.yaml",
    "- name: base\n  source: {folder: base}\n- name: app\n  source: {folder: app}\n",
  );
  await addDebianRoot(world, "base", ["dash 0.5.12-2"]);
  await world.write(
    "base/Dockerfile",
    'FROM scratch\nCOPY root /\nLABEL from=base\nSHELL ["/bin/dash", "-c"]\n',
  );
  await world.write(
    "app/Dockerfile",
    'FROM factory.localhost/base\nCOPY hello /hello\nHEALTHCHECK CMD ["/hello"]\nENTRYPOINT ["/hello"]\n',
  );
  await world.write("app/hello", "#!/bin/sh\necho hello\n", 0o755);
});
afterAll(() => world.end());

async function digestOfTag(repository: Repository, tag = "latest"): Promise<Digest | undefined> {
  return (await (await world.client()).headManifest(repository, tag))?.digest;
}

/** The last line of stdout for each image: where its digest can be pulled. */
function references(stdout: string): readonly string[] {
  return stdout.trim().split("\n");
}

describe("a build, run as its user does", () => {
  it("publishes the image and its base as complete indexes of both platforms, and says where", async () => {
    const { status, stdout, stderr } = await world.run("build", "IMAGE=app");
    expect(stderr).toContain("app: published");
    expect(status).toBe(0);
    const client = await world.client();
    const index = await client.getManifest(app, "latest");
    if (index === undefined) throw new Error("not published");
    expect(references(stdout).at(-1)).toBe(`${client.addressOf(app).host}/app@${index.digest}`);
    const parsed = parseIndex(index, "app");
    expect(parsed.manifests.map(({ platform }) => platform)).toEqual([
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ]);
    for (const child of parsed.manifests) {
      const document = await client.getManifest(app, child.digest);
      if (document === undefined) throw new Error("a platform is missing");
      const manifest = parseImageManifest(document, "app");
      for (const { digest } of [manifest.config, ...manifest.layers])
        expect(await client.hasBlob(app, digest)).toBe(true);
      const config = parseImageConfig(
        (await client.getBlob(app, manifest.config.digest, { maxBytes: 1 << 20 })) ?? new Uint8Array(),
        "app",
      );
      expect(config.architecture).toBe(child.platform?.architecture);
      expect(config.config).toMatchObject({
        Entrypoint: ["/hello"],
        Healthcheck: { Test: ["CMD", "/hello"] },
        Labels: { from: "base" },
        Shell: ["/bin/dash", "-c"],
      });
      expect(config.created).toBe("2000-01-01T00:00:00Z");
      expect(config.history.filter(({ empty_layer }) => empty_layer !== true)).toHaveLength(
        manifest.layers.length,
      );
    }
  });

  it("lays the base's layers below untouched and names the base on each platform", async () => {
    const client = await world.client();
    const layersOf = async (repository: Repository) => {
      const index = await client.getManifest(repository, "latest");
      const [child] = index === undefined ? [] : parseIndex(index, "x").manifests;
      const document = child === undefined ? undefined : await client.getManifest(repository, child.digest);
      if (document === undefined) throw new Error("not published");
      return { digest: document.digest, ...parseImageManifest(document, "x") };
    };
    const [below, above] = [await layersOf(base), await layersOf(app)];
    expect(above.layers.slice(0, below.layers.length)).toEqual(below.layers);
    expect(above.annotations).toEqual({
      "org.opencontainers.image.base.name": "factory.localhost/base:latest",
      "org.opencontainers.image.base.digest": below.digest,
    });
  });

  it("does nothing the second time, and says why", async () => {
    const before = await digestOfTag(app);
    const { status, stderr, stdout } = await world.run("build", "IMAGE=app");
    expect({ status, digest: await digestOfTag(app) }).toEqual({ status: 0, digest: before });
    expect(stderr).toMatch(/^base: nothing to do: .*\napp: nothing to do: every input is as it was/);
    expect(references(stdout)).toHaveLength(2);
  });

  it("agrees with plan, which changes nothing", async () => {
    await world.write("app/hello", "#!/bin/sh\necho hello again\n", 0o755);
    const before = await digestOfTag(app);
    const { status, stdout } = await world.run("plan", "IMAGE=app");
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^base +keep +unchanged.*\napp +build +source [0-9a-f]{12}→[0-9a-f]{12}\n1 to build, 1 unchanged\n$/,
    );
    expect(await digestOfTag(app)).toBe(before);
    const dryRun = await world.run("build", "IMAGE=app", "--dry-run");
    expect(dryRun.stdout).toBe(stdout);
    expect(await digestOfTag(app)).toBe(before);
  });

  it("builds only the image whose source was touched", async () => {
    const bases = await digestOfTag(base);
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(0);
    expect(stderr).toContain("base: nothing to do");
    expect(stderr).toContain("app: published");
    expect(await digestOfTag(base)).toBe(bases);
  });

  it("builds the base and then the image when the base's source changed, each with its reason", async () => {
    await addDebianRoot(world, "base", ["dash 0.5.12-2", "sed 4.9-2"]);
    const plan = await world.run("plan", "IMAGE=app");
    expect(plan.stdout).toMatch(
      /^base +build +source .*\napp +wait +waits for base: rebuilt only if the bytes of base change\n1 to build, 1 only if its bases change\n$/,
    );
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(0);
    expect(stderr.indexOf("base: published")).toBeGreaterThan(-1);
    expect(stderr.indexOf("app: published")).toBeGreaterThan(stderr.indexOf("base: published"));
    expect(stderr).toMatch(
      /app: base factory\.localhost\/base:latest sha256:[0-9a-f]{12}→sha256:[0-9a-f]{12}/,
    );
  });

  it("puts a tag back that was deleted, after a scan and without a build", async () => {
    const before = await digestOfTag(app);
    await rm(
      join(world.workDir, "registry/data/docker/registry/v2/repositories/app/_manifests/tags/latest"),
      { recursive: true },
    );
    expect(await digestOfTag(app)).toBeUndefined();
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(0);
    expect(stderr).toContain("app linux/arm64: scan");
    expect(stderr).not.toContain("app linux/arm64: build");
    expect(await digestOfTag(app)).toBe(before);
  });

  it("gives the same digests after a wipe of every cache and of the registry", async () => {
    const before = [await digestOfTag(base), await digestOfTag(app)];
    expect((await world.run("registry", "stop")).status).toBe(0);
    expect((await world.run("clean")).status).toBe(0);
    for (const folder of ["registry", "state"])
      await rm(join(world.workDir, folder), { recursive: true, force: true });
    const { status, stderr } = await world.run("build", "IMAGE=all");
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("app: published"),
    });
    expect([await digestOfTag(base), await digestOfTag(app)]).toEqual(before);
  });

  it("leaves a tag alone that somebody else moved, and exits 77", async () => {
    const client = await world.client();
    const [ours, theirs] = [
      await client.getManifest(app, "latest"),
      await client.getManifest(base, "latest"),
    ];
    if (ours === undefined || theirs === undefined) throw new Error("not published");
    await client.copyImage(base, theirs.digest, app);
    await client.putManifest(app, "latest", theirs.mediaType, theirs.bytes);
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(77);
    expect(stderr).toContain(`app: factory.localhost/app:latest holds ${theirs.digest}`);
    expect(await digestOfTag(app)).toBe(theirs.digest);
    await client.putManifest(app, "latest", ours.mediaType, ours.bytes);
  });

  it("records what built each platform", async () => {
    const state = await readFile(join(world.workDir, "state/images/app.yaml"), "utf8");
    expect(state.match(/builtBy:\n +buildah: \d+\.\d+\.\d+\S*\n +storage: (?:rootless )?\w+/g)).toHaveLength(
      2,
    );
  });

  it("adds TAG= once without a build, and records it", async () => {
    const { status, stderr } = await world.run("build", "IMAGE=app", "TAG=v1");
    expect(status).toBe(0);
    expect(stderr).not.toContain("linux/arm64: build");
    expect(await digestOfTag(app, "v1")).toBe(await digestOfTag(app));
    expect(await readFile(join(world.workDir, "state/images/app.yaml"), "utf8")).toMatch(
      /v1:\n +digest: .*\n +at: .*\n +once: true/,
    );
  });

  it("refuses to lose a platform that the tag has, unless that is allowed by name", async () => {
    await world.write(
      "images.yaml",
      "- name: base\n  source: {folder: base}\n- name: app\n  source: {folder: app}\n  platforms: [linux/amd64]\n",
    );
    const refused = await world.run("build", "IMAGE=app");
    expect(refused.status).toBe(77);
    expect(refused.stderr).toContain("ALLOW=platform-loss WHY=");
    const allowed = await world.run("build", "IMAGE=app", "ALLOW=platform-loss", "WHY=test");
    expect(allowed.status).toBe(0);
  });

  it("publishes when the last platform is staged, whichever machine built the others", async () => {
    await world.write(
      "images.yaml",
      "- name: base\n  source: {folder: base}\n- name: app\n  source: {folder: app}\n",
    );
    await world.write("app/hello", "#!/bin/sh\necho natively\n", 0o755);
    const first = await world.run("build", "IMAGE=app", "PLATFORM=linux/arm64");
    expect(first.status).toBe(0);
    expect(first.stderr).toMatch(/app: staged, not published: waits for linux\/amd64 sha256:[0-9a-f]{64}/);
    expect(first.stdout).not.toContain("/app@");
    const second = await world.run("build", "IMAGE=app", "PLATFORM=linux/amd64");
    expect(second.status).toBe(0);
    expect(second.stdout).toMatch(/\/app@sha256:[0-9a-f]{64}\n$/);
    expect(second.stderr).not.toContain("app linux/arm64: build");
  });

  it("prints what became of each image as JSON when asked, also as npm hands that on", async () => {
    world.env["npm_config_json"] = "true";
    const { stdout } = await world.run("build", "IMAGE=app");
    delete world.env["npm_config_json"];
    expect(JSON.parse(stdout)).toMatchObject([
      { image: "base", kind: "unchanged" },
      { image: "app", kind: "unchanged", reference: expect.stringContaining("/app@sha256:") },
    ]);
  });
});

describe("before anything was built", () => {
  let empty: World;
  beforeAll(async () => {
    empty = await makeWorld();
    await empty.write("images.yaml", "- name: app\n  source: {folder: app}\n");
    await empty.write("app/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
  });
  afterAll(() => empty.end());

  it.each([
    ["plan", [], 0, /never built/],
    ["status", [], 0, /app +never built/],
    ["scan", [], 0, /nothing is published yet/],
    ["scan", ["IMAGE=app"], 64, /not published yet: app/],
    ["build-scan-only", ["IMAGE=app"], 65, /app:latest is not published/],
    ["build", [], 64, /Enrolled: app/],
    ["build", ["IMAGE=ap"], 64, /did you mean "app"/],
    ["build", ["IMAGE=app", "TAGS=x"], 64, /unknown key "TAGS"/],
  ] as const)("%s %j ends with %d and starts no registry", async (command, words, expected, said) => {
    const { status, stdout, stderr } = await empty.run(command, ...words);
    expect(stdout + stderr).toMatch(said);
    expect(status).toBe(expected);
    expect((await empty.run("registry", "status")).stdout).toMatch(/^stopped/);
  });
});
