import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingParts } from "../../src/publish/completeness.ts";
import { readPromotions } from "../../src/receipt/promotion.ts";
import { readReceipts } from "../../src/receipt/read.ts";
import type { RegistryClient } from "../../src/registry/client.ts";
import type { Digest } from "../../src/registry/digest.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { cycloneDxType } from "../../src/scan/sbom.ts";
import { readRecord } from "../../src/state/state-file.ts";
import { pushIndex } from "../bases/push-image.ts";
import { findOlareg, startOlareg } from "../registry/olareg.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

const app: Repository = { registry: "factory.localhost", path: "app" };
const olareg = findOlareg();

let world: World;
let other: Pick<RealRegistry, "address" | "stop">;
let client: RegistryClient;
let first: Digest;
let second: Digest;
beforeAll(async () => {
  [world, other] = await Promise.all([
    makeWorld(),
    olareg === undefined ? startRegistry() : startOlareg(olareg),
  ]);
  await world.write(
    "images.yaml",
    "defaults: {platforms: [linux/amd64], tags: [latest]}\nimages:\n- {name: app, source: {folder: app}}\n- {name: web, source: {folder: app}}\n",
  );
  await addDebianRoot(world, "app", ["dash 0.5.12-2"]);
  await world.write("app/Dockerfile", "FROM scratch\nCOPY root /\nCOPY file /file\n");
  await world.write("app/file", "1\n");
  first = await build();
  await world.write("app/file", "2\n");
  second = await build();
  client = await world.client();
});
afterAll(async () => {
  await other?.stop();
  await world.end();
});

const stateDir = () => join(world.workDir, "state");
const there = (): Repository => ({ registry: other.address, path: "prod/app" });
const tag = async (name: string, repository = app) =>
  (await client.headManifest(repository, name))?.digest as Digest;
async function build(): Promise<Digest> {
  const { status, stderr } = await world.run("build", "IMAGE=app");
  if (status !== 0) throw new Error(stderr);
  return (await (await world.client()).headManifest(app, "latest"))?.digest as Digest;
}
const promote = (...words: readonly string[]) => world.run("promote", ...words);

describe("npm run promote", () => {
  it("says in a sentence what there is not, and ends with 64", async () => {
    for (const [words, said] of [
      [["IMAGE=app", "TO=prod", "DIGEST=9"], "app: there is no publication 9"],
      [["IMAGE=web", "TO=prod"], "web is not published yet"],
    ] as const) {
      const { status, stderr } = await promote(...words);
      expect({ status, stderr }).toEqual({ status: 64, stderr: expect.stringContaining(said) });
    }
  });

  it("sets tags of the image's own repository to what is published, and records it in state and history", async () => {
    const { status, stdout, stderr } = await promote("IMAGE=app", "TO=stable", "WHY=release 7");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+/app:stable@${second}\n$`));
    expect(await promote("IMAGE=app", "DIGEST=1", "TO=stable", "WHY=release 7 fails")).toMatchObject({
      status: 0,
    });
    expect(await tag("stable")).toBe(first);
    const { state, promotions } = await readRecord(stateDir(), "app");
    expect(state).toMatchObject({
      digest: second,
      tags: { latest: { digest: second }, stable: { digest: first, previous: second } },
    });
    expect(promotions).toMatchObject([
      { digest: first, tags: { stable: { previous: second } }, why: "release 7 fails" },
      { digest: second, tags: { stable: {} }, why: "release 7" },
    ]);
    expect((await world.run("history", "IMAGE=app")).stdout).toMatch(
      new RegExp(
        `^app\n {2}0 .*\n {5}promoted .* to 127\\.0\\.0\\.1:\\d+/app: stable; by \\S+: release 7\n {2}1 .*\n {5}promoted .*: stable from ${second.slice(7, 19)}; by \\S+: release 7 fails\n$`,
      ),
    );
    expect((await world.run("status", "IMAGE=app")).stdout).toMatch(/^app +published .*latest stable\b/);
    // A build has nothing to do with it.
    expect((await world.run("build", "IMAGE=app")).stderr).toContain("app: nothing to do");
    expect(await tag("stable")).toBe(first);
  });

  it("refuses what another image or a hold has a say in, and moves nothing", async () => {
    const owned = await promote("IMAGE=app", "TO=factory.localhost/web:latest");
    expect(owned).toMatchObject({ status: 77, stderr: expect.stringContaining("is the tag latest of web") });
    await world.run("hold", "IMAGE=app", "WHY=frozen");
    for (const what of ["IMAGE=app", "FROM=factory.localhost/app:latest"]) {
      const held = await promote(what, "TO=prod");
      expect(held).toMatchObject({ status: 77, stderr: expect.stringContaining("app is held: frozen") });
    }
    expect(await tag("prod")).toBeUndefined();
    expect(await promote("IMAGE=app", "TO=prod", "ALLOW=held", "WHY=urgent")).toMatchObject({ status: 0 });
    expect((await readPromotions(app, second, client))[0]).toMatchObject({
      allowed: { safeties: ["held"], why: "urgent" },
    });
    await world.run("lift", "IMAGE=app");
  });

  it("killed on its way to another registry has set no tag, and is completed by the next run", async () => {
    const to = `TO=${other.address}/prod/app:latest`;
    const started = world.start("promote", "IMAGE=app", to);
    await started.says(/: scan/);
    started.kill("SIGKILL");
    await started.ended;
    expect(await tag("latest", there())).toBeUndefined();
    const { status, stdout, stderr } = await promote("IMAGE=app", to, "--json");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({
      image: "app",
      digest: second,
      targets: [{ kind: "promoted", target: `${other.address}/prod/app:latest` }],
    });
    expect(await missingParts(there(), second, client)).toEqual([]);
    const [here, copied] = await Promise.all(
      [app, there()].map((repository) => client.getManifest(repository, "latest")),
    );
    expect(copied?.bytes).toEqual(here?.bytes);
  });

  it("takes receipts and SBOMs along, by which another factory tells its history and makes its state", async () => {
    const [receipt] = await readReceipts(there(), second, client);
    expect(receipt).toMatchObject({ image: "app", digest: second, repository: `${other.address}/prod/app` });
    for (const { digest = second } of Object.values(receipt?.platforms ?? {}))
      expect(await client.listReferrers(there(), digest, cycloneDxType)).toHaveLength(1);
    const own = { ...world.env };
    world.env["FACTORY_REGISTRY"] = `${other.address}/prod`;
    world.env["FACTORY_STATE_DIR"] = join(world.dir, "prod-state");
    const { stdout } = await world.run("history", "IMAGE=app", "--json");
    const [{ rows }] = JSON.parse(stdout) as [{ rows: readonly { digest: Digest; promotions: object[] }[] }];
    expect(rows.map(({ digest }) => digest)).toEqual([second]);
    expect(rows[0]?.promotions).toContainEqual(
      expect.objectContaining({ repository: `${other.address}/prod/app`, tags: { latest: {} } }),
    );
    // Its state is made of what was copied: the tags that were set there, and none of those of elsewhere.
    expect((await world.run("fsck", "IMAGE=app", "--repair")).stderr).not.toContain("sets it again");
    const { state } = await readRecord(join(world.dir, "prod-state"), "app");
    expect(state).toMatchObject({ digest: second, tags: { latest: { digest: second, promoted: true } } });
    expect(Object.keys(state?.tags ?? {})).toEqual(["latest"]);
    expect(await world.run("fsck", "IMAGE=app")).toMatchObject({ status: 0 });
    for (const name of ["FACTORY_REGISTRY", "FACTORY_STATE_DIR"]) delete world.env[name];
    Object.assign(world.env, own);
  });

  it("scans an image of others on every platform, and moves nothing that is blocked or cannot be read", async () => {
    const foreign: Repository = { registry: other.address, path: "vendor/tool" };
    await pushIndex(client, foreign, "1", { folder: join(world.dir, "app/root") });
    const target = `TO=${other.address}/mirror/tool:1`;
    const passed = await promote(`FROM=${other.address}/vendor/tool:1`, target);
    expect(passed).toMatchObject({ status: 0 });
    expect(
      (await readPromotions({ ...foreign, path: "mirror/tool" }, await tag("1", foreign), client))[0],
    ).toMatchObject({
      scan: { verdict: "passed", database: "official" },
    });
    await pushIndex(client, foreign, "2", { text: "no system" });
    const unread = await promote(`FROM=${other.address}/vendor/tool:2`, target);
    expect(unread).toMatchObject({ status: 77, stderr: expect.stringContaining("SCAN=skip WHY=") });
    await world.useDatabase("fixable.tar.gz");
    const blocked = await promote("IMAGE=app", "TO=blocked");
    expect(blocked).toMatchObject({ status: 77, stderr: expect.stringContaining("app is not promoted:") });
    expect(await tag("blocked")).toBeUndefined();
    expect(await tag("1", { ...foreign, path: "mirror/tool" })).toBe(await tag("1", foreign));
    const skipped = await promote(
      `FROM=${other.address}/vendor/tool:2`,
      target,
      "SCAN=skip",
      "WHY=a list of words",
    );
    expect(skipped).toMatchObject({ status: 0 });
    const moved = await tag("2", foreign);
    expect(await tag("1", { ...foreign, path: "mirror/tool" })).toBe(moved);
    expect((await readPromotions({ ...foreign, path: "mirror/tool" }, moved, client))[0]).toMatchObject({
      scan: { verdict: "skipped" },
      why: "a list of words",
      tags: { "1": { previous: await tag("1", foreign) } },
    });
  });

  it("is known to the registry alone where the state is lost", async () => {
    expect(await world.run("fsck", "IMAGE=app")).toMatchObject({ status: 0 });
    const before = (await world.run("history", "IMAGE=app", "--json")).stdout;
    const file = join(stateDir(), "images/app.yaml");
    expect(await readFile(file, "utf8")).toContain("promotions:");
    await rm(file);
    const after = JSON.parse((await world.run("history", "IMAGE=app", "--json")).stdout) as [
      { rows: { promotions: { repository: string }[] }[] },
    ];
    const known = JSON.parse(before) as typeof after;
    // Those to other registries stand beside what is there.
    const own = known[0].rows.map(({ promotions }) =>
      promotions.filter(({ repository }) => !repository.startsWith(other.address)),
    );
    expect(after[0].rows.map(({ promotions }) => promotions)).toEqual(own);
  });
});
