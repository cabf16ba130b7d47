import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readReceipts } from "../../src/receipt/read.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { readRecord } from "../../src/state/state-file.ts";
import { makeRepository, type Repository } from "../source/repository.ts";
import { filesOf } from "./published-files.ts";
import { makeWorld, type World } from "./world.ts";

const app = { registry: "factory.localhost", path: "app" };

let world: World;
let source: Repository;
let first: string;
let second: string;
beforeAll(async () => {
  world = await makeWorld();
  source = makeRepository(join(world.dir, "app"));
  const dockerfile = "FROM scratch\nCOPY greeting /\n";
  first = source.commit({ Dockerfile: dockerfile, greeting: "first\n" });
  second = source.commit({ Dockerfile: dockerfile, greeting: "second\n" });
  await world.write(
    "images.yaml",
    "- name: app\n  source: {git: ./app}\n  tags: [latest, '{commit}']\n  platforms: [linux/amd64]\n  scan: {os: none}\n",
  );
  await world.write("fix/Dockerfile", dockerfile);
  await world.write("fix/greeting", "mended\n");
});
afterAll(() => world.end());

const tag = async (name = "latest") =>
  (await (await world.client()).headManifest(app, name))?.digest as Digest;
const greeting = async () => (await filesOf(world, "app", ["greeting"])).get("greeting");
const build = (...words: readonly string[]) => world.run("build", "IMAGE=app", ...words);
const hold = async () => (await readRecord(join(world.workDir, "state"), "app")).hold;

describe("a build of something else than images.yaml names", () => {
  it("is held until it is lifted, so that no plain build undoes it, and says so in its record", async () => {
    expect(await build()).toMatchObject({ status: 0 });
    const fix = join(world.dir, "fix");
    const built = await build(`SOURCE=${fix}`, "WHY=the site is down");
    expect(built).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("it stays there until: npm run lift IMAGE=app"),
    });
    const mended = await tag();
    expect([await greeting(), (await hold())?.why]).toEqual([
      "mended\n",
      `built by hand with SOURCE=${fix}: the site is down`,
    ]);
    const [receipt] = await readReceipts(app, mended, await world.client());
    expect(receipt).toMatchObject({ source: { kind: "folder" }, tags: { latest: { digest: mended } } });
    expect(receipt?.publication.reasons).toContain(`built by hand with SOURCE=${fix}: the site is down`);
    expect(await build()).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("held: built by hand"),
    });
    expect(await tag()).toBe(mended);
    expect((await world.run("lift", "IMAGE=app")).status).toBe(0);
    expect((await build()).status).toBe(0);
    expect(await greeting()).toBe("second\n");
  });

  it("done again, after a run that died or for nothing, is held all the same", async () => {
    const fix = join(world.dir, "fix");
    expect((await build(`SOURCE=${fix}`)).status).toBe(0);
    expect((await world.run("lift", "IMAGE=app")).status).toBe(0);
    const again = await build(`SOURCE=${fix}`);
    expect(again).toMatchObject({ status: 0, stderr: expect.stringContaining("nothing to do") });
    expect((await hold())?.instead?.digest).toBe(await tag());
    expect((await world.run("lift", "IMAGE=app")).status).toBe(0);
  });

  it("of a commit is held unless images.yaml names that commit now", async () => {
    expect((await build(`REF=${first}`)).status).toBe(0);
    expect([await greeting(), (await hold())?.why]).toEqual(["first\n", `built by hand with REF=${first}`]);
    expect((await world.run("lift", "IMAGE=app")).status).toBe(0);
    expect((await build(`REF=${second}`)).status).toBe(0);
    expect([await greeting(), await hold()]).toEqual(["second\n", undefined]);
  });

  it("is one thing: a folder and a commit together are refused", async () => {
    expect(await build("SOURCE=fix", `REF=${first}`)).toMatchObject({
      status: 64,
      stderr: expect.stringContaining("SOURCE and REF are two sources"),
    });
  });
});

describe("a factory whose tags others move", () => {
  it("publishes under the publication's own tag alone, once, of the commit that it is given, and holds nothing", async () => {
    const before = await tag();
    world.env["FACTORY_PUBLISH"] = "unique";
    const { stderr, status } = await build(`REF=${first}`);
    expect(stderr).toMatch(/app: published sha256:[0-9a-f]{12} as \d{8}T\d{6}Z-[0-9a-f]{12}$/m);
    const { state } = await readRecord(join(world.workDir, "state"), "app");
    const unique = state?.publications[0]?.uniqueTag ?? "";
    expect([status, await tag(), await tag(unique), await hold()]).toEqual([
      0,
      before,
      state?.digest,
      undefined,
    ]);
    // As the analysis of a Stage gives them that was written for an older Dockerfile.
    const gone = `PIN=debian:12@${before}`;
    expect(await build(`REF=${first}`, gone)).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(
        /docker\.io\/library\/debian:12 is no base of app: npm run synth.*\n(?:.*\n)*.*nothing to do/,
      ),
    });
    expect(
      (await readReceipts(app, state?.digest as Digest, await world.client())).at(-1)?.tags,
    ).toBeDefined();
  });

  it("does not roll back, and says who can", async () => {
    expect(await world.run("rollback", "IMAGE=app", "WHY=x")).toMatchObject({
      status: 64,
      stderr: expect.stringContaining("Promote older Freight to app-stable"),
    });
  });
});
