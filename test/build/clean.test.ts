import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clean } from "../../src/build/clean.ts";
import { storageDir, storageLock } from "../../src/build/graph-root.ts";
import { run } from "../../src/run.ts";
import { withLock } from "../../src/state/lock.ts";

let workDir: string;
beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), "clean-"));
  for (const folder of ["cache", "logs", "reports", "state", "storage/app/linux-amd64/graph"]) {
    await mkdir(join(workDir, folder), { recursive: true });
    await writeFile(join(workDir, folder, "file"), "");
  }
});
afterEach(() => rm(workDir, { recursive: true, force: true }));

const notes: string[] = [];
const door = () => {
  notes.length = 0;
  return {
    workDir,
    run,
    userNamespace: [],
    log: (event: { readonly kind: string; readonly text?: string }) => void notes.push(event.text ?? ""),
  };
};
const isThere = (path: string) => existsSync(join(workDir, path));

test("what can be made again is removed, and nothing else", async () => {
  await clean(door());
  expect(["cache", "logs", "reports", "storage"].filter(isThere)).toEqual([]);
  expect(isThere("state/file")).toBe(true);
  expect(notes).toEqual([]);
});

test("the layers and caches of a running build stay", async () => {
  await withLock(storageLock(workDir, "app", "linux-amd64"), {}, () => clean(door()));
  expect(existsSync(join(storageDir(workDir), "app/linux-amd64/graph/file"))).toBe(true);
  expect(isThere("cache/file")).toBe(true);
  expect(notes).toEqual([
    "its layers for linux-amd64 stay: a build uses them",
    "caches, logs and reports stay while another command uses them",
  ]);
});

test.each(["trivy-0.74.0-0.lock", "git-abc.lock", "build-abc.lock"])(
  "caches stay while another command holds %s",
  async (name) => {
    await withLock(join(workDir, "locks", name), {}, () => clean(door()));
    expect(isThere("cache/file")).toBe(true);
    expect(notes).toEqual(["caches, logs and reports stay while another command uses them"]);
  },
);
