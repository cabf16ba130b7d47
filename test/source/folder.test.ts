import * as fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FactoryError } from "../../src/errors.ts";
import { imageTimeSeconds } from "../../src/image-time.ts";
import { run } from "../../src/run.ts";
import { identifyFolder, sendFolder } from "../../src/source/folder.ts";
import { type Files, makeTempFolder, removeTempFolder, writeFiles } from "./repository.ts";

const umask = process.umask();
const paths = { dockerfile: "Dockerfile", context: "." };
let folder: string;
let root: string;
let workDir: string;

beforeEach(() => {
  folder = makeTempFolder();
  root = join(folder, "source");
  workDir = join(folder, "work");
  writeFiles(root, { Dockerfile: "FROM scratch\n" });
});

afterEach(() => {
  process.umask(umask);
  removeTempFolder(folder);
});

const send = (wanted = paths, path = root, signal?: AbortSignal) =>
  sendFolder({ kind: "folder", path }, wanted, { workDir, ...(signal === undefined ? {} : { signal }) });
const identify = (wanted = paths, path = root) =>
  identifyFolder({ kind: "folder", path }, wanted, { workDir });
const treeId = async () => (await identify()).treeId;
const listed = (dir: string) => fs.readdirSync(dir, { recursive: true, encoding: "utf8" }).sort();

async function sentFiles(files: Files): Promise<string[]> {
  writeFiles(root, files);
  const tree = await send();
  const found = listed(tree.dir);
  await tree.dispose();
  return found;
}

test("the copy is private, has plain modes and one time, whatever umask and modes the source has", async () => {
  process.umask(0o077);
  writeFiles(root, {
    "bin/run": { program: "#!/bin/sh\n" },
    "data/a": "a",
    "data/link": { link: "/etc/hostname" },
  });
  fs.chmodSync(join(root, "data/a"), 0o606);
  fs.chmodSync(join(root, "bin/run"), 0o4710);
  fs.mkdirSync(join(root, "empty"), 0o700);
  const tree = await send();
  expect(listed(tree.dir)).toEqual(["Dockerfile", "bin", "bin/run", "data", "data/a", "data/link", "empty"]);
  const modes = [".", "bin", "bin/run", "data/a", "empty"].map(
    (path) => fs.lstatSync(join(tree.dir, path)).mode & 0o7777,
  );
  expect(modes.map((mode) => mode.toString(8))).toEqual(["755", "755", "755", "644", "755"]);
  expect(fs.statSync(join(tree.dir, "..")).mode & 0o777).toBe(0o700);
  expect(fs.readlinkSync(join(tree.dir, "data/link"))).toBe("/etc/hostname");
  for (const path of [".", ...listed(tree.dir)]) {
    expect(fs.lstatSync(join(tree.dir, path)).mtimeMs).toBe(imageTimeSeconds * 1000);
  }
  await tree.dispose();
  expect(listed(join(workDir, "cache", "contexts"))).toEqual([]);
});

test("identifying writes nothing and says the same as sending", async () => {
  writeFiles(root, {
    a: "1",
    "b/c": { program: "2" },
    "b/d": { link: "c" },
    big: Buffer.alloc(3_000_000, "x"),
  });
  const identity = await identify();
  expect(fs.existsSync(workDir)).toBe(false);
  const tree = await send();
  expect(identity).toEqual({ treeId: tree.treeId, dockerfile: tree.dockerfile });
  expect(fs.readFileSync(join(tree.dir, "big"))).toEqual(fs.readFileSync(join(root, "big")));
});

describe("the identity of a folder", () => {
  const changes: readonly (readonly [string, () => void])[] = [
    ["content", () => fs.writeFileSync(join(root, "a"), "2")],
    ["name", () => fs.renameSync(join(root, "a"), join(root, "b"))],
    ["executable bit", () => fs.chmodSync(join(root, "a"), 0o744)],
    ["an empty folder", () => fs.mkdirSync(join(root, "empty"))],
    ["a new file that nobody has committed", () => fs.writeFileSync(join(root, "untracked"), "")],
    [
      "a link instead of the file",
      () => {
        fs.rmSync(join(root, "a"));
        fs.symlinkSync("link-target", join(root, "a"));
      },
    ],
    [
      "the target of a link",
      () => {
        fs.rmSync(join(root, "link"));
        fs.symlinkSync("elsewhere", join(root, "link"));
      },
    ],
  ];
  const notInputs: readonly (readonly [string, () => void])[] = [
    ["time", () => fs.utimesSync(join(root, "a"), 1, 1)],
    ["the other mode bits", () => fs.chmodSync(join(root, "a"), 0o600)],
    ["an ignored file", () => fs.writeFileSync(join(root, "ignored"), "new")],
    ["what a link points to", () => fs.writeFileSync(join(folder, "link-target"), "changed")],
    [".git", () => writeFiles(root, { ".git/HEAD": "x", "sub/.git": "gitdir: x" })],
    [
      "the place",
      () => {
        fs.renameSync(root, join(folder, "elsewhere"));
        root = join(folder, "elsewhere");
      },
    ],
    ["umask", () => void process.umask(0)],
  ];
  const files: Files = {
    a: "1",
    link: { link: "../link-target" },
    ".dockerignore": "ignored\n",
    "sub/x": "",
  };

  test.each(changes)("changes with %s", async (_, change) => {
    writeFiles(root, files);
    const before = await treeId();
    change();
    expect(await treeId()).not.toBe(before);
  });

  test.each(notInputs)("does not change with %s", async (_, change) => {
    writeFiles(root, files);
    const before = await treeId();
    change();
    expect(await treeId()).toBe(before);
  });

  test.runIf(process.getuid?.() === 0)("does not change with the owner", async () => {
    writeFiles(root, files);
    const before = await treeId();
    fs.chownSync(join(root, "a"), 12345, 12345);
    expect(await treeId()).toBe(before);
  });
});

describe("what is left out", () => {
  test(".containerignore goes before .dockerignore", async () => {
    expect(await sentFiles({ ".containerignore": "a\n", ".dockerignore": "b\n", a: "", b: "" })).toEqual([
      ".containerignore",
      ".dockerignore",
      "Dockerfile",
      "b",
    ]);
  });

  test("an ignore file of the Dockerfile's own name counts for nothing, as with buildah", async () => {
    expect(await sentFiles({ "Dockerfile.dockerignore": "a\n", a: "" })).toContain("a");
  });

  test("the Dockerfile may be ignored: it is read, and not sent", async () => {
    writeFiles(root, { ".dockerignore": "Dockerfile\n.dockerignore\n", a: "" });
    const tree = await send();
    expect(listed(tree.dir)).toEqual(["a"]);
    expect(tree.dockerfile).toBe("FROM scratch\n");
  });

  test("a folder that is ignored stays where something of it comes back", async () => {
    const files = {
      ".dockerignore": "*\n!keep/**/*.ts\n",
      "keep/a/b.ts": "",
      "keep/a/b.js": "",
      "keep/c/d.js": "",
      e: "",
    };
    expect(await sentFiles(files)).toEqual(["keep", "keep/a", "keep/a/b.ts"]);
  });

  test("the factory's own folder is not sent, also when it lies in the context", async () => {
    workDir = join(root, ".factory");
    writeFiles(workDir, { "cache/x": "x" });
    const tree = await send();
    expect(listed(tree.dir)).toEqual(["Dockerfile"]);
  });

  test("state and a version file are not sent, also when they lie in the context", async () => {
    const own = ["VERSION", "images/app.yaml", "base-images/debian-13.yaml"];
    const others = ["app/VERSION", "images/app/Dockerfile", "images/app/app.yaml", "images/notes", "a.yaml"];
    writeFiles(root, Object.fromEntries([...own, ...others].map((path) => [path, ""])));
    const options = { workDir, stateDir: root, ownFiles: [join(root, "VERSION")] };
    const tree = await sendFolder({ kind: "folder", path: root }, paths, options);
    expect(listed(tree.dir)).toEqual(expect.arrayContaining(others));
    expect(listed(tree.dir).filter((path) => own.includes(path))).toEqual([]);
    const identity = () => identifyFolder({ kind: "folder", path: root }, paths, options);
    expect((await identity()).treeId).toBe(tree.treeId);
    writeFiles(root, { VERSION: "2", "images/app.yaml": "changed" });
    expect((await identity()).treeId).toBe(tree.treeId);
    await tree.dispose();
  });

  test("the ignore file of the context counts, not that of the source's root", async () => {
    writeFiles(root, { ".dockerignore": "a\n", "app/a": "", "app/b": "", "app/.dockerignore": "b\n" });
    const tree = await send({ ...paths, context: "app" });
    expect(listed(tree.dir)).toEqual([".dockerignore", "a"]);
    expect(tree.dockerfile).toBe("FROM scratch\n");
  });
});

describe("what cannot be sent is named", () => {
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["a pipe", () => run({ tool: "mkfifo", args: [join(root, "pipe")] }), /"pipe".*pipe/],
    [
      "a socket",
      () =>
        new Promise<void>((resolve) => {
          const server = createServer()
            .listen(join(root, "sock"), () => resolve())
            .unref();
          sockets.push(server);
        }),
      /"sock".*socket/,
    ],
    [
      "a name that is not UTF-8",
      () => fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/n`), Buffer.from([0xff])]), ""),
      /not UTF-8/,
    ],
    [
      "a link to a name that is not UTF-8",
      () => fs.symlinkSync(Buffer.from([0xff]), join(root, "l")),
      /not UTF-8/,
    ],
  ];
  const sockets: ReturnType<typeof createServer>[] = [];
  afterEach(() => sockets.splice(0).forEach((server) => void server.close()));

  test.each(cases)("%s", async (_, make, message) => {
    await make();
    await expect(send()).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringMatching(message),
    });
    expect(fs.existsSync(join(workDir, "cache")) ? listed(join(workDir, "cache", "contexts")) : []).toEqual(
      [],
    );
    fs.writeFileSync(join(root, ".dockerignore"), "pipe\nsock\nn*\nl\n");
    expect(listed((await send()).dir)).toEqual([".dockerignore", "Dockerfile"]);
  });
});

describe("a path that leads out of the source is refused", () => {
  test.each([
    ["../outside", "source-invalid"],
    ["/etc/hostname", "source-invalid"],
    ["linked", "source-invalid"],
    ["dir/Dockerfile", "source-invalid"],
    ["nope", "dockerfile-invalid"],
    ["sub", "dockerfile-invalid"],
    ["Dockerfile.in", "dockerfile-unsupported"],
    ["a\nb", "source-invalid"],
    ["", "source-invalid"],
  ])("dockerfile %j", async (dockerfile, code) => {
    writeFiles(folder, { outside: "secret", "other/Dockerfile": "FROM secret\n" });
    writeFiles(root, { linked: { link: "../outside" }, dir: { link: "../other" }, "sub/x": "" });
    await expect(identify({ ...paths, dockerfile })).rejects.toMatchObject({ code });
    await expect(send({ ...paths, dockerfile })).rejects.toMatchObject({ code });
  });

  test.each(["..", "/etc", "linked", "nope", "Dockerfile"])("context %j", async (context) => {
    writeFiles(root, { linked: { link: ".." } });
    await expect(send({ ...paths, context })).rejects.toMatchObject({ code: "source-invalid" });
  });

  test("an ignore file that is a link out of the source", async () => {
    writeFiles(root, { ".dockerignore": { link: "/etc/passwd" } });
    await expect(send()).rejects.toMatchObject({ code: "source-invalid" });
  });

  test("links that stay inside are followed, and the source itself may be reached by one", async () => {
    writeFiles(root, { "sub/real": "FROM linked\n", alias: { link: "sub/real" } });
    fs.symlinkSync("source", join(folder, "to-source"));
    expect((await identify({ ...paths, dockerfile: "alias" }, join(folder, "to-source"))).dockerfile).toBe(
      "FROM linked\n",
    );
  });

  test.each(["nowhere", "source/Dockerfile"])("a source that is no folder: %s", async (path) => {
    await expect(send(paths, join(folder, path))).rejects.toMatchObject({ code: "source-invalid" });
  });
});

test("a stopped copy leaves nothing behind", async () => {
  for (let index = 0; index < 300; index += 1)
    fs.writeFileSync(join(root, `f${index}`), Buffer.alloc(100_000));
  const stop = new AbortController();
  const reason = new FactoryError("interrupted", "stopped by SIGINT");
  const sending = send(paths, root, stop.signal);
  setImmediate(() => stop.abort(reason));
  await expect(sending).rejects.toBe(reason);
  expect(listed(join(workDir, "cache", "contexts"))).toEqual([]);
});
