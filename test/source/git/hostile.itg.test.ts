import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GitSource } from "../../../src/enrolment/enrolment.ts";
import { run } from "../../../src/run.ts";
import { checkoutGit } from "../../../src/source/git/checkout.ts";
import type { MirrorDeps } from "../../../src/source/git/mirror.ts";
import { createGitResolver } from "../../../src/source/git/resolve.ts";
import { startGitServer } from "../git-server.ts";
import {
  gitSource,
  makeRepository,
  makeTempFolder,
  type Repository,
  removeTempFolder,
} from "../repository.ts";

let folder: string;
let proof: string;
let repository: Repository;
let commit: string;
let deps: MirrorDeps;
const paths = { dockerfile: "Dockerfile", context: "." };

beforeEach(() => {
  folder = makeTempFolder();
  proof = join(folder, "it-ran");
  repository = makeRepository(join(folder, "app.git"));
  commit = repository.commit({ Dockerfile: "FROM scratch\n" });
  deps = { run, workDir: join(folder, "work"), variables: { HOME: folder } };
});

afterEach(() => {
  const ran = existsSync(proof);
  removeTempFolder(folder);
  expect(ran).toBe(false);
});

function checkout(at: string, more: Partial<GitSource> = {}) {
  return checkoutGit(gitSource(repository.dir, more), { commit: at, version: undefined }, paths, deps);
}

describe("an address that is more than an address", () => {
  const addresses = (): readonly string[] => [
    `--upload-pack=touch ${proof}`,
    `--upload-pack=touch\t${proof}`,
    `-ccore.sshCommand=touch ${proof}`,
    `ext::sh -c touch% ${proof}`,
    `ext::${proof}`,
    "fd::17",
    "git://127.0.0.1/app.git",
    "http://git.example.org/app.git",
    "https://user:secret@127.0.0.1/app.git",
    "https://token@127.0.0.1/app.git",
    `ssh://-oProxyCommand=touch%20${proof}/app.git`,
    `ssh://-oProxyCommand=x@127.0.0.1/app.git`,
    `-oProxyCommand=touch${proof}:app.git`,
    `a@-oProxyCommand=touch:app.git`,
    "host:-oProxyCommand=x",
    "relative/path",
    "../app.git",
    `file://other-host${"/app.git"}`,
    `${"/app.git"}\nsecond line`,
    "",
  ];

  test("is refused before git is started, for a look-up and for a checkout", async () => {
    const never: MirrorDeps = { ...deps, run: () => Promise.reject(new Error("git was started")) };
    for (const url of addresses()) {
      const source = gitSource(url);
      await expect(createGitResolver(never)(source), url).rejects.toMatchObject({ code: "source-invalid" });
      await expect(
        checkoutGit(source, { commit, version: undefined }, paths, never),
        url,
      ).rejects.toMatchObject({ code: "source-invalid" });
    }
  });

  test("shows no password in the error", async () => {
    const source = gitSource("https://user:secret@127.0.0.1/app.git");
    await expect(createGitResolver(deps)(source)).rejects.not.toThrow(/secret/);
  });
});

test.each([
  "--output=x",
  "-ccore.sshCommand=x",
  "$(touch x)",
  "main:../../etc",
  "main^{/x}",
  "@{upload}",
  "a..b",
  "main\nx",
])("the ref %j is looked for, and not found", async (ref) => {
  await expect(createGitResolver(deps)(gitSource(repository.dir, { ref }))).rejects.toMatchObject({
    code: "source-ref-missing",
  });
});

test("configuration of the environment, of the home folder and of the folder of the run starts nothing", async () => {
  const hooks = join(folder, "hooks");
  mkdirSync(join(folder, "templates", "hooks"), { recursive: true });
  mkdirSync(hooks);
  for (const hook of ["post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc"]) {
    for (const at of [hooks, join(folder, "templates", "hooks")]) {
      writeFileSync(join(at, hook), `#!/bin/sh\ntouch ${proof}\n`);
      chmodSync(join(at, hook), 0o755);
    }
  }
  const settings = `[core]\n\thooksPath = ${hooks}\n\tfsmonitor = touch ${proof}\n\tsshCommand = "touch ${proof}; true"\n\taskPass = ${hooks}/post-checkout\n[init]\n\ttemplateDir = ${folder}/templates\n[protocol "ext"]\n\tallow = always\n`;
  writeFileSync(join(folder, ".gitconfig"), settings);
  const outer = process.env;
  process.env = {
    ...outer,
    GIT_SSH_COMMAND: `touch ${proof}; true`,
    GIT_EXTERNAL_DIFF: `touch ${proof}`,
    GIT_TEMPLATE_DIR: join(folder, "templates"),
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "core.hooksPath",
    GIT_CONFIG_VALUE_0: hooks,
    GIT_ALLOW_PROTOCOL: "ext:file",
  };
  try {
    expect((await createGitResolver(deps)(gitSource(repository.dir))).commit).toBe(commit);
    expect((await checkout(commit)).dockerfile).toBe("FROM scratch\n");
    await expect(createGitResolver(deps)(gitSource("ssh://127.0.0.1:1/a.git"))).rejects.toMatchObject({
      code: "source-unavailable",
    });
  } finally {
    process.env = outer;
  }
});

describe("a tree that git would not have made", () => {
  /** Writes a tree object as it is, which no honest git does. */
  function commitOf(entries: readonly { mode: string; name: string; object: string }[]): string {
    const bytes = entries.map(({ mode, name, object }) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(object, "hex")]),
    );
    const input = Buffer.concat(bytes);
    const args = ["hash-object", "--literally", "-t", "tree", "-w", "--stdin"];
    const tree = execFileSync("git", args, { cwd: repository.dir, input, encoding: "utf8" }).trim();
    return repository.git("commit-tree", "-m", "hostile", tree);
  }
  const blob = (text: string) =>
    execFileSync("git", ["hash-object", "-w", "--stdin"], {
      cwd: repository.dir,
      input: text,
      encoding: "utf8",
    }).trim();

  test.each(["..", ".git", ".GIT", "."])("with an entry %s is refused", async (name) => {
    const inner = repository.git("rev-parse", `${commit}^{tree}`);
    const hostile = commitOf([
      { mode: "40000", name, object: inner },
      { mode: "100644", name: "Dockerfile", object: blob("FROM scratch\n") },
    ]);
    await expect(checkout(hostile)).rejects.toMatchObject({ code: "source-invalid" });
  });

  test("with a slash in a name, or a name that is a link and a folder at once, writes nothing through it", async () => {
    const target = join(folder, "target");
    mkdirSync(target);
    const secret = join(target, "Dockerfile");
    writeFileSync(secret, "host file", { mode: 0o600 });
    const inner = repository.git("rev-parse", `${commit}^{tree}`);
    const both = commitOf([
      { mode: "120000", name: "a", object: blob(target) },
      { mode: "40000", name: "a", object: inner },
      { mode: "100644", name: "Dockerfile", object: blob("FROM scratch\n") },
    ]);
    await expect(checkout(both)).rejects.toMatchObject({ code: "source-invalid" });
    const slash = commitOf([{ mode: "100644", name: "../../it-ran", object: blob("x") }]);
    await expect(checkout(slash)).rejects.toMatchObject({ code: "source-invalid" });
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect(readdirSync(target)).toEqual(["Dockerfile"]);
  });
});

describe("a submodule", () => {
  function commitWith(url: string): string {
    repository.commit({ ".gitmodules": `[submodule "x"]\n\tpath = sub\n\turl = ${url}\n` });
    repository.git("update-index", "--add", "--cacheinfo", `160000,${commit},sub`);
    repository.git("commit", "--quiet", "--message=link");
    return repository.git("rev-parse", "HEAD");
  }

  test("that names a file, a program, an option or a service of this machine is refused", async () => {
    const outside = makeRepository(join(folder, "private", "secret.git"));
    outside.commit({ secret: "s" });
    const server = await startGitServer({ root: folder });
    const other = await startGitServer({ root: folder });
    for (const url of [
      outside.dir,
      `file://${outside.dir}`,
      "../private/../../etc",
      "../../../../../../../etc",
      `ext::sh -c touch% ${proof}`,
      `--upload-pack=touch ${proof}`,
      `${other.origin}/app.git`,
    ]) {
      const hostile = commitWith(url);
      const remote = { url: `${server.origin}/app.git`, submodules: true };
      await expect(checkout(hostile, remote), url).rejects.toMatchObject({ code: "source-invalid" });
    }
    expect(other.requests).toEqual([]);
    const local = commitWith(`file://${outside.dir}`);
    await expect(checkout(local, { submodules: true })).rejects.toMatchObject({ code: "source-invalid" });
    await server.stop();
    await other.stop();
  });

  test("without an address is refused by name", async () => {
    repository.git("update-index", "--add", "--cacheinfo", `160000,${commit},sub`);
    repository.git("commit", "--quiet", "--message=link");
    await expect(checkout(repository.git("rev-parse", "HEAD"), { submodules: true })).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringContaining("sub"),
    });
  });
});
