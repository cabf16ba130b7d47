import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogEvent } from "../../src/log.ts";
import { run } from "../../src/run.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { writeState } from "../../src/state/state-file.ts";
import { createStateRepository } from "../../src/state/state-repository.ts";
import type { PublishedVersion } from "../../src/state/version.ts";
import { readVersion, settleVersion, type VersionFileDoor } from "../../src/state/version-file.ts";
import { facts, published } from "../plan/facts.ts";
import {
  makeRepository,
  makeTempFolder,
  type Repository,
  removeTempFolder,
  writeFiles,
} from "../source/repository.ts";

let folder: string;
let repository: Repository;
let image: { readonly name: string; readonly versionFile: string };
let door: VersionFileDoor;
let said: LogEvent[];
beforeEach(() => {
  folder = makeTempFolder();
  repository = makeRepository(join(folder, "state"));
  repository.commit({ VERSION: "1.2.3\n" });
  image = { name: "app", versionFile: join(repository.dir, "VERSION") };
  said = [];
  door = {
    stateDir: join(folder, "recorded"),
    workDir: join(folder, "work"),
    repository: createStateRepository({ run, variables: {}, ensureGit: async () => undefined }),
    log: (event) => void said.push(event),
  };
});
afterEach(() => removeTempFolder(folder));

/** Records that the newest publication has this version. */
async function record(version: PublishedVersion): Promise<void> {
  const state = published(facts("app")).state as ImageState;
  const [newest] = state.publications;
  if (newest === undefined) throw new Error("no publication");
  await writeState(door.stateDir, "app", { ...state, publications: [{ ...newest, version }] });
}

const content = () => readFileSync(image.versionFile, "utf8");
const commits = () => repository.git("log", "--format=%s").split("\n").slice(0, -1);

describe("the version file of an image", () => {
  it("gets what the last publication owes it, is committed, and then stays", async () => {
    await record({ tag: "1.2.3", held: "1.2.3", next: "1.2.4" });
    for (let time = 0; time < 3; time += 1) await settleVersion(image, door);
    expect(content()).toBe("1.2.4\n");
    expect(commits()).toEqual(["app: next version 1.2.4"]);
  });

  it("gets it once by ten that settle at once", async () => {
    await record({ tag: "1.2.3", held: "1.2.3", next: "1.2.4" });
    await Promise.all(Array.from({ length: 10 }, () => settleVersion(image, door)));
    expect(content()).toBe("1.2.4\n");
    expect(commits()).toHaveLength(1);
  });

  it("is committed later when a run died after it wrote it", async () => {
    await record({ tag: "1.2.3", held: "1.2.3", next: "1.2.4" });
    writeFileSync(image.versionFile, "1.2.4\n");
    await settleVersion(image, door);
    expect(commits()).toEqual(["app: next version 1.2.4"]);
  });

  it("is committed later when git could not, which is said with the image and the file", async () => {
    await record({ tag: "1.2.3", held: "1.2.3", next: "1.2.4" });
    const lock = join(repository.dir, ".git/index.lock");
    writeFileSync(lock, "");
    await expect(settleVersion(image, door)).rejects.toThrow(
      /^app: it is published, but its next version 1\.2\.4 in .*VERSION is not committed: git commit/,
    );
    rmSync(lock);
    await settleVersion(image, door);
    expect(commits()).toHaveLength(1);
  });

  it("keeps what somebody else wrote into it", async () => {
    await record({ tag: "1.2.3", held: "1.2.3", next: "1.2.4" });
    writeFileSync(image.versionFile, "2.0.0\n");
    await settleVersion(image, door);
    expect(content()).toBe("2.0.0\n");
    expect(commits()).toEqual([]);
  });

  it("is left alone by a pre-release, and before anything was published", async () => {
    await settleVersion(image, door);
    await record({ tag: "1.2.3", held: "1.2.3" });
    await settleVersion(image, door);
    expect([content(), commits(), said]).toEqual(["1.2.3\n", [], []]);
  });

  it("is written and not committed outside of git, which is said once", async () => {
    writeFiles(folder, { "elsewhere/VERSION": "1.2.3" });
    const elsewhere = { name: "app", versionFile: join(folder, "elsewhere/VERSION") };
    await record({ tag: "1.2.3", held: "1.2.3", next: "1.2.4" });
    for (let time = 0; time < 2; time += 1) await settleVersion(elsewhere, door);
    expect(readFileSync(elsewhere.versionFile, "utf8")).toBe("1.2.4");
    expect(said.map((event) => ("text" in event ? event.text : ""))).toEqual([
      "its next version is 1.2.4",
      `${elsewhere.versionFile} is in no git work tree or ignored there: written, not committed`,
    ]);
  });

  it.each([
    ["is missing", () => undefined, /app: its version file .* is not there/],
    [
      "holds no version",
      (file: string) => writeFileSync(file, "latest\n"),
      /holds no version: .* "latest\\n"/,
    ],
    ["is a folder", (file: string) => void mkdirSync(file), /is no regular file/],
    ["is a link", (file: string) => symlinkSync("/etc/hostname", file), /is no regular file/],
  ])("is refused when it %s", async (_, make, message) => {
    const versionFile = join(folder, "NEW");
    make(versionFile);
    const reading = readVersion({ name: "app", versionFile });
    await expect(reading).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringMatching(message),
    });
  });
});
