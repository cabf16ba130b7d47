import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type BuildahBuild, buildArgs } from "../../src/build/buildah.ts";
import type { BuildHost } from "../../src/build/host.ts";
import { cacheRepository, createLayerCache } from "../../src/build/layer-cache.ts";
import { FactoryError } from "../../src/errors.ts";
import { notedCaches } from "../../src/gc/note.ts";
import type { LogEvent } from "../../src/log.ts";
import { formatRepository } from "../../src/registry/reference.ts";

const scope = {
  image: "app",
  published: { registry: "r.example.com", path: "team/app" },
  platform: "linux/amd64",
  epoch: undefined,
} as const;
const nameOf = (where: string, changes: object = {}) =>
  formatRepository(cacheRepository(where, { ...scope, ...changes }));

test("a cache lies beside its image, or where settings say, under a name of its own", () => {
  expect(nameOf("beside")).toBe("r.example.com/team/app-cache-linux-amd64");
  expect(nameOf("layers.example.org/deep/")).toBe("layers.example.org/deep/app-cache-linux-amd64");
  expect(nameOf("localhost:5000")).toBe("localhost:5000/app-cache-linux-amd64");
});

test("no two images, platforms and epochs have a cache in common", () => {
  const scopes = ["app", "other"].flatMap((image) =>
    ["linux/amd64", "linux/arm64"].flatMap((platform) =>
      [undefined, 1_700_000_000, 1_700_000_001].map((epoch) => ({ image, platform, epoch })),
    ),
  );
  for (const where of ["beside", "layers.example.org"])
    expect(new Set(scopes.map((one) => nameOf(where, one))).size).toBe(scopes.length);
});

async function opened(version: string, checkPush: () => Promise<void>, times = 1) {
  const stateDir = await mkdtemp(join(tmpdir(), "layer-cache-"));
  onTestFinished(() => rm(stateDir, { recursive: true }));
  const events: LogEvent[] = [];
  const cache = createLayerCache("beside", {
    client: { checkPush },
    stateDir,
    log: (event) => events.push(event),
  });
  const found = [];
  for (let left = times; left > 0; left--) found.push(await cache.open(scope, version));
  return { found, events, noted: await notedCaches(stateDir) };
}

test("a buildah before 1.39 gets none, is asked for nothing and hears of it once", async () => {
  const refuse = () => Promise.reject(new Error("nobody should ask"));
  const { found, events, noted } = await opened("1.28.2", refuse, 3);
  expect(found).toEqual([undefined, undefined, undefined]);
  expect(events).toEqual([
    { kind: "note", text: "layerCache needs buildah 1.39, this is 1.28.2: layers stay on this machine" },
  ]);
  expect(noted).toEqual([]);
});

test("one of 1.39 gets the repository, which is noted for gc", async () => {
  const { found, events, noted } = await opened("1.39.3", async () => undefined);
  const repository = "r.example.com/team/app-cache-linux-amd64";
  expect(found.map((one) => one && formatRepository(one))).toEqual([repository]);
  expect(noted).toEqual([{ repository, image: "app" }]);
  expect(events).toEqual([]);
});

test("a cache that takes no pushes is a warning, and a build without it", async () => {
  const denied = () => Promise.reject(new FactoryError("credentials-invalid", "r.example.com: denied"));
  const { found, events, noted } = await opened("1.39.3", denied);
  expect(found).toEqual([undefined]);
  expect(events).toMatchObject([{ kind: "warning", image: "app", platform: "linux/amd64" }]);
  expect(events[0]).toHaveProperty("text", expect.stringContaining("r.example.com: denied"));
  expect(noted).toEqual([]);
});

test("who is told to stop is not told of a cache", async () => {
  const stop = () => Promise.reject(new FactoryError("interrupted", "stopped"));
  await expect(opened("1.39.3", stop)).rejects.toThrow("stopped");
});

const host: BuildHost = {
  buildahVersion: "1.39.3",
  rootless: false,
  userNamespace: [],
  storageDriver: "overlay",
  isolation: { kind: "chroot-in-unshare", proc: "own" },
  network: "host",
  limits: [],
};
const build: BuildahBuild = {
  platform: "linux/amd64",
  contextDir: "/context",
  dockerfile: "/tmp/Dockerfile",
  ignoreFile: "/tmp/ignore",
  imageIdFile: "/tmp/id",
  authFile: "/tmp/auth.json",
  args: {},
  network: "default",
  secrets: [],
  buildContexts: {},
};

test("buildah is given a cache to read from and to write to, and nothing else changes", () => {
  const root = { graph: "/graph", run: "/run", tmp: "/tmp" };
  const without = buildArgs(build, root, host);
  const cached = buildArgs({ ...build, cache: "r.example.com/app-cache-linux-amd64" }, root, host);
  const added = cached.filter((arg) => !without.includes(arg));
  expect(added).toEqual([
    "--cache-from=r.example.com/app-cache-linux-amd64",
    "--cache-to=r.example.com/app-cache-linux-amd64",
  ]);
  expect(cached.filter((arg) => !added.includes(arg))).toEqual(without);
});
