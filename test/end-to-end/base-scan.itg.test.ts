import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRegistryClient } from "../../src/registry/client.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { pushIndex } from "../bases/push-image.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

/** In this world's database dash has a HIGH flaw that 99.0-1 cures. */
let world: World;
/** Somebody else's registry. */
let upstream: RealRegistry;
let before: Digest | undefined;

beforeAll(async () => {
  [world, upstream] = await Promise.all([makeWorld("fixable.tar.gz"), startRegistry()]);
  await pushRuntime("busybox 1.37.0-6");
  await world.write(
    "images.yaml",
    "defaults: {platforms: [linux/amd64]}\nimages:\n- {name: app, source: {folder: app}}\n- {name: lenient, source: {folder: app}, scan: {severities: [CRITICAL]}}\n",
  );
  await world.write("app/Dockerfile", `FROM ${upstream.address}/team/runtime:1\nCOPY Dockerfile /\n`);
  const { status, stderr } = await world.run("build", "IMAGE=all");
  expect({ status, stderr }).toMatchObject({ status: 0 });
  before = await digestOf("app");
});
afterAll(async () => {
  await Promise.all([world?.end(), upstream?.stop()]);
});

/** Moves the base to a root with this package. */
async function pushRuntime(installed: string): Promise<void> {
  const client = createRegistryClient({
    embedded: upstream.address,
    credentials: { lookup: async () => undefined },
    log: () => undefined,
    env: {},
  });
  await addDebianRoot(world, "upstream", [installed]);
  const folder = join(world.dir, "upstream/root");
  await pushIndex(client, { registry: upstream.address, path: "team/runtime" }, "1", { folder });
}

const digestOf = async (path: string) =>
  (await (await world.client()).headManifest({ registry: "factory.localhost", path }, "latest"))?.digest;

const finding =
  /base \S+\/team\/runtime:1 \w{12}→\w{12} waits: its new digest has CVE-2099-1001 in dash 0\.5\.12-2/;

describe("an external base whose new digest is blocked by an image's policy, which the old one passes", () => {
  it("waits in a rebuild that says why, and is taken for an image whose policy it passes", async () => {
    await pushRuntime("dash 0.5.12-2");
    const { status, stdout, stderr } = await world.run("rebuild");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const rows = Object.fromEntries(stdout.split("\n").map((line) => [line.split(" ")[0], line]));
    expect(rows["app"]).toMatch(/^app +waiting /);
    expect(rows["app"]).toMatch(finding);
    expect(rows["lenient"]).toMatch(/^lenient +built .*: base \S+\/team\/runtime:1 sha256:/);
    expect(await digestOf("app")).toBe(before);
  });

  it("is shown with the finding by plan, as text and as JSON, and by the next report", async () => {
    const { stdout } = await world.run("plan");
    expect(stdout).toMatch(/^app +keep /m);
    expect(stdout).toMatch(finding);
    expect(stdout).toMatch(/1 staying on an older base/);
    const { pending } = JSON.parse((await world.run("plan", "--json")).stdout);
    expect(pending).toMatchObject({
      app: [{ cause: { kind: "scan", findings: ["CVE-2099-1001 in dash 0.5.12-2"] } }],
    });
    expect((await world.run("rebuild", "--markdown")).stdout).toMatch(finding);
    expect(await digestOf("app")).toBe(before);
  });

  it("is no surprise to who builds by hand: the build is blocked with the same finding, and the tag stays", async () => {
    expect(await world.run("build", "IMAGE=app")).toMatchObject({
      status: 77,
      stderr: expect.stringMatching(/CVE-2099-1001/),
    });
    expect(await digestOf("app")).toBe(before);
  });

  it("is taken when it moves on to a digest that passes", async () => {
    await pushRuntime("dash 99.0-1");
    const { status, stdout } = await world.run("rebuild");
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/^app +built /m) });
    expect(await digestOf("app")).not.toBe(before);
    expect((await world.run("plan")).stdout).toMatch(/^2 unchanged$/m);
  });
});
