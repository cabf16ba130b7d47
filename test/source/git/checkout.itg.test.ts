import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GitSource } from "../../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../../src/errors.ts";
import { imageTimeSeconds } from "../../../src/image-time.ts";
import { type Command, run } from "../../../src/run.ts";
import { sendFolder } from "../../../src/source/folder.ts";
import { checkoutGit } from "../../../src/source/git/checkout.ts";
import type { MirrorDeps } from "../../../src/source/git/mirror.ts";
import type { SourceTree } from "../../../src/source/source-tree.ts";
import { type GitServerOptions, startGitServer } from "../git-server.ts";
import {
  gitSource,
  makeRepository,
  makeTempFolder,
  type Repository,
  removeTempFolder,
} from "../repository.ts";

const umask = process.umask();
let folder: string;
let repository: Repository;
let deps: MirrorDeps & { readonly commands: Command[] };
const paths = { dockerfile: "Dockerfile", context: "." };
const cleanUps: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = makeTempFolder();
  repository = makeRepository(join(folder, "app.git"));
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

afterEach(async () => {
  process.umask(umask);
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  removeTempFolder(folder);
});

afterAll(() => void process.umask(umask));

async function serve(options: Partial<GitServerOptions> = {}) {
  const server = await startGitServer({ root: folder, ...options });
  cleanUps.push(server.stop);
  return server;
}

function checkout(commit: string, more: Partial<GitSource> = {}, wanted = paths): Promise<SourceTree> {
  const facts = { commit, version: undefined };
  return checkoutGit(gitSource(repository.dir, more), facts, wanted, deps);
}

function filesOf(tree: SourceTree): string[] {
  return readdirSync(tree.dir, { recursive: true, encoding: "utf8" }).sort();
}

function fetches(): Command[] {
  return deps.commands.filter(({ args }) => args.includes("fetch"));
}

function contextsLeft(): string[] {
  const contexts = join(deps.workDir, "cache", "contexts");
  return existsSync(contexts) ? readdirSync(contexts) : [];
}

test("a checkout is what the commit holds, with plain modes, one time and links as they are", async () => {
  process.umask(0o077);
  const commit = repository.commit({
    Dockerfile: "FROM scratch\n",
    "bin/run": { program: "#!/bin/sh\n" },
    "data/raw": Buffer.from([0, 255, 13, 10, 128]),
    "link/out": { link: "/etc/hostname" },
  });
  const tree = await checkout(commit);
  expect(filesOf(tree)).toEqual(["Dockerfile", "bin", "bin/run", "data", "data/raw", "link", "link/out"]);
  const modeOf = (path: string) => (lstatSync(join(tree.dir, path)).mode & 0o777).toString(8);
  expect([".", "bin", "bin/run", "Dockerfile"].map(modeOf)).toEqual(["755", "755", "755", "644"]);
  expect(readFileSync(join(tree.dir, "data/raw"))).toEqual(Buffer.from([0, 255, 13, 10, 128]));
  expect(readlinkSync(join(tree.dir, "link/out"))).toBe("/etc/hostname");
  const times = [".", ...filesOf(tree)].map((path) => lstatSync(join(tree.dir, path)).mtimeMs / 1000);
  expect(new Set(times)).toEqual(new Set([imageTimeSeconds]));
  expect(tree).toMatchObject({ dockerfile: "FROM scratch\n", commit });
  await tree.dispose();
  expect(contextsLeft()).toEqual([]);
});

test("a commit and the same files in a folder have one identity, also where the folder is a clone", async () => {
  const commit = repository.commit({
    Dockerfile: "FROM scratch\n",
    ".dockerignore": "docs\n!docs/keep\nlogs/*\n",
    "docs/a": "x",
    "docs/keep": "y",
    "logs/today": "z",
    "bin/run": { program: "#!/bin/sh\n" },
    "bin/again": { link: "run" },
  });
  const fromGit = await checkout(commit);
  const source = { kind: "folder", path: repository.dir } as const;
  const fromFolder = await sendFolder(source, paths, deps);
  expect(filesOf(fromGit)).toEqual([
    ".dockerignore",
    "Dockerfile",
    "bin",
    "bin/again",
    "bin/run",
    "docs",
    "docs/keep",
    "logs",
  ]);
  expect(filesOf(fromFolder)).toEqual(filesOf(fromGit));
  expect(fromFolder.treeId).toBe(fromGit.treeId);
});

test("a commit of the same files has the same identity, whatever it is called or says", async () => {
  const first = await checkout(repository.commit({ Dockerfile: "FROM scratch\n", a: "1" }));
  const same = await checkout(repository.commit({}));
  const other = await checkout(repository.commit({ a: "2" }));
  expect(same.commit).not.toBe(first.commit);
  expect(same.treeId).toBe(first.treeId);
  expect(other.treeId).not.toBe(first.treeId);
});

test("attributes that export, convert or filter change no byte and run nothing", async () => {
  const proof = join(folder, "ran");
  writeFileSync(
    join(folder, ".gitconfig"),
    `[filter "evil"]\n\tsmudge = touch ${proof}; cat\n\trequired = true\n[core]\n\tautocrlf = true\n\thooksPath = ${folder}/hooks\n\tfsmonitor = touch ${proof}\n`,
  );
  const files = {
    Dockerfile: "FROM scratch\n",
    ".gitattributes":
      "[attr]macro filter=evil ident\n* filter=evil\nhidden export-ignore\nstamped export-subst ident\nlines text eol=crlf\nwide working-tree-encoding=UTF-16\nm macro\n",
    hidden: "hidden\n",
    stamped: "$Format:%H$ $Id$\n",
    lines: "a\nb\n",
    wide: "w\n",
    m: "$Id$\n",
  };
  writeFileSync(
    join(repository.dir, ".git/info/attributes"),
    "* -text -filter -ident !working-tree-encoding\n",
  );
  const tree = await checkout(repository.commit(files));
  for (const [path, text] of Object.entries(files))
    expect(readFileSync(join(tree.dir, path), "utf8")).toBe(text);
  expect(existsSync(proof)).toBe(false);
});

describe("paths", () => {
  const files = {
    "apps/web/Dockerfile": "FROM web\n",
    "apps/web/src/.dockerignore": "ignored\n",
    "apps/web/src/ignored": "",
    "apps/web/src/main": "m",
    "apps/web/linked": { link: "src" },
    "apps/web/Alias": { link: "linked/../Dockerfile" },
    "apps/outside": { link: "../../secret" },
    "apps/web/escape": { link: "../../secret" },
    "apps/web/absolute": { link: "/etc/passwd" },
    "apps/web/loop": { link: "loop" },
    secret: "s",
  };

  test("directory, context and dockerfile pick a part, and the Dockerfile may lie outside the context", async () => {
    const tree = await checkout(
      repository.commit(files),
      { directory: "apps/web" },
      { ...paths, context: "./src/" },
    );
    expect(filesOf(tree)).toEqual([".dockerignore", "main"]);
    expect(tree.dockerfile).toBe("FROM web\n");
  });

  test("links inside the source are followed to the Dockerfile and to the context", async () => {
    const wanted = { dockerfile: "Alias", context: "linked" };
    const tree = await checkout(repository.commit(files), { directory: "apps/web" }, wanted);
    expect(filesOf(tree)).toEqual([".dockerignore", "main"]);
    expect(tree.dockerfile).toBe("FROM web\n");
  });

  test.each([
    ["dockerfile", { ...paths, dockerfile: "escape" }, "source-invalid"],
    ["dockerfile", { ...paths, dockerfile: "absolute" }, "source-invalid"],
    ["dockerfile", { ...paths, dockerfile: "../outside" }, "source-invalid"],
    ["dockerfile", { ...paths, dockerfile: "/etc/passwd" }, "source-invalid"],
    ["dockerfile", { ...paths, dockerfile: "loop" }, "dockerfile-invalid"],
    ["dockerfile", { ...paths, dockerfile: "nope" }, "dockerfile-invalid"],
    ["dockerfile", { ...paths, dockerfile: "src" }, "dockerfile-invalid"],
    ["dockerfile", { ...paths, dockerfile: "Dockerfile.in" }, "dockerfile-unsupported"],
    ["context", { ...paths, context: "escape" }, "source-invalid"],
    ["context", { ...paths, context: "Dockerfile" }, "source-invalid"],
    ["context", { ...paths, context: "../.." }, "source-invalid"],
  ])("a %s that is not in the source is refused: %j", async (_, wanted, code) => {
    await expect(checkout(repository.commit(files), { directory: "apps/web" }, wanted)).rejects.toMatchObject(
      { code },
    );
    expect(contextsLeft()).toEqual([]);
  });

  test.each(["../..", "/etc", "nope", "secret", "apps/outside"])(
    "so is the directory %s",
    async (directory) => {
      await expect(checkout(repository.commit(files), { directory })).rejects.toMatchObject({
        code: "source-invalid",
      });
    },
  );
});

describe("fetching", () => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`lib/${index}`, `${index}`.repeat(999)]),
  );

  function onlyMirror(): string {
    const git = join(deps.workDir, "cache", "git");
    return join(git, readdirSync(git)[0] ?? "");
  }

  function objectsIn(suffix: string): number {
    const git = join(deps.workDir, "cache", "git");
    const mirror = readdirSync(git).find((name) => name.endsWith(suffix)) ?? "";
    const out = execFileSync("git", ["--git-dir", join(git, mirror), "count-objects", "-v"], {
      encoding: "utf8",
    });
    return [...out.matchAll(/^(?:count|in-pack): (\d+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  }

  test("a commit that is at hand is checked out without asking the server", async () => {
    const commit = repository.commit({ Dockerfile: "FROM scratch\n" });
    await checkout(commit);
    rmSync(repository.dir, { recursive: true });
    expect((await checkout(commit)).commit).toBe(commit);
  });

  test("the history stays where it is, and the next commit brings only what changed", async () => {
    const server = await serve();
    const url = `${server.origin}/app.git`;
    repository.commit({ Dockerfile: "FROM old\n" });
    await checkout(repository.commit({ Dockerfile: "FROM scratch\n", ...many }), { url });
    expect(objectsIn(".git")).toBe(1 + 2 + 41);
    await checkout(repository.commit({ "lib/7": "changed" }), { url });
    expect(objectsIn(".git")).toBe(1 + 2 + 41 + 4);
  });

  test("of a sub-directory only its own files come, from a server that filters", async () => {
    const server = await serve();
    const url = `${server.origin}/app.git`;
    const commit = repository.commit({ "app/Dockerfile": "FROM scratch\n", "app/a": "1", ...many });
    const tree = await checkout(commit, { url, directory: "app" });
    expect(filesOf(tree)).toEqual(["Dockerfile", "a"]);
    expect(objectsIn("-partial.git")).toBe(1 + 3 + 2);
    expect(
      (await checkout(commit, { url, directory: "lib" }, { dockerfile: "1", context: "." })).dockerfile,
    ).toBe("1".repeat(999));
    expect(objectsIn("-partial.git")).toBe(1 + 3 + 2 + 40);
  });

  test("a server that does not filter is fetched from all the same", async () => {
    repository.git("config", "uploadpack.allowFilter", "false");
    const commit = repository.commit({ "app/Dockerfile": "FROM scratch\n", ...many });
    expect(filesOf(await checkout(commit, { directory: "app" }))).toEqual(["Dockerfile"]);
  });

  test("a plain web server, which hands out no single commits, is fetched from as a whole", async () => {
    const commit = repository.commit({ Dockerfile: "FROM scratch\n" });
    repository.commit({ Dockerfile: "FROM newer\n" });
    repository.git("update-server-info");
    const server = await serve({ dumb: true });
    const url = `${server.origin}/app.git/.git`;
    const tree = await checkout(commit, { url });
    expect(tree.dockerfile).toBe("FROM scratch\n");
    expect(server.requests.some((request) => request.includes("/objects/"))).toBe(true);
  });

  test("a commit that no branch or tag reaches any more is fetched by its name", async () => {
    const lost = repository.commit({ Dockerfile: "FROM lost\n" });
    repository.git("checkout", "--quiet", "--orphan", "other");
    repository.commit({ Dockerfile: "FROM scratch\n" });
    repository.git("branch", "-D", "main");
    expect((await checkout(lost)).dockerfile).toBe("FROM lost\n");
  });

  test("a repository with SHA-256 names works too", async () => {
    repository = makeRepository(join(folder, "long.git"), "sha256");
    const commit = repository.commit({ Dockerfile: "FROM scratch\n" });
    expect(commit).toHaveLength(64);
    expect((await checkout(commit)).commit).toBe(commit);
  });

  test("a commit that the repository does not have is named", async () => {
    repository.commit({ Dockerfile: "FROM scratch\n" });
    await expect(checkout("0123456789012345678901234567890123456789")).rejects.toMatchObject({
      code: "source-ref-missing",
      message: expect.stringContaining("0123456789012345678901234567890123456789"),
    });
  });

  test("many builds of one commit at once fetch it once", async () => {
    const commit = repository.commit({ Dockerfile: "FROM scratch\n", ...many });
    const trees = await Promise.all(Array.from({ length: 8 }, () => checkout(commit)));
    expect(new Set(trees.map((tree) => tree.treeId)).size).toBe(1);
    expect(new Set(trees.map((tree) => tree.dir)).size).toBe(8);
    expect(fetches()).toHaveLength(1);
  });

  test("a damaged mirror is fetched anew, once for all that meet it", async () => {
    const commit = repository.commit({ Dockerfile: "FROM scratch\n", "data/big": "x".repeat(5000) });
    await checkout(commit);
    const objects = join(onlyMirror(), "objects");
    const files = readdirSync(objects, { recursive: true, encoding: "utf8" }).map((path) =>
      join(objects, path),
    );
    for (const file of files.filter((path) => statSync(path).isFile())) truncateSync(file, 10);
    deps.commands.splice(0);
    const trees = await Promise.all([checkout(commit), checkout(commit), checkout(commit)]);
    for (const tree of trees) expect(filesOf(tree)).toEqual(["Dockerfile", "data", "data/big"]);
    expect(fetches()).toHaveLength(1);
    expect(readdirSync(join(deps.workDir, "cache", "git"))).toHaveLength(1);
  });

  test("a lock that a killed git left in the mirror does not stop the next fetch", async () => {
    await checkout(repository.commit({ Dockerfile: "FROM scratch\n" }));
    writeFileSync(join(onlyMirror(), "shallow.lock"), "");
    const commit = repository.commit({ Dockerfile: "FROM newer\n" });
    expect((await checkout(commit)).dockerfile).toBe("FROM newer\n");
  });

  test("a mirror lets go of old commits, and one that is wanted again comes back", async () => {
    const oldest = repository.commit({ Dockerfile: "FROM oldest\n" });
    await checkout(oldest);
    const mirror = onlyMirror();
    const git = (...args: string[]) => execFileSync("git", args, { cwd: mirror, encoding: "utf8" });
    const later = Array.from(
      { length: 66 },
      (_, index) => `commit refs/kept/${index}\ncommitter a <a@example.org> 2000000000 +0000\ndata 0\n\n`,
    );
    execFileSync("git", ["fast-import", "--quiet"], { cwd: mirror, input: later.join("") });
    const newest = repository.commit({ Dockerfile: "FROM newest\n" });
    expect((await checkout(newest)).dockerfile).toBe("FROM newest\n");
    const kept = git("for-each-ref", "--format=%(refname)");
    expect(kept.trim().split("\n")).toHaveLength(33);
    expect(kept).toContain(newest);
    expect(kept).not.toContain(oldest);
    expect((await checkout(oldest)).dockerfile).toBe("FROM oldest\n");
  });

  test("a stopped checkout leaves no folder, and the mirror works afterwards", async () => {
    const server = await serve();
    const url = `${server.origin}/app.git`;
    const commit = repository.commit({ Dockerfile: "FROM scratch\n", ...many });
    for (const tool of ["fetch", "ls-tree", "read-tree", "checkout-index"]) {
      const stop = new AbortController();
      const reason = new FactoryError("terminated", "stopped by SIGTERM");
      const stopping: MirrorDeps = {
        ...deps,
        signal: stop.signal,
        run: (command) => {
          if (command.args.includes(tool)) stop.abort(reason);
          return run(command);
        },
      };
      const facts = { commit, version: undefined };
      await expect(checkoutGit(gitSource(url), facts, paths, stopping)).rejects.toBe(reason);
      expect(contextsLeft()).toEqual([]);
    }
    expect((await checkout(commit, { url })).dockerfile).toBe("FROM scratch\n");
  });
});

describe("submodules", () => {
  test("are empty folders unless asked for", async () => {
    const part = makeRepository(join(folder, "part.git"));
    part.commit({ file: "part" });
    repository.commit({ Dockerfile: "FROM scratch\n" });
    repository.git(
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      "../part.git",
      "lib/part",
    );
    const commit = repository.commit({});
    expect(filesOf(await checkout(commit))).toEqual([".gitmodules", "Dockerfile", "lib", "lib/part"]);
  });

  test("come with their own submodules, with the credentials of the same server alone", async () => {
    const login = { user: "bot", password: "s3cr3t" };
    const server = await serve({ login });
    const inner = makeRepository(join(folder, "inner.git"));
    const innerCommit = inner.commit({ leaf: "inner" });
    const part = makeRepository(join(folder, "part.git"));
    part.commit({
      file: "part",
      ".gitmodules": `[submodule "x"]\n\tpath = deep/inner\n\turl = ${server.origin}/inner.git\n\tupdate = !touch ${folder}/ran\n`,
    });
    part.git("update-index", "--add", "--cacheinfo", `160000,${innerCommit},deep/inner`);
    part.git("commit", "--quiet", "--message=link");
    const partCommit = part.git("rev-parse", "HEAD");
    repository.commit({
      "app/Dockerfile": "FROM scratch\n",
      ".gitmodules": '[submodule "p"]\n\tpath = app/lib/part\n\turl = ../part.git\n',
    });
    repository.git("update-index", "--add", "--cacheinfo", `160000,${partCommit},app/lib/part`);
    repository.git("commit", "--quiet", "--message=link");
    deps = { ...deps, variables: { HOME: folder, TOKEN: login.password } };
    const tree = await checkout(repository.git("rev-parse", "HEAD"), {
      url: `${server.origin}/app.git`,
      directory: "app",
      submodules: true,
      credentials: { kind: "variable", name: "TOKEN", user: "bot" },
    });
    expect(filesOf(tree).filter((path) => !path.startsWith("."))).toEqual([
      "Dockerfile",
      "lib",
      "lib/part",
      "lib/part/.gitmodules",
      "lib/part/deep",
      "lib/part/deep/inner",
      "lib/part/deep/inner/leaf",
      "lib/part/file",
    ]);
    expect(readFileSync(join(tree.dir, "lib/part/deep/inner/leaf"), "utf8")).toBe("inner");
    expect(existsSync(join(folder, "ran"))).toBe(false);
  });
});
