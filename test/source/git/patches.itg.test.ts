import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Enrolment, GitSource } from "../../../src/enrolment/enrolment.ts";
import { parseImages } from "../../../src/enrolment/parse-images.ts";
import { FactoryError } from "../../../src/errors.ts";
import { createSourceOpener } from "../../../src/resolve/open-source.ts";
import { type Command, run } from "../../../src/run.ts";
import { checkoutGit } from "../../../src/source/git/checkout.ts";
import type { MirrorDeps } from "../../../src/source/git/mirror.ts";
import { readPatches } from "../../../src/source/git/patches.ts";
import type { SourceTree } from "../../../src/source/source-tree.ts";
import {
  type Files,
  gitSource,
  makeRepository,
  makeTempFolder,
  type Repository,
  removeTempFolder,
  writeFiles,
} from "../repository.ts";

let folder: string;
let repository: Repository;
let commit: string;
let deps: MirrorDeps & { readonly commands: Command[] };
const numbers = Array.from({ length: 40 }, (_, index) => `${index + 1}\n`).join("");

beforeEach(() => {
  folder = makeTempFolder();
  repository = makeRepository(join(folder, "app.git"));
  commit = repository.commit({
    Dockerfile: "FROM scratch\n",
    numbers,
    "docs/a": "a\n",
    link: { link: "/etc" },
  });
  const commands: Command[] = [];
  deps = {
    commands,
    workDir: join(folder, "work"),
    variables: { HOME: folder },
    run: (command) => {
      commands.push(command);
      return run(command);
    },
  };
});
afterEach(() => removeTempFolder(folder));

function patchFile(name: string, text: string): string {
  writeFiles(folder, { [name]: text });
  return join(folder, name);
}

/** What git diff says of a change to the last commit, which is undone. */
function diffOf(change: () => void, ...options: readonly string[]): string {
  change();
  repository.git("add", "--all", "--force");
  const text = execFileSync("git", ["diff", "--cached", "--binary", ...options], {
    cwd: repository.dir,
    encoding: "utf8",
  });
  repository.git("reset", "--quiet", "--hard");
  return text;
}

const written = (files: Files) => () => writeFiles(repository.dir, files);

async function checkout(
  patches: readonly string[],
  more: Partial<GitSource> = {},
  paths = { dockerfile: "Dockerfile", context: "." },
): Promise<SourceTree> {
  const facts = { commit, version: undefined };
  return checkoutGit(gitSource(repository.dir, more), facts, paths, deps, await readPatches(patches));
}

async function refusalOf(patch: string): Promise<FactoryError> {
  try {
    await checkout([patchFile("bad.patch", patch)]);
  } catch (error) {
    if (error instanceof FactoryError) return error;
    throw error;
  }
  throw new Error("it applied");
}

const hunk = (line: number, from: string, to: string) =>
  `@@ -${line},3 +${line},3 @@\n ${line}\n-${from}\n+${to}\n ${line + 2}\n`;
const onNumbers = (...hunks: readonly string[]) => `--- a/numbers\n+++ b/numbers\n${hunks.join("")}`;
const newFile = (path: string) => `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;

describe("patches of a git source", () => {
  test("are applied one after another: changed, new, renamed, removed and binary files, modes and links", async () => {
    const first = diffOf(() => {
      written({ numbers: numbers.replace("20\n", "twenty\n"), run: { program: "#!/bin/sh\n" } })();
      rmSync(join(repository.dir, "docs/a"));
      written({ "docs/b": "a\n", raw: Buffer.from([0, 255, 10]) })();
    });
    const second = onNumbers(hunk(21, "22", "two more").replace(" 21", " 21"));
    const tree = await checkout([patchFile("1.patch", first), patchFile("2.patch", second)]);
    expect(readdirSync(tree.dir).sort()).toEqual(["Dockerfile", "docs", "link", "numbers", "raw", "run"]);
    expect(readFileSync(join(tree.dir, "numbers"), "utf8")).toContain("19\ntwenty\n21\ntwo more\n23\n");
    expect(readFileSync(join(tree.dir, "raw"))).toEqual(Buffer.from([0, 255, 10]));
    expect(readdirSync(join(tree.dir, "docs"))).toEqual(["b"]);
    await tree.dispose();
  });

  test("make the same source as a commit of the same files, and another one than the commit under them", async () => {
    const change = {
      numbers: "one\n",
      ".dockerignore": "docs\n",
      Dockerfile: "FROM scratch\nCOPY numbers /\n",
    };
    const patched = await checkout([patchFile("a.patch", diffOf(written(change)))]);
    const plain = await checkout([]);
    commit = repository.commit(change);
    const committed = await checkout([]);
    expect(patched.treeId).toBe(committed.treeId);
    expect(patched.treeId).not.toBe(plain.treeId);
    expect(patched.dockerfile).toBe("FROM scratch\nCOPY numbers /\n");
    for (const tree of [patched, plain, committed]) await tree.dispose();
  });

  test("are read from the root of the source, also where that is a sub-directory", async () => {
    const text = diffOf(written({ "docs/a": "patched\n" }), "--relative=docs");
    const paths = { dockerfile: "a", context: "." };
    const tree = await checkout([patchFile("a.patch", text)], { directory: "docs" }, paths);
    expect(tree.dockerfile).toBe("patched\n");
    await tree.dispose();
  });

  test("apply where lines have moved, but never where a line of context is another", async () => {
    const moved = onNumbers(hunk(20, "21", "x").replace("@@ -20,3 +20,3 @@", "@@ -10,3 +10,3 @@"));
    await (await checkout([patchFile("moved.patch", moved)])).dispose();
    writeFileSync(join(folder, ".gitconfig"), "[apply]\n\tignoreWhitespace = change\n\twhitespace = fix\n");
    const spaced = onNumbers(hunk(20, "21", "x").replace(" 20\n", "  20\n"));
    expect(await refusalOf(spaced)).toMatchObject({ problems: ["numbers: its hunk @@ -20 does not fit"] });
  });

  test("that do not apply are one error with every file and hunk, and leave nothing behind", async () => {
    const several = onNumbers(hunk(1, "2", "two"), hunk(20, "none", "x"));
    const error = await refusalOf(`${several}--- a/docs/a\n+++ b/docs/a\n@@ -1 +1 @@\n-b\n+c\n`);
    expect(error).toMatchObject({
      code: "source-invalid",
      exitStatus: 65,
      message: `the patch ${folder}/bad.patch does not apply to ${repository.dir} at ${commit.slice(0, 12)}`,
      problems: ["numbers: its hunk @@ -20 does not fit", "docs/a: its hunk @@ -1 does not fit"],
    });
    expect(readdirSync(join(deps.workDir, "cache/contexts"))).toEqual([]);
    expect(deps.commands.filter(({ args }) => args.includes("fetch"))).toHaveLength(1);
  });

  test.each([
    [
      "a file that is not there",
      "--- a/object\n+++ b/object\n@@ -1 +1 @@\n-x\n+y\n",
      "object: does not exist",
    ],
    ["a new file that is there", newFile("Dockerfile"), "Dockerfile: already exists"],
    ["no patch at all", "hello\n", "No valid patches in input"],
    ["an empty file", "", "No valid patches in input"],
    [
      "a hunk that ends early",
      "--- a/numbers\n+++ b/numbers\n@@ -1,3 +1,3 @@\n 1\n",
      /^corrupt patch at line \d/,
    ],
    ["a path out of the source", newFile("../evil"), "invalid path '../evil'"],
    ["an absolute path", newFile("/tmp/evil"), "invalid path '/tmp/evil'"],
    ["a path in .git", newFile(".git/hooks/post-checkout"), "invalid path '.git/hooks/post-checkout'"],
    ["a path in .git of a sub-directory", newFile("docs/.GIT/config"), "invalid path 'docs/.GIT/config'"],
    ["a path through a link", newFile("link/evil"), "affected file 'link/evil' is beyond a symbolic link"],
  ])("with %s are refused", async (_, patch, problem) => {
    const expected = typeof problem === "string" ? problem : expect.stringMatching(problem);
    expect(await refusalOf(patch)).toMatchObject({ code: "source-invalid", problems: [expected] });
  });

  test("that make a link and write through it are refused", async () => {
    const link =
      "diff --git a/out b/out\nnew file mode 120000\n--- /dev/null\n+++ b/out\n@@ -0,0 +1 @@\n+/tmp\n\\ No newline at end of file\n";
    const patches = [patchFile("1.patch", link), patchFile("2.patch", newFile("out/evil"))];
    await expect(checkout(patches)).rejects.toMatchObject({ code: "source-invalid" });
    expect((await refusalOf(link + newFile("out/evil"))).code).toBe("source-invalid");
    expect(existsSync("/tmp/evil")).toBe(false);
  });

  test("that change the commit of a submodule are refused", async () => {
    const link = `diff --git a/sub b/sub\nnew file mode 160000\n--- /dev/null\n+++ b/sub\n@@ -0,0 +1 @@\n+Subproject commit ${commit}\n`;
    expect((await refusalOf(link)).message).toMatch(/change a submodule's commit$/);
  });

  test("apply after a mirror that has lost an object was fetched anew", async () => {
    await (await checkout([])).dispose();
    const [mirror = ""] = readdirSync(join(deps.workDir, "cache/git"));
    const objects = join(deps.workDir, "cache/git", mirror, "objects");
    rmSync(objects, { recursive: true });
    const patch = patchFile("a.patch", onNumbers(hunk(20, "21", "x")));
    await (await checkout([patch])).dispose();
  });

  test("that are not there are refused by their path", async () => {
    await expect(readPatches([join(folder, "none.patch")])).rejects.toMatchObject({
      code: "source-invalid",
      message: `the patch ${folder}/none.patch is not there`,
    });
  });
});

describe("a plan of a patched source", () => {
  const enrolment = (): Enrolment => {
    const text = `- name: app\n  source: {git: ./app.git}\n  local: {patchFiles: [a.patch]}\n`;
    const [image] = parseImages(text, "images.yaml", folder).images;
    if (image === undefined) throw new Error("nothing is enrolled");
    return image;
  };
  const opener = () =>
    createSourceOpener({
      ...deps,
      stateDir: join(folder, "state"),
      ensureGit: async () => undefined,
      refOf: () => undefined,
      openDebian: async () => {
        throw new Error("no debian source");
      },
    });

  test("checks out nothing while commit and patches are as they were, and anew when one of them changed", async () => {
    const identity = async () => {
      const before = deps.commands.length;
      const sources = opener();
      const handle = await sources.open(enrolment());
      await sources.close();
      const used = deps.commands.slice(before).map(({ args }) => args);
      return {
        files: handle.files("linux/amd64"),
        applied: used.filter((args) => args.includes("apply")).length,
      };
    };
    const file = patchFile("a.patch", onNumbers(hunk(20, "21", "x")));
    const first = await identity();
    expect(first.applied).toBe(1);
    expect(await identity()).toEqual({ files: first.files, applied: 0 });
    writeFileSync(file, onNumbers(hunk(20, "21", "y")));
    const second = await identity();
    expect(second.applied).toBe(1);
    expect(second.files).not.toBe(first.files);
    writeFileSync(file, onNumbers(hunk(20, "21", "x")));
    expect(await identity()).toEqual({ files: first.files, applied: 0 });
  });
});
