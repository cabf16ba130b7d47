import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RegistryClient } from "../../src/registry/client.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { claimTags } from "../../src/resolve/tag-claims.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { writeUnfinished } from "../../src/state/state-file.ts";
import type { PublishedVersion } from "../../src/state/version.ts";
import { digest, facts, published } from "../plan/facts.ts";

let stateDir: string;
/** What the registry has, by tag. */
let holds: Record<string, Digest>;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "factory-claims-"));
  holds = {};
  mkdirSync(join(stateDir, "images"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

/** The state of an image whose newest publication has this version. */
function stateWith(version: PublishedVersion | undefined): ImageState {
  const state = published(facts("app")).state as ImageState;
  const [newest] = state.publications;
  if (newest === undefined) throw new Error("no publication");
  return version === undefined ? state : { ...state, publications: [{ ...newest, version }] };
}

const noFacts = Promise.resolve({ commit: undefined, version: undefined });

function makeDoor() {
  const head = async (_: unknown, tag: string) =>
    holds[tag] === undefined ? undefined : { digest: holds[tag] };
  const client = { headManifest: head, getManifest: async () => undefined } as unknown as RegistryClient;
  return { client, stateDir, clock: () => new Date(0), extraTag: () => undefined, movesTags: true };
}

async function claimsOf(held: string, state: ImageState | undefined, tags = ["latest", "{version}-slim"]) {
  const versionFile = join(stateDir, "VERSION");
  writeFileSync(versionFile, `${held}\n`);
  const [first = "latest", ...rest] = tags;
  const { enrolment } = facts("app", { enrolment: { versionFile, tags: [first, ...rest] } });
  const { tags: now, next } = await claimTags(enrolment, noFacts, state, makeDoor());
  return {
    now: now.map(({ tag }) => tag),
    fixed: now.filter(({ version }) => version).map(({ tag }) => tag),
    next: next?.version,
    held: next?.held,
  };
}

describe("the tags of an image with a version file", () => {
  it("are those of the file's version before anything was published, and what is made of it stays", async () => {
    expect(await claimsOf("v1.2.3", undefined)).toEqual({
      now: ["latest", "1.2.3-slim", "v1.2.3"],
      fixed: ["1.2.3-slim", "v1.2.3"],
      next: "v1.2.3",
      held: "v1.2.3",
    });
  });

  it("stay those of what stands, and the file's version is for what comes next", async () => {
    const state = stateWith({ tag: "1.2.3", held: "1.2.3", next: "1.2.4" });
    expect(await claimsOf("1.2.4", state)).toMatchObject({
      now: ["latest", "1.2.3-slim", "1.2.3"],
      next: "1.2.4",
    });
    expect(await claimsOf("2.0.0", state)).toMatchObject({
      now: ["latest", "1.2.3-slim", "1.2.3"],
      next: "2.0.0",
    });
  });

  it("count an increment that a killed run owes the file", async () => {
    const state = stateWith({ tag: "1.2.4", held: "1.2.3", next: "1.2.5" });
    for (const held of ["1.2.3", "1.2.4"])
      expect(await claimsOf(held, state)).toMatchObject({ next: "1.2.5", held });
  });

  it("pass over a version that a run published and did not record, if the registry has it", async () => {
    const lost = { digest: digest("lost"), uniqueTag: "x", at: "2026-01-02T03:04:05.000Z" };
    await writeUnfinished(stateDir, "app", [
      { ...lost, version: { tag: "1.0.0", held: "1.0.0", next: "1.1.0" } },
    ]);
    expect(await claimsOf("1.0.0", undefined)).toMatchObject({ next: "1.0.0" });
    holds["1.0.0"] = lost.digest;
    expect(await claimsOf("1.0.0", undefined)).toMatchObject({ next: "1.1.0", held: "1.0.0" });
    holds["1.0.0"] = digest("somebody's");
    expect(await claimsOf("1.0.0", undefined)).toMatchObject({ next: "1.0.0" });
  });

  it("give the file's version to what stands without one", async () => {
    expect(await claimsOf("1.0.0", stateWith(undefined), ["latest"])).toMatchObject({
      now: ["latest", "1.0.0"],
    });
  });
});

describe("the source of an image", () => {
  const commit = "0123456789abcdef0123456789abcdef01234567";

  it("is not waited for where no tag names anything of it", async () => {
    const { enrolment } = facts("app", { enrolment: { tags: ["latest", "{date}"] } });
    const never = new Promise<never>(() => undefined);
    const { tags } = await claimTags(enrolment, never, undefined, makeDoor());
    expect(tags.map(({ tag }) => tag)).toEqual(["latest", "1970-01-01"]);
  });

  it("is waited for where one does, and its failure is that of the tags", async () => {
    const { enrolment } = facts("app", { enrolment: { tags: ["latest", "{commit}"] } });
    const opened = Promise.resolve({ commit, version: undefined });
    const { tags } = await claimTags(enrolment, opened, undefined, makeDoor());
    expect(tags.map(({ tag }) => tag)).toEqual(["latest", commit]);
    const failed = claimTags(enrolment, Promise.reject(new Error("gone")), undefined, makeDoor());
    await expect(failed).rejects.toThrow("gone");
  });
});
