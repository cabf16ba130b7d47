import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findBase, withHold } from "../../src/bases/base-hold.ts";
import type { BaseHold } from "../../src/bases/base-record.ts";
import { changeBaseRecords, readBaseRecords } from "../../src/bases/record-store.ts";
import type { WatchedImage } from "../../src/enrolment/enrolment.ts";
import { digest } from "../plan/facts.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-base-hold-"));
  await mkdir(join(dir, "base-images"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const file = () => join(dir, "base-images/node-22-slim.yaml");
const older = `# found in three images
name: node-22-slim
fullImage: node:22-slim
firstDiscovered: '2026-01-01T00:00:00+00:00'
currentDigest: ${digest("now")}
previousDigest: ${digest("before")}
updateHistory: [] # none
`;
const reference = "docker.io/library/node:22-slim";
const hold = { why: "breaks TLS", at: "2026-11-21T10:00:00.000Z", digest: digest("now") };

const find = async (word: string, ...watched: readonly WatchedImage[]) =>
  findBase(await readBaseRecords({ stateDir: dir, workDir: dir }), watched, word);
const watching = (allowTags: string): WatchedImage => ({
  name: "nodes",
  position: "images.yaml:1:1",
  repository: { registry: "docker.io", path: "library/node" },
  rule: { strategy: "Lexical", allowTags, constraint: undefined, ignoreTags: [] },
  endOfLife: undefined,
  pinned: undefined,
});
const change = (held: BaseHold | undefined) =>
  changeBaseRecords(new Map([[reference, withHold(reference, held)]]), { stateDir: dir, workDir: dir });

describe("the hold of a base", () => {
  it.each([
    "node:22-slim",
    "docker.io/library/node:22-slim",
    "node-22-slim",
    "index.docker.io/library/node:22-slim",
  ])("stands in the record that BASE=%s names, and all else stays as it was", async (word) => {
    await writeFile(file(), older);
    expect(await find(word)).toMatchObject({ reference, record: { previousDigest: digest("before") } });
    await change(hold);
    expect(await find(word)).toMatchObject({ record: { hold } });
    expect(await readFile(file(), "utf8")).toMatch(
      /^# found in three images\n[\s\S]*updateHistory: \[\] # none\nfactory:\n +hold:\n +why: breaks TLS\n/,
    );
    await change(undefined);
    expect((await readFile(file(), "utf8")).replace("factory: {}\n", "")).toBe(older);
  });

  it("begins a record where there is none, at the digest that stands behind the reference", async () => {
    const base = await find(`node:22-slim@${digest("then")}`);
    expect(base).toEqual({ reference, digest: digest("then"), record: undefined });
    await change({ ...hold, digest: digest("then") });
    expect(await find("node:22-slim")).toMatchObject({ record: { hold: { digest: digest("then") } } });
  });

  it("is of the base that an entry of images.yaml watches, by the entry's name", async () => {
    expect(await find("nodes", watching("^22-slim$"))).toEqual({ reference, record: undefined });
    await writeFile(file(), older);
    expect(await find("nodes", watching("-slim$"))).toMatchObject({ reference, record: {} });
    expect(await find("node-22-slim", watching("^24"))).toMatchObject({ reference, record: {} });
  });

  it("is refused where the entry watches several bases, or none yet", async () => {
    await expect(find("nodes", watching("^22"))).rejects.toMatchObject({
      code: "usage",
      message: "BASE: nodes watches no tag that an image here is built on",
      hint: "Name the tag that is meant: BASE=node:<tag>.",
    });
    await writeFile(file(), older);
    await changeBaseRecords(
      new Map([["docker.io/library/node:22", withHold("docker.io/library/node:22", hold)]]),
      { stateDir: dir, workDir: dir },
    );
    await expect(find("nodes", watching("^22"))).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/^BASE: nodes watches (node:22, node:22-slim|node:22-slim, node:22)$/),
    });
  });

  it("is refused for a word that is no reference", async () => {
    await expect(find("No:such:thing")).rejects.toMatchObject({ code: "usage" });
  });

  it("is nothing to be taken away where there is no record", async () => {
    await change(undefined);
    expect((await readBaseRecords({ stateDir: dir, workDir: dir })).size).toBe(0);
  });
});
