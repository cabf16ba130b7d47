import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingParts } from "../../src/publish/completeness.ts";
import { stagingTag } from "../../src/publish/staging.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { storedBytes } from "../../src/registry/embedded/stored-bytes.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { holdLock } from "../../src/state/lock.ts";
import { withStaging } from "../../src/state/staging-lock.ts";
import { readState } from "../../src/state/state-file.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

const app: Repository = { registry: "factory.localhost", path: "app" };
const staging: Repository = { ...app, path: "app-staging" };
const layerBytes = 300_000;

let world: World;
let first: Digest;
let second: Digest;
let third: Digest;
beforeAll(async () => {
  world = await makeWorld();
  world.env["FACTORY_KEEP_STAGED"] = "0s";
  await world.write(
    "images.yaml",
    "defaults:\n  platforms: [linux/amd64]\nimages:\n  - name: base\n    source: {folder: base}\n" +
      "  - name: app\n    source: {folder: app}\n    keep: {last: 1, for: 0s}\n",
  );
  await addDebianRoot(world, "base", ["dash 0.5.12-2"]);
  await world.write("base/Dockerfile", "FROM scratch\nCOPY root /\n");
  await world.write("app/Dockerfile", "FROM factory.localhost/base\nCOPY file /file\n");
  first = await buildWith("1");
  second = await buildWith("2");
  third = await buildWith("3");
});
afterAll(() => world.end());

const stateDir = () => join(world.workDir, "state");
async function buildWith(seed: string): Promise<Digest> {
  // What does not compress, and is another each time.
  let value = Number(seed);
  const bytes = Uint8Array.from({ length: layerBytes }, () => {
    value = (value * 48_271) % 2_147_483_647;
    return value & 255;
  });
  await world.write("app/file", bytes);
  return build();
}
async function build(): Promise<Digest> {
  const { status, stderr } = await world.run("build", "IMAGE=app");
  if (status !== 0) throw new Error(stderr);
  return (await (await world.client()).headManifest(app, "latest"))?.digest as Digest;
}
async function gc(...words: readonly string[]) {
  const ended = await world.run("gc", ...words);
  if (ended.status !== 0) throw new Error(ended.stderr);
  return ended;
}
const has = async (digest: string) => (await (await world.client()).headManifest(app, digest)) !== undefined;
const missing = async (digest: Digest) => missingParts(app, digest, await world.client());
const tagsOf = async (repository: Repository) => (await world.client()).listTags(repository);
const keyOf = async () =>
  stagingTag((await readState(stateDir(), "app"))?.platforms["linux/amd64"]?.key as Digest);

describe("gc", () => {
  it("says what would go and changes nothing in a dry run", async () => {
    const before = [await tagsOf(app), await tagsOf(staging)];
    const { stdout } = await gc("--dry-run");
    expect(stdout).toMatch(/^factory\.localhost\/app: 2 tags, \d manifests, at most \d+\.\d KB$/m);
    expect(stdout).toMatch(/^ {2}\S+ {2}superseded publication of app, 20\S+$/m);
    expect(stdout).toMatch(/^factory\.localhost\/app-staging: \d tags, \d manifests, at most 30\d\.\d KB$/m);
    expect([await tagsOf(app), await tagsOf(staging)]).toEqual(before);
    expect(await readdir(stateDir())).not.toContain("gc");
  });

  it("leaves what is said to run, and refuses a list that is none", async () => {
    await world.write("pods", `docker-pullable://registry.example.com/app@${first} nginx:1\n`);
    const list = join(world.dir, "pods");
    const { stdout } = await gc(`IN_USE=${list}`, "--dry-run");
    expect(stdout).toMatch(/^factory\.localhost\/app:\S+ stays: in use, says IN_USE$/m);
    await world.write("pods", `${first}\nNAME\n`);
    const refused = await world.run("gc", `IN_USE=${list}`);
    expect(refused).toMatchObject({
      status: 64,
      stderr: expect.stringContaining(`${list}:2: expected a digest or a reference, got "NAME"`),
    });
    expect(await has(first)).toBe(true);
  });

  it("deletes superseded publications with their receipts; nothing of staging while a build uses it, and no bytes while a command uses the registry", async () => {
    const staged = await tagsOf(staging);
    const release = await holdLock(join(world.workDir, "locks", "registry-use.lock"), { shared: true });
    const { stdout, stderr } = await withStaging(staging, { stateDir: stateDir() }, () => gc());
    release();
    expect(stdout).not.toContain("freed");
    expect(stderr).toContain("freed by a gc that runs while nothing else does");
    expect(stdout).toMatch(/^factory\.localhost\/app: deleted 2 tags and \d manifests$/m);
    expect(stdout).toContain("factory.localhost/app-staging: a build uses it: nothing was deleted");
    expect(await tagsOf(staging)).toEqual(staged);
    expect(await has(first)).toBe(false);
    expect((await tagsOf(app)).filter((tag) => tag.includes(first.slice(7, 19)))).toEqual([]);
    for (const digest of [second, third]) expect(await missing(digest)).toEqual([]);
    const { stdout: history } = await world.run("history", "IMAGE=app");
    expect(history).toMatch(/^app\n {2}0 .* passed .*\n {2}1 .* passed .*\n {2}2 .* gone /);
  });

  it("deletes what is staged and not published, frees the bytes of its registry, and then finds nothing more", async () => {
    const data = join(world.workDir, "registry", "data");
    const before = await storedBytes(data);
    await mkdir(join(world.workDir, "storage", "dropped", "linux-amd64"), { recursive: true });
    const { stdout } = await gc();
    expect(stdout).toContain("layers of dropped for linux-amd64: not enrolled any more");
    expect(existsSync(join(world.workDir, "storage", "dropped", "linux-amd64"))).toBe(false);
    expect(existsSync(join(world.workDir, "storage", "app", "linux-amd64"))).toBe(true);
    expect(await tagsOf(staging)).toEqual([await keyOf()]);
    expect(stdout).toMatch(/^freed 3\d\d\.\d KB$/m);
    expect(before - (await storedBytes(data))).toBeGreaterThan(layerBytes);
    for (const digest of [second, third]) expect(await missing(digest)).toEqual([]);
    expect((await gc()).stderr).toContain("nothing to delete");
  });

  it("leaves what is rolled back to and from: both ways go without a build", async () => {
    const { status } = await world.run("rollback", "IMAGE=app", "WHY=logins fail");
    expect(status).toBe(0);
    await gc();
    for (const digest of [second, third]) expect(await missing(digest)).toEqual([]);
    await world.run("lift", "IMAGE=app");
    const { stderr } = await world.run("build", "IMAGE=app");
    expect(stderr).not.toMatch(/: build/);
    expect((await (await world.client()).headManifest(app, "latest"))?.digest).toBe(third);
    const refused = await world.run("rollback", "IMAGE=app", `TO=${first}`, "WHY=x");
    expect(refused).toMatchObject({ status: 77, stderr: expect.stringContaining(`lacks manifest ${first}`) });
  });
});
