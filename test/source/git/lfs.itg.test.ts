import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GitSource } from "../../../src/enrolment/enrolment.ts";
import { type Run, run } from "../../../src/run.ts";
import { checkoutGit } from "../../../src/source/git/checkout.ts";
import {
  gitSource,
  makeRepository,
  makeTempFolder,
  type Repository,
  removeTempFolder,
  writeFiles,
} from "../repository.ts";

const content = "x".repeat(70_000);
const sha256 = createHash("sha256").update(content).digest("hex");
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${content.length}\n`;
const stored = `.git/lfs/objects/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
let folder: string;
let repository: Repository;
let commit: string;

beforeEach(() => {
  folder = makeTempFolder();
  repository = makeRepository(join(folder, "app.git"));
  commit = repository.commit({
    "app/Dockerfile": "FROM scratch\n",
    "app/big": pointer,
    "app/ignored": pointer,
    "app/.dockerignore": "ignored\n",
    ".gitattributes": "app/big filter=lfs diff=lfs merge=lfs -text\n",
    ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:1/elsewhere\n",
  });
  writeFiles(repository.dir, { [stored]: content });
});

afterEach(() => removeTempFolder(folder));

const workDir = () => join(folder, "work");

function checkout(more: Partial<GitSource>, door: Run = run) {
  const deps = { run: door, workDir: workDir(), variables: { HOME: folder } };
  const source = gitSource(`file://${repository.dir}`, { directory: "app", ...more });
  return checkoutGit(
    source,
    { commit, version: undefined },
    { dockerfile: "Dockerfile", context: "." },
    deps,
  );
}

test("pointers stay pointers unless their content is asked for", async () => {
  const tree = await checkout({ lfs: false });
  expect(readFileSync(join(tree.dir, "big"), "utf8")).toBe(pointer);
});

test("a machine without git-lfs is told what it lacks", async () => {
  const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const withoutLfs: Run = (command) =>
    run({
      ...command,
      tool: command.tool === "git" ? git : command.tool,
      env: { ...command.env, PATH: "/nonexistent" },
    });
  await expect(checkout({ lfs: true }, withoutLfs)).rejects.toMatchObject({
    code: "machine-lacks",
    hint: expect.stringContaining("Install git-lfs"),
  });
  expect(readdirSync(join(workDir(), "cache", "contexts"))).toEqual([]);
});

describe.runIf(spawnSync("git", ["lfs", "version"]).status === 0)("with git-lfs", () => {
  test("the content takes the pointer's place, from the repository's own server, once", async () => {
    const tree = await checkout({ lfs: true });
    expect(readFileSync(join(tree.dir, "big"), "utf8")).toBe(content);
    expect(existsSync(join(tree.dir, "ignored"))).toBe(false);
    rmSync(join(repository.dir, stored));
    const again = await checkout({ lfs: true });
    expect(again.treeId).toBe(tree.treeId);
    expect((await checkout({ lfs: false })).treeId).not.toBe(tree.treeId);
  });

  test("content that the server does not have is named", async () => {
    rmSync(join(repository.dir, stored));
    await expect(checkout({ lfs: true })).rejects.toMatchObject({ code: "source-unavailable" });
  });

  test("content that was damaged on this machine is not sent", async () => {
    await checkout({ lfs: true });
    const [mirror = ""] = readdirSync(join(workDir(), "cache", "git")).filter(
      (name) => !name.includes("partial"),
    );
    const kept = join(workDir(), "cache", "git", mirror, stored.replace(".git/", ""));
    rmSync(kept);
    writeFileSync(kept, content.replace("x", "y"));
    const tree = await checkout({ lfs: true });
    expect(readFileSync(join(tree.dir, "big"), "utf8") === content).toBe(true);
  });
});
