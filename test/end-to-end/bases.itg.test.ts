import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { pushImage, pushIndex } from "../bases/push-image.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";
import { shiftClock } from "./shifted-clock.ts";
import { makeWorld, type World } from "./world.ts";

let world: World;
/** Somebody else's registry. */
let upstream: RealRegistry;
let client: RegistryClient;
let number = 0;
/** `127.0.0.1:<port>/team/runtime-<number>`, another for each test. */
let runtime = "";

const dayMs = 86_400_000;

beforeAll(async () => {
  [world, upstream] = await Promise.all([makeWorld(), startRegistry()]);
  client = createRegistryClient({
    embedded: upstream.address,
    credentials: { lookup: async () => undefined },
    log: () => undefined,
    env: {},
  });
});
afterAll(async () => {
  await Promise.all([world?.end(), upstream?.stop()]);
});

const repository = () => ({ registry: upstream.address, path: `team/runtime-${number}` });
const push = (text: string, labels = {}) => pushIndex(client, repository(), "1", { text, labels });

beforeEach(async () => {
  delete world.env["NODE_OPTIONS"];
  number += 1;
  runtime = `${upstream.address}/team/runtime-${number}`;
  await push("first\n");
  await enrol("rebuildDelay: 7d");
  await world.write("app/Dockerfile", `FROM ${runtime}:1\nCOPY file /file\n`);
  await world.write("app/file", `${number}\n`);
  expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
});

const enrol = (field: string, others = "") =>
  world.write(
    "images.yaml",
    `- {name: app, source: {folder: app}, platforms: [linux/amd64], scan: {os: none}, ${field}}\n${others}`,
  );
const plan = async () => (await world.run("plan")).stdout;
const record = () =>
  readFile(join(world.workDir, "state/base-images", `${runtime.replaceAll(/[:/]/g, "-")}-1.yaml`), "utf8");
const digestOf = async (image: string): Promise<Digest | undefined> =>
  (await (await world.client()).headManifest({ registry: "factory.localhost", path: image }, "latest"))
    ?.digest;
const digestOfApp = () => digestOf("app");

describe("an external base that moves", () => {
  it("is recorded when first seen, and its dependants wait as long as they are to", async () => {
    const before = await digestOfApp();
    await push("second\n");
    expect(await plan()).toMatch(
      /^app +keep +unchanged since sha256:[0-9a-f]+; waits until \d{4}-\d\d-\d\d \d\d:\d\d UTC for base .*\n1 waits until .*\n$/,
    );
    expect(await record()).toMatch(/previousDigest: sha256:/);
    expect(await world.run("rebuild")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/1 image: 1 waiting/),
    });
    expect(await digestOfApp()).toBe(before);
    await shiftClock(world, 7 * dayMs + 60_000);
    expect(await plan()).toMatch(/^app +build +base .* sha256:[0-9a-f]{12}→sha256:[0-9a-f]{12}/);
    expect(await world.run("rebuild")).toMatchObject({ status: 0 });
    expect(await digestOfApp()).not.toBe(before);
    expect(await plan()).toMatch(/^app +keep/);
  });

  it("starts the wait anew when it moves again", async () => {
    await push("second\n");
    await plan();
    await shiftClock(world, 5 * dayMs);
    await push("third\n");
    await plan();
    await shiftClock(world, 8 * dayMs);
    expect(await plan()).toMatch(/waits until/);
    await shiftClock(world, 13 * dayMs);
    expect(await plan()).toMatch(/^app +build +base/);
  });

  it("is taken at once by a build that somebody asks for, and by a rebuild with ALLOW=wait", async () => {
    const first = await digestOfApp();
    await push("second\n");
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    const second = await digestOfApp();
    expect(second).not.toBe(first);
    await push("third\n");
    expect(await world.run("rebuild", "ALLOW=wait", "WHY=an exploit")).toMatchObject({ status: 0 });
    expect(await digestOfApp()).not.toBe(second);
  });

  it("stays in use while a changed source is rebuilt by itself", async () => {
    await push("second\n");
    await world.write("app/file", "changed\n");
    expect(await plan()).toMatch(/^app +build +source [0-9a-f]{12}→[0-9a-f]{12}; waits until/);
    expect(await world.run("rebuild")).toMatchObject({ status: 0 });
    expect(await plan()).toMatch(/^app +keep .*waits until/);
  });

  it("is held at what it was, whoever builds, until it is lifted", async () => {
    const before = await digestOfApp();
    const hold = async (base: string) =>
      (await world.run("hold", `BASE=${base}`, "WHY=the next one is bad")).status;
    expect(await hold(`${runtime}:1@sha256:${"0".repeat(64)}`)).toBe(65);
    expect(await hold(`${runtime}:1`)).toBe(0);
    expect(await plan()).toMatch(/^app +keep .*; base \S+:1 is held: the next one is bad\n1 unchanged\n$/);
    await push("second\n");
    expect(await plan()).toMatch(/^app +keep .*is held: the next one is bad/);
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect(await digestOfApp()).toBe(before);
    expect(await world.run("lift", `BASE=${runtime}:1`)).toMatchObject({ status: 0 });
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect(await digestOfApp()).not.toBe(before);
  });

  it("is pinned by images.yaml", async () => {
    const before = await digestOfApp();
    const { digest } = await push("first\n");
    await enrol(
      "rebuildDelay: 0s",
      `- {name: runtime, repository: ${runtime}, allowTags: ^1$, imageSelectionStrategy: Digest, digest: "${digest}"}\n`,
    );
    await push("second\n");
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect(await digestOfApp()).toBe(before);
    expect(await plan()).toMatch(/^app +keep .*is pinned by images.yaml/);
  });
});

describe("an external base that cannot be built on", () => {
  it("leaves its images buildable when it is gone, from the copy that was staged", async () => {
    const { digest } = await push("first\n");
    await client.deleteManifest(repository(), digest);
    expect(await plan()).toMatch(
      /^app +keep .*stays as it was built on: .*there is no image .*gone from its registry/,
    );
    await world.write("app/file", "changed\n");
    expect(await world.run("rebuild")).toMatchObject({ status: 0 });
    expect(await plan()).toMatch(/^app +keep/);
  });

  it("stays for all platforms when it loses one, and says which", async () => {
    await world.write(
      "images.yaml",
      "- {name: both, source: {folder: app}, scan: {os: none}, rebuildDelay: 7d}\n",
    );
    expect(await world.run("build", "IMAGE=both")).toMatchObject({ status: 0 });
    const before = await digestOf("both");
    await pushImage(client, repository(), "1", { text: "second\n" });
    const stays = /stays as it was built on: .* has no image for linux\/arm64: it has linux\/amd64/;
    const planned = await plan();
    expect(planned).toMatch(/^both +keep /);
    expect(planned).toMatch(stays);
    expect(await world.run("build", "IMAGE=both")).toMatchObject({ status: 0 });
    expect((await world.run("rebuild", "ALLOW=wait", "WHY=test")).stdout).toMatch(stays);
    expect(await digestOf("both")).toBe(before);
  });

  it("says that it gets no more fixes, by its label and by images.yaml", async () => {
    await push("first\n", { "vnd.microsoft.artifact.lifecycle.end-of-life.date": "2020-01-01" });
    expect(await plan()).toMatch(/gets no more fixes since 2020-01-01 \(vnd\.microsoft/);
    await push("second\n");
    await enrol(
      "rebuildDelay: 0s",
      `- {name: runtime, repository: ${runtime}, allowTags: ^1$, endOfLife: "2021-02-03"}\n`,
    );
    expect(await plan()).toMatch(/gets no more fixes since 2021-02-03 \(images\.yaml:2:/);
  });
});

describe("a watched image", () => {
  it("is recorded by a rebuild, and plan names a tag that its rule prefers to the one in use", async () => {
    await pushIndex(client, repository(), "2", { text: "two\n" });
    await enrol("rebuildDelay: 0s", `- {name: runtime, repository: ${runtime}, allowTags: "^[0-9]+$"}\n`);
    const { status, stderr } = await world.run("plan");
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("runtime: 2 is there; app is built on 1"),
    });
  });
});
