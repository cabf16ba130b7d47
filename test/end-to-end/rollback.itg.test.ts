import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readReceipts } from "../../src/receipt/read.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { parseIndex } from "../../src/registry/manifest.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { readRecord, readState } from "../../src/state/state-file.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

const app: Repository = { registry: "factory.localhost", path: "app" };

let world: World;
let first: Digest;
let second: Digest;
beforeAll(async () => {
  world = await makeWorld();
  await world.write(
    "images.yaml",
    "- name: app\n  source: {folder: app}\n  platforms: [linux/amd64]\n  tags: [latest, stable]\n",
  );
  await addDebianRoot(world, "app", ["dash 0.5.12-2"]);
  await world.write("app/Dockerfile", "FROM scratch\nCOPY root /\nCOPY file /file\n");
  await world.write("app/file", "1\n");
  first = await build();
  await world.write("app/file", "2\n");
  second = await build("FORCE=1", "EPOCH=1900000000");
});
afterAll(() => world.end());

const stateDir = () => join(world.workDir, "state");
const tag = async (name = "latest") =>
  (await (await world.client()).headManifest(app, name))?.digest as Digest;
const tags = () => Promise.all([tag("latest"), tag("stable")]);
async function build(...words: readonly string[]): Promise<Digest> {
  const { status, stderr } = await world.run("build", "IMAGE=app", ...words);
  if (status !== 0) throw new Error(stderr);
  return tag();
}

it("a digest that was published before is scanned by its name, also by a factory that has no state", async () => {
  const scan = (...words: readonly string[]) => world.run("scan", ...words);
  const kept = world.env["FACTORY_STATE_DIR"];
  world.env["FACTORY_STATE_DIR"] = join(world.dir, "no-state");
  expect(await scan("IMAGE=app", `DIGEST=${first}`)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`app ${first}: passed`),
  });
  if (kept === undefined) delete world.env["FACTORY_STATE_DIR"];
  const absent = `sha256:${"0".repeat(64)}`;
  expect((await scan("IMAGE=app", `DIGEST=${absent}`)).stderr).toContain(`app@${absent} is not published`);
  expect((await scan(`DIGEST=${first}`)).status).toBe(64);
});

describe("a rollback", () => {
  it("wants a reason, an image that was published, and a publication that there is", async () => {
    expect(await world.run("rollback", "IMAGE=app")).toMatchObject({ status: 64 });
    expect((await world.run("rollback", "IMAGE=app", "TO=7", "WHY=x")).stderr).toContain(
      "app: there is no publication 7",
    );
    expect((await world.run("rollback", "IMAGE=app", "TO=zzz", "WHY=x")).status).toBe(64);
    expect(await tags()).toEqual([second, second]);
  });

  it("puts every tag that moves back to the digest before, with true state, held, and a receipt of its own", async () => {
    const { status, stdout, stderr } = await world.run("rollback", "IMAGE=app", "WHY=logins fail");
    expect(stderr).toContain(`rolled back sha256:${second.slice(7, 19)}→sha256:${first.slice(7, 19)}`);
    expect({ status, tags: await tags() }).toEqual({ status: 0, tags: [first, first] });
    expect(stdout).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+/app@${first}\n$`));
    const { state, hold } = await readRecord(stateDir(), "app");
    expect(hold).toMatchObject({ why: "logins fail", rollback: { from: second, to: first } });
    expect(state).toMatchObject({
      digest: first,
      epoch: 1_900_000_000,
      tags: { latest: { digest: first, previous: second }, stable: { digest: first, previous: second } },
      publications: [
        { digest: first, previous: second, rollback: { from: second, why: "logins fail" } },
        { digest: second },
        { digest: first },
      ],
      scan: { verdict: "passed" },
    });
    const receipts = await readReceipts(app, first, await world.client());
    expect(receipts.map(({ publication }) => publication.rollback?.from)).toEqual([second, undefined]);
    expect((await world.run("history", "IMAGE=app")).stdout).toMatch(
      /^app: held by rollback: logins fail\n {2}0 .*rolled back from [0-9a-f]{12}: logins fail; by \S+\n {2}1 .*\n {2}2 /,
    );
    expect((await world.run("status", "IMAGE=app")).stdout).toMatch(/^app +published .*held by rollback/);
  });

  it("done again changes nothing", async () => {
    const before = await readState(stateDir(), "app");
    const again = await world.run("rollback", "IMAGE=app", "WHY=logins fail");
    expect(again).toMatchObject({ status: 0, stderr: expect.stringContaining("nothing to do") });
    expect(await readState(stateDir(), "app")).toEqual(before);
  });

  it("holds the tags against every build, whose epoch does not go back, and which ends with 0", async () => {
    for (const words of [[], ["FORCE=1", "EPOCH=1900000001"]]) {
      const held = await world.run("build", "IMAGE=app", ...words);
      expect(held).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(/^app: held by rollback: logins fail$/m),
      });
      expect(await tags()).toEqual([first, first]);
    }
    expect((await readState(stateDir(), "app"))?.epoch).toBe(1_900_000_000);
  });

  it("is over once it is lifted: the next build puts the newer digest forward without building", async () => {
    expect((await world.run("lift", "IMAGE=app")).status).toBe(0);
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect({ status, tags: await tags() }).toEqual({ status: 0, tags: [second, second] });
    expect(stderr).not.toMatch(/: build/);
    const state = await readState(stateDir(), "app");
    expect(state?.publications.map(({ digest }) => digest)).toEqual([second, first, second, first]);
    expect((await world.run("build", "IMAGE=app")).stderr).toContain("app: nothing to do");
  });

  it("is refused when somebody else holds the image, until they are overruled by name", async () => {
    await world.run("hold", "IMAGE=app", "WHY=frozen");
    const refused = await world.run("rollback", "IMAGE=app", "WHY=x");
    expect(refused).toMatchObject({ status: 77, stderr: expect.stringContaining("app is held: frozen") });
    expect(await tags()).toEqual([second, second]);
    await world.run("lift", "IMAGE=app");
  });

  it("killed on its way leaves no tag elsewhere, and is completed by the next one", async () => {
    for (const pattern of [/scan/, /publish/]) {
      const started = world.start("rollback", "IMAGE=app", "TO=1", "WHY=killed");
      await started.says(pattern).catch(() => undefined);
      started.kill("SIGKILL");
      await started.ended;
      for (const held of await tags()) expect([first, second]).toContain(held);
    }
    const { status } = await world.run("rollback", "IMAGE=app", `TO=${first}`, "WHY=killed");
    expect({ status, tags: await tags() }).toEqual({ status: 0, tags: [first, first] });
    await world.run("lift", "IMAGE=app");
    expect(await build()).toBe(second);
  });

  it("is refused when today's scan blocks the digest, unless that is allowed by name", async () => {
    await world.useDatabase("fixable.tar.gz");
    const refused = await world.run("rollback", "IMAGE=app", `TO=${first}`, "WHY=x");
    expect(refused.stderr).toContain("app is not rolled back:");
    expect({ status: refused.status, tags: await tags() }).toEqual({ status: 77, tags: [second, second] });
    const words = ["IMAGE=app", `TO=${first}`, "ALLOW=blocked", "WHY=worse without"];
    expect(await world.run("rollback", ...words)).toMatchObject({ status: 0 });
    expect(await readState(stateDir(), "app")).toMatchObject({
      digest: first,
      scan: { verdict: "blocked" },
      publications: [{ allowed: { safeties: ["blocked"], why: "worse without" } }, {}, {}, {}, {}, {}, {}],
    });
    expect((await world.run("status", "IMAGE=app")).stdout).toContain("blocked, and allowed");
  });

  it("is refused when the registry lacks a blob of the digest, which is named", async () => {
    const client = await world.client();
    const index = await client.getManifest(app, second);
    const [child] = index === undefined ? [] : parseIndex(index, "app").manifests;
    if (child === undefined) throw new Error("no platform");
    await client.deleteManifest(app, child.digest);
    const refused = await world.run("rollback", "IMAGE=app", `TO=${second}`, "WHY=x");
    expect(refused).toMatchObject({
      status: 77,
      stderr: expect.stringContaining(`it lacks manifest ${child.digest}`),
    });
    expect(await tags()).toEqual([first, first]);
  });
});
