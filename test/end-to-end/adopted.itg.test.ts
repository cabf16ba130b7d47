import { execFileSync } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NonEmpty } from "../../src/non-empty.ts";
import { type Platform, platforms } from "../../src/platform.ts";
import { type Digest, digestOf, shortDigest } from "../../src/registry/digest.ts";
import { imageConfigBytes } from "../../src/registry/image-config.ts";
import { type IndexChild, imageManifestBytes, indexBytes } from "../../src/registry/manifest.ts";
import {
  ociConfigType,
  ociIndexType,
  ociLayerGzipType,
  ociManifestType,
} from "../../src/registry/media-types.ts";
import { holdLock, sharedLock } from "../../src/state/lock.ts";
import { readState } from "../../src/state/state-file.ts";
import { filesOf } from "./published-files.ts";
import { makeWorld, type World } from "./world.ts";

const app = { registry: "factory.localhost", path: "app" };

let world: World;
/** Host of the registry that has the base. */
let elsewhere: string;
beforeAll(async () => {
  world = await makeWorld();
  elsewhere = world.env["FACTORY_TRIVY_DATABASE"]?.split("/")[0] ?? "";
  await pushBase("one");
  await world.write("repo/Dockerfile", `FROM ${elsewhere}/base:1\nCOPY file /file\n`);
  execFileSync("git", ["init", "-q", "-b", "main", join(world.dir, "repo")]);
  await commit("first");
  await world.write(
    "images.yaml",
    `- name: app\n  source: {git: {url: ${join(world.dir, "repo")}, workflow: ci.yml}}\n  scan: {os: none}\n`,
  );
  expect(await world.run("registry", "start")).toMatchObject({ status: 0 });
});
afterAll(() => world.end());

/** Writes the source's file and commits it. */
async function commit(text: string): Promise<string> {
  await world.write("repo/file", `${text}\n`);
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      ["-c", "user.name=t", "-c", "user.email=t@t", "-C", join(world.dir, "repo"), ...args],
      {
        encoding: "utf8",
      },
    ).trim();
  git("add", ".");
  git("commit", "-qm", text);
  return git("rev-parse", "HEAD");
}

/** Puts a base of one layer for both platforms under its tag. */
async function pushBase(version: string): Promise<void> {
  await world.write("base/base", `${version}\n`);
  const tar = execFileSync("tar", ["-C", join(world.dir, "base"), "-c", "base"]);
  const client = await world.client();
  const repository = { registry: elsewhere, path: "base" };
  const packed = gzipSync(tar);
  const layer = await client.putBlob(repository, packed);
  const children: IndexChild[] = [];
  for (const platform of platforms) {
    const config = imageConfigBytes({
      architecture: platform.slice("linux/".length),
      os: "linux",
      config: {},
      diffIds: [digestOf(tar)],
      history: [{ created_by: "base" }],
    });
    const manifest = imageManifestBytes({
      config: {
        mediaType: ociConfigType,
        digest: await client.putBlob(repository, config),
        size: config.length,
      },
      layers: [{ mediaType: ociLayerGzipType, digest: layer, size: packed.length }],
    });
    const digest = await client.putManifest(repository, digestOf(manifest), ociManifestType, manifest);
    children.push({ platform, mediaType: ociManifestType, digest, size: manifest.length });
  }
  await client.putManifest(
    repository,
    "1",
    ociIndexType,
    indexBytes(children as unknown as NonEmpty<IndexChild>),
  );
}

/** Builds and pushes app:latest as another CI would, by plain buildah, from the base as it is now. */
async function ciPushes(text: string, built: readonly Platform[], revision?: string): Promise<Digest> {
  await world.write("ci/file", `${text}\n`);
  await world.write("ci/Dockerfile", `FROM ${elsewhere}/base:1\nCOPY file /file\n`);
  const storage = join(world.dir, "ci-storage");
  await mkdir(join(storage, "tmp"), { recursive: true });
  const buildah = (...args: string[]) =>
    execFileSync(
      "buildah",
      [
        "--root",
        join(storage, "root"),
        "--runroot",
        join(storage, "run"),
        "--storage-driver",
        "vfs",
        ...args,
      ],
      {
        encoding: "utf8",
        stdio: "pipe",
        env: { ...process.env, TMPDIR: join(storage, "tmp"), BUILDAH_ISOLATION: "chroot" },
      },
    );
  const label = revision === undefined ? [] : ["--label", `org.opencontainers.image.revision=${revision}`];
  const name = `ci-${shortDigest(digestOf(text))}`;
  const to = `docker://${(await world.client()).addressOf(app).host}/app:latest`;
  const pushing = ["--authfile", join(world.workDir, "auth.json"), "--tls-verify=false"];
  const context = [...label, "--tls-verify=false", join(world.dir, "ci")];
  const [only] = built;
  if (built.length === 1) {
    buildah("build", "--platform", only ?? "", "-t", name, ...context);
    buildah("push", ...pushing, name, to);
  } else {
    buildah("build", "--platform", built.join(","), "--manifest", name, ...context);
    buildah("manifest", "push", "--all", ...pushing, name, to);
  }
  const pushed = await holds();
  if (pushed === undefined) throw new Error("the push was lost");
  return pushed;
}

async function holds(tag = "latest"): Promise<Digest | undefined> {
  return (await (await world.client()).headManifest(app, tag))?.digest;
}

const stateOf = () => readState(join(world.workDir, "state"), "app");
const fileOfState = () => readFile(join(world.workDir, "state/images/app.yaml"), "utf8");

describe("an image whose pushes another CI builds", () => {
  let theirs: Digest;
  it("is shown as pushed by plan and status before anything is recorded, and neither changes anything", async () => {
    theirs = await ciPushes("theirs", platforms, "a".repeat(40));
    const plan = await world.run("plan");
    expect(plan).toMatchObject({ status: 0, stderr: "" });
    expect(plan.stdout).toMatch(
      /^app +keep +adopted sha256:\w+; pushed from outside \(ci\.yml\), first seen \S+, not scanned here; source a{12}→\w{12} is for ci\.yml to build$/m,
    );
    expect((await world.run("status")).stdout).toMatch(
      /^app +pushed .*not scanned here +latest \(holds \w{12}\)$/m,
    );
    expect(await stateOf()).toBeUndefined();
  });

  it("is adopted by a build, which builds nothing and says what it is", async () => {
    const { status, stderr, stdout } = await world.run("build", "IMAGE=app");
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(
        /^app: nothing to do: adopted sha256:\w+; pushed from outside \(ci.yml\)/m,
      ),
    });
    expect(stdout).toContain(`/app@${theirs}`);
    expect(await holds()).toBe(theirs);
    expect(await stateOf()).toMatchObject({
      digest: theirs,
      commit: "a".repeat(40),
      publications: [],
      adopted: { by: "unknown", workflow: "ci.yml" },
    });
    expect(await fileOfState()).toMatch(
      new RegExp(
        `^currentDigest: ${theirs}\nlastBuilt: "20[^"]+"\nbaseImages:\n {2}- ${elsewhere}/base:1$`,
        "m",
      ),
    );
    expect((await world.run("status")).stdout).toMatch(/^app +adopted .* not scanned here +latest$/m);
  });

  it("is not scanned here until a scan of every platform has passed", async () => {
    const { status, stdout, stderr } = await world.run("scan", "IMAGE=app", "--json");
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("not scanned here until now"),
    });
    expect(JSON.parse(stdout)).toMatchObject(platforms.map((platform) => ({ platform, verdict: "passed" })));
    expect((await world.run("status")).stdout).toMatch(/^app +adopted .* scanned +latest$/m);
    expect(await stateOf()).toMatchObject({ digest: theirs, scan: { verdict: "passed" } });
  });

  it("is left to that CI when the source moves", async () => {
    await commit("second");
    const plan = await world.run("plan");
    expect(plan.stdout).toMatch(/^app +keep .*, scanned here; source a{12}→\w{12} is for ci\.yml to build$/m);
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect(await holds()).toBe(theirs);
  });

  it("is built here from the newest commit when its base moves, and what was there stays pullable", async () => {
    await pushBase("two");
    const plan = await world.run("plan");
    expect(plan.stdout).toMatch(/^app +build +base \S+\/base:1 sha256:\w{12}→sha256:\w{12}$/m);
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const own = await holds();
    expect(own).not.toBe(theirs);
    const files = await filesOf(world, "app", ["base", "file"], "arm64");
    expect([files.get("base"), files.get("file")]).toEqual(["two\n", "second\n"]);
    const state = await stateOf();
    expect(state).toMatchObject({
      digest: own,
      tags: { latest: { digest: own, previous: theirs } },
      publications: [{ digest: own, previous: theirs }],
      scan: { verdict: "passed" },
    });
    expect(state?.adopted).toBeUndefined();
    const tags = await (await world.client()).listTags(app);
    expect(tags.filter((tag) => tag.endsWith(shortDigest(theirs)))).toHaveLength(1);
    expect(await holds(tags.find((tag) => tag.endsWith(shortDigest(theirs))))).toBe(theirs);
  });

  it("is adopted again when that CI pushes again, also as one platform alone: nothing is undone", async () => {
    const newer = await ciPushes("newer", ["linux/amd64"]);
    const plan = await world.run("plan");
    expect(plan.stdout).toMatch(/^app +keep +adopted /m);
    expect(plan.stdout).toContain(newer);
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect(await holds()).toBe(newer);
    const state = await stateOf();
    expect(Object.keys(state?.platforms ?? {})).toEqual(["linux/amd64"]);
    expect((await world.run("status")).stdout).toMatch(
      /^app +adopted .* linux\/amd64 +not scanned here +latest$/m,
    );
    // Nor when it is a later run that finds nothing else to do.
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect(await holds()).toBe(newer);
  });

  it("leaves a push in place that came while it was built here, and records it", async () => {
    await pushBase("three");
    const lock = `publish-${shortDigest(digestOf("factory.localhost/app"))}`;
    const before = await holds();
    const build = world.start("build", "IMAGE=app");
    await build.says(/^app: base /m);
    const release = await holdLock(await sharedLock(join(world.workDir, "state"), lock), {});
    await build.says(/^app: publish$/m);
    const newest = await ciPushes("newest", platforms);
    release();
    const { status, stderr, stdout } = await build.ended;
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(
        `app: superseded: sha256:${shortDigest(newest)} was published meanwhile, and stays`,
      ),
    });
    expect(stdout).toContain(`/app@${newest}`);
    expect([await holds(), before === newest]).toEqual([newest, false]);
    expect(await stateOf()).toMatchObject({ digest: newest, adopted: { previous: before } });
    expect((await world.run("plan")).stdout).toMatch(/^app +keep +adopted /m);
  });

  it("is built on a base that is unknown here when that CI took another", async () => {
    await pushBase("four");
    const odd = await ciPushes("odd", platforms);
    await pushBase("five");
    const plan = await world.run("plan");
    expect(plan.stdout).toMatch(/^app +build +base \S+\/base:1 unknown→sha256:\w{12}$/m);
    expect(await holds()).toBe(odd);
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect((await stateOf())?.publications[0]?.previous).toBe(odd);
  });
});

describe("an image that is built here on one that another CI pushes", () => {
  it("stands on what was pushed, in the very run that sees it first", async () => {
    await world.write("top/Dockerfile", "FROM factory.localhost/app\nCOPY Dockerfile /top\n");
    await world.write(
      "images.yaml",
      `- name: app\n  source: {git: {url: ${join(world.dir, "repo")}, workflow: ci.yml}}\n  scan: {os: none}\n- name: top\n  source: {folder: top}\n  platforms: [linux/arm64]\n  scan: {os: none}\n`,
    );
    expect(await world.run("build", "IMAGE=top")).toMatchObject({ status: 0 });
    const pushed = await ciPushes("for top", platforms);
    const plan = await world.run("plan", "IMAGE=top");
    expect(plan.stdout).toMatch(
      /^app +keep +adopted .*\ntop +build +base factory.localhost\/app:latest sha256:/,
    );
    const { status, stderr } = await world.run("build", "IMAGE=top");
    expect(status === 0 ? "" : stderr).toBe("");
    expect(await holds()).toBe(pushed);
    expect((await filesOf(world, "top", ["file"], "arm64")).get("file")).toBe("for top\n");
    expect((await world.run("build", "IMAGE=top")).stderr).toMatch(/^top: nothing to do: every input/m);
  });
});

describe("ALLOW=", () => {
  it("is taken by plan as by build", async () => {
    await world.write(
      "images.yaml",
      `- name: app\n  platforms: [linux/amd64]\n  source: {git: {url: ${join(world.dir, "repo")}, workflow: ci.yml}}\n  scan: {os: none}\n`,
    );
    expect((await world.run("plan")).stdout).toMatch(/^app +refuse .*ALLOW=platform-loss/m);
    const allowed = await world.run("plan", "ALLOW=platform-loss", "WHY=test");
    expect(allowed.stdout).toMatch(/^app +build +platform linux\/arm64 removed$/m);
  });
});

describe("PIN=", () => {
  it("is refused for what is no base of the images, naming those that there are", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    for (const command of ["plan", "build"]) {
      const { status, stderr } = await world.run(command, "IMAGE=app", `PIN=${elsewhere}/bsae:1@${digest}`);
      expect({ status, stderr }).toMatchObject({
        status: 64,
        stderr: expect.stringContaining(`${elsewhere}/base:1`),
      });
    }
  });
});
