import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { storageLock, sweepAbandoned } from "../../src/build/graph-root.ts";
import type { BuildHost } from "../../src/build/host.ts";
import { withLock } from "../../src/state/lock.ts";

let workDir: string;
beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), "graph-root-"));
});
afterEach(() => rm(workDir, { recursive: true }));

const owner = () => ({ workDir, image: "app", platform: "linux/amd64" }) as const;
const left = () => join(workDir, "storage/app/linux-amd64/tmp");
/** No container is left in these tests, so that no tool runs. */
const door = {
  run: () => Promise.reject(new Error("nothing has to run")),
  host: async () => ({ rootless: false, userNamespace: [] as readonly string[] }) as BuildHost,
};

test("temporary files of a killed build go although nothing is built any more", async () => {
  await mkdir(join(left(), "buildah1"), { recursive: true });
  await sweepAbandoned(owner(), door);
  expect(existsSync(left())).toBe(false);
});

test("those of a build that goes on stay", async () => {
  await mkdir(left(), { recursive: true });
  await withLock(storageLock(workDir, "app", "linux-amd64"), {}, () => sweepAbandoned(owner(), door));
  expect(existsSync(left())).toBe(true);
});

test("where nothing was left nobody finds out how this machine builds", async () => {
  const host = () => Promise.reject(new Error("nobody should ask"));
  await expect(sweepAbandoned(owner(), { ...door, host })).resolves.toBeUndefined();
});
