import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../src/run.ts";
import { createStateRepository, type StateRepository } from "../../src/state/state-repository.ts";
import {
  makeRepository,
  makeTempFolder,
  type Repository,
  removeTempFolder,
  writeFiles,
} from "../source/repository.ts";

let folder: string;
let repository: Repository;
let state: StateRepository;
let file: string;
let gitWanted: number;
beforeEach(() => {
  folder = makeTempFolder();
  repository = makeRepository(join(folder, "state"));
  repository.commit({ "api/VERSION": "1.0.0\n", other: "as committed\n" });
  file = join(repository.dir, "api/VERSION");
  gitWanted = 0;
  state = createStateRepository({
    run: (command) => run({ ...command, env: { HOME: folder, ...command.env } }),
    variables: { HOME: folder },
    ensureGit: async () => {
      gitWanted += 1;
    },
  });
});
afterEach(() => removeTempFolder(folder));

const commits = () => repository.git("log", "--format=%s").split("\n");

/** Says so in a file when it runs. */
function writeProgram(path: string, proof: string): void {
  writeFileSync(path, `#!/bin/sh\ntouch ${proof}\nexit 1\n`);
  chmodSync(path, 0o755);
}

describe("a commit to the state repository", () => {
  it("has that file alone: what is staged stays staged, what is changed stays changed", async () => {
    writeFiles(repository.dir, { "api/VERSION": "1.0.1\n", other: "staged\n", new: "staged too\n" });
    repository.git("add", "other", "new");
    writeFiles(repository.dir, { other: "changed\n" });
    const status = repository.git("status", "--porcelain", "--", "other", "new");
    expect(await state.commit(file, "api: next version 1.0.1")).toBe("committed");
    expect(commits()).toEqual(["api: next version 1.0.1", "change"]);
    expect(repository.git("show", "--format=", "--name-only", "HEAD")).toBe("api/VERSION");
    expect(repository.git("show", "HEAD:api/VERSION")).toBe("1.0.1");
    expect(repository.git("status", "--porcelain")).toBe(status);
    expect(repository.git("show", ":other")).toBe("staged");
  });

  it("is none when the file is as committed", async () => {
    expect(await state.commit(file, "x")).toBe("unchanged");
    expect(commits()).toEqual(["change"]);
  });

  it("takes up a file that git does not know yet, and one that is staged as something else", async () => {
    writeFiles(repository.dir, { "new/VERSION": "1.0.0\n", "api/VERSION": "9.9.9\n" });
    expect(await state.commit(join(repository.dir, "new/VERSION"), "new")).toBe("committed");
    repository.git("add", "api/VERSION");
    writeFiles(repository.dir, { "api/VERSION": "1.0.1\n" });
    expect(await state.commit(file, "api")).toBe("committed");
    expect(repository.git("show", "HEAD:api/VERSION")).toBe("1.0.1");
    expect(repository.git("status", "--porcelain")).toBe("");
  });

  it("is the first of a repository that has none", async () => {
    const empty = makeRepository(join(folder, "empty"));
    writeFiles(empty.dir, { VERSION: "1.0.0\n", other: "x" });
    expect(await state.commit(join(empty.dir, "VERSION"), "first")).toBe("committed");
    expect(empty.git("ls-files")).toBe("VERSION");
  });

  it("runs no hook and asks nobody to sign, whatever the repository is set up with", async () => {
    const proof = join(folder, "it-ran");
    const hooks = join(folder, "hooks");
    mkdirSync(hooks);
    for (const name of [
      "pre-commit",
      "commit-msg",
      "post-commit",
      "post-index-change",
      "prepare-commit-msg",
    ]) {
      writeProgram(join(hooks, name), proof);
      mkdirSync(join(repository.dir, ".git/hooks"), { recursive: true });
      writeProgram(join(repository.dir, ".git/hooks", name), proof);
    }
    writeProgram(join(folder, "program"), proof);
    const program = join(folder, "program");
    for (const [key, value] of [
      ["core.hooksPath", hooks],
      ["core.fsmonitor", program],
      ["core.editor", program],
      ["commit.gpgSign", "true"],
      ["gpg.program", program],
    ] as const)
      repository.git("config", key, value);
    writeFileSync(file, "1.0.1\n");
    expect(await state.commit(file, "api")).toBe("committed");
    expect(existsSync(proof)).toBe(false);
  });

  it("is by whom git is set up for, else by image-factory", async () => {
    const author = () => repository.git("log", "-1", "--format=%an <%ae> %cn <%ce>");
    writeFileSync(file, "1.0.1\n");
    await state.commit(file, "one");
    const own = "image-factory <image-factory@localhost>";
    expect(author()).toBe(`${own} ${own}`);
    writeFileSync(join(folder, ".gitconfig"), "[user]\n\tname = Ada\n");
    repository.git("config", "user.email", "ada@example.org");
    writeFileSync(file, "1.0.2\n");
    await state.commit(file, "two");
    expect(author()).toBe("Ada <ada@example.org> Ada <ada@example.org>");
  });

  it("is none, and takes no git, outside of a work tree; and none of a file that git ignores", async () => {
    writeFiles(folder, { "elsewhere/VERSION": "1.0.0\n" });
    expect(await state.commit(join(folder, "elsewhere/VERSION"), "x")).toBe("outside");
    expect(gitWanted).toBe(0);
    writeFiles(repository.dir, { ".gitignore": "/private\n", "private/VERSION": "1.0.0\n" });
    expect(await state.commit(join(repository.dir, "private/VERSION"), "x")).toBe("outside");
    expect(commits()).toEqual(["change"]);
  });

  it("fails while another git holds the index, and leaves the file as it is", async () => {
    writeFileSync(join(repository.dir, ".git/index.lock"), "");
    writeFileSync(file, "1.0.1\n");
    await expect(state.commit(file, "x")).rejects.toMatchObject({ code: "tool-failed" });
    expect(readFileSync(file, "utf8")).toBe("1.0.1\n");
  });

  it("takes a name for a name: a star or a colon in it matches nothing else", async () => {
    writeFiles(repository.dir, { "*": "1.0.0\n", other: "changed\n" });
    expect(await state.commit(join(repository.dir, "*"), "star")).toBe("committed");
    expect(repository.git("show", "--format=", "--name-only", "HEAD")).toBe("*");
  });
});
