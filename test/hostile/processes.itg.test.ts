import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../src/run.ts";
import { sendFolder } from "../../src/source/folder.ts";
import { checkoutGit } from "../../src/source/git/checkout.ts";
import { readPatches } from "../../src/source/git/patches.ts";
import { gitSource, makeRepository, makeTempFolder, removeTempFolder } from "../source/repository.ts";

let folder: string;
beforeEach(() => {
  folder = makeTempFolder();
});
afterEach(() => removeTempFolder(folder));

describe("a process that prints without end", () => {
  const output = { mostBytes: 1_000_000, code: "build-failed" } as const;

  test.each(["yes", "head -c 100000000 /dev/zero", "yes >&2", "yes & yes >&2"])(
    "%s is ended, its log is bounded, and its code says whose fault it is",
    async (script) => {
      const logFile = join(folder, "log");
      let longest = 0;
      const onLine = (line: string) => {
        longest = Math.max(longest, line.length);
      };
      await expect(run({ tool: "sh", args: ["-c", script], output, logFile, onLine })).rejects.toMatchObject({
        code: "build-failed",
        exitStatus: 65,
        message: expect.stringContaining("printed more than 1000000 bytes"),
      });
      expect(statSync(logFile).size).toBeLessThan(3_000_000);
      expect(longest).toBeLessThanOrEqual(64 * 1024);
    },
  );

  test("in one line of a hundred megabytes is read in time", async () => {
    const lines: number[] = [];
    const command = {
      tool: "head",
      args: ["-c", "100000000", "/dev/zero"],
      onLine: (line: string) => void lines.push(line.length),
    };
    await run(command);
    expect(lines).toEqual([64 * 1024]);
  }, 60_000);
});

describe("a source that is small and becomes large", () => {
  test("a git tree of ten thousand million files is refused as the source's fault, and leaves nothing", async () => {
    const repository = makeRepository(join(folder, "bomb.git"));
    repository.commit({ Dockerfile: "FROM scratch\n", a: "x" });
    const input = (text: string) =>
      execFileSync("git", ["mktree"], { cwd: repository.dir, input: text, encoding: "utf8" }).trim();
    const blob = repository.git("rev-parse", "HEAD:a");
    let tree = input(Array.from({ length: 10 }, (_, i) => `100644 blob ${blob}\tf${i}\n`).join(""));
    for (let depth = 0; depth < 9; depth += 1) {
      const inner = tree;
      tree = input(Array.from({ length: 10 }, (_, i) => `040000 tree ${inner}\td${i}\n`).join(""));
    }
    const root = input(
      `100644 blob ${repository.git("rev-parse", "HEAD:Dockerfile")}\tDockerfile\n040000 tree ${tree}\td\n`,
    );
    const commit = repository.git("commit-tree", "-m", "bomb", root);
    repository.git("update-ref", "refs/heads/main", commit);
    const deps = { run, workDir: join(folder, "work"), variables: { HOME: folder } };
    const checkout = checkoutGit(
      gitSource(repository.dir),
      { commit, version: undefined },
      { dockerfile: "Dockerfile", context: "." },
      deps,
    );
    await expect(checkout).rejects.toMatchObject({ code: "source-invalid", exitStatus: 65 });
    const contexts = join(deps.workDir, "cache/contexts");
    expect(existsSync(contexts) ? readdirSync(contexts) : []).toEqual([]);
  }, 90_000);

  const send = () =>
    sendFolder(
      { kind: "folder", path: join(folder, "app") },
      { dockerfile: "Dockerfile", context: "." },
      { workDir: join(folder, "work") },
    );
  test.each([
    ["a Dockerfile of 8 GB without content", "Dockerfile"],
    ["an ignore file of 8 GB without content", ".dockerignore"],
  ])("%s is refused unread", async (_, name) => {
    mkdirSync(join(folder, "app"));
    writeFileSync(join(folder, "app", "Dockerfile"), "FROM scratch\n");
    writeFileSync(join(folder, "app", name), "");
    truncateSync(join(folder, "app", name), 8 * 1024 ** 3);
    await expect(send()).rejects.toMatchObject({ exitStatus: 65, message: expect.stringContaining(name) });
  });

  test.each([
    ["a pipe", (at: string) => void execFileSync("mkfifo", [at]), /is no regular file/],
    ["a device without end", (at: string) => symlinkSync("/dev/zero", at), /is no regular file/],
    ["a folder", (at: string) => void mkdirSync(at), /is no regular file|cannot be read/],
    [
      "8 GB without content",
      (at: string) => {
        writeFileSync(at, "");
        truncateSync(at, 8 * 1024 ** 3);
      },
      /more than 16777216/,
    ],
  ])("%s in the place of a patch is refused unread", async (_, make, message) => {
    const at = join(folder, "a.patch");
    make(at);
    await expect(readPatches([at])).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringMatching(message),
    });
  });
});
