import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inPrivateFolder, removeAbandonedFolders } from "../../src/source/private-folder.ts";
import { makeTempFolder, removeTempFolder } from "./repository.ts";

let workDir: string;
beforeEach(() => {
  workDir = makeTempFolder();
});
afterEach(() => removeTempFolder(workDir));

const contexts = () => readdirSync(join(workDir, "cache", "contexts"));
const locks = () => readdirSync(join(workDir, "locks"));

test("a folder stays until its owner lets go of it, and is nobody else's", async () => {
  const folders = await Promise.all(
    Array.from({ length: 5 }, () => inPrivateFolder(workDir, async (folder) => folder)),
  );
  for (const { path } of folders) expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(contexts()).toHaveLength(5);
  for (const { dispose } of folders) await dispose();
  expect([contexts(), locks()]).toEqual([[], []]);
});

test("a failure removes it", async () => {
  await expect(inPrivateFolder(workDir, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect([contexts(), locks()]).toEqual([[], []]);
});

test("what a killed process left is removed by the next, and a living one's is not", async () => {
  const module = resolve("src/source/private-folder.ts");
  const script = `const { inPrivateFolder } = await import(${JSON.stringify(module)});
    await inPrivateFolder(${JSON.stringify(workDir)}, ({ path }) => { console.log(path); return new Promise(() => setInterval(() => {}, 1000)); });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const left = await new Promise<string>((done) =>
    child.stdout.once("data", (line) => done(String(line).trim())),
  );
  const mine = await inPrivateFolder(workDir, async (folder) => folder);
  expect(existsSync(left)).toBe(true);
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await ended;
  const next = await inPrivateFolder(workDir, async (folder) => folder);
  expect(existsSync(left)).toBe(false);
  expect(contexts()).toHaveLength(2);
  await mine.dispose();
  await next.dispose();
});

test("what nobody holds is removed without a folder being made", async () => {
  await removeAbandonedFolders(workDir);
  const { path } = await inPrivateFolder(workDir, async (folder) => folder);
  mkdirSync(join(workDir, "cache/contexts/context-of-nobody"));
  await removeAbandonedFolders(workDir);
  expect(contexts()).toEqual([basename(path)]);
});

test("folders that are made and removed at the same time do not get in each other's way", async () => {
  const comeAndGo = async () => {
    for (let times = 0; times < 15; times += 1) {
      const folder = await inPrivateFolder(workDir, async (made) => made);
      await folder.dispose();
    }
  };
  await Promise.all(Array.from({ length: 40 }, comeAndGo));
  expect(contexts()).toEqual([]);
});
