import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BaseRulesDoor, createBaseRules } from "../../src/bases/base-rules.ts";
import { createBaseWatch } from "../../src/bases/base-watch.ts";
import { changeBaseRecords, readBaseRecords } from "../../src/bases/record-store.ts";
import type { WatchedImage } from "../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../src/errors.ts";
import type { StoredImages } from "../../src/resolve/stored-images.ts";
import { facts, published } from "../plan/facts.ts";
import { content, digest, reference, seen } from "./facts.ts";

const [t1, t2] = ["2026-11-01T00:00:00.000Z", "2026-11-20T00:00:00.000Z"];
const week = 7 * 86_400_000;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-rules-"));
  await record(seen([t1, "a"], [t2, "b"]));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const places = () => ({ stateDir: dir, workDir: join(dir, "work") });
const record = (value: ReturnType<typeof seen>) =>
  changeBaseRecords(new Map([[reference, () => value]]), places());
const recorded = async () => (await readBaseRecords(places())).get(reference);
const watched = (changes: Partial<WatchedImage>): WatchedImage => ({
  name: "node",
  position: "images.yaml:9:3",
  repository: { registry: "docker.io", path: "library/node" },
  rule: { strategy: "Digest", allowTags: "^22", constraint: undefined, ignoreTags: [] },
  endOfLife: undefined,
  pinned: undefined,
  ...changes,
});
const app = facts("app", {
  enrolment: { rebuildDelayMs: week },
  bases: [{ reference, platform: "linux/amd64", from: { kind: "external", digest: digest("a amd64") } }],
});
const moved = {
  enrolment: app.enrolment,
  reference,
  published: undefined,
  recorded: digest("a amd64"),
  current: digest("b amd64"),
};

/** The rules of one run, whose registry has the text under the tag; "down" cannot be reached. */
function rulesOf(text: string | undefined, changes: Partial<BaseRulesDoor> = {}) {
  const clock = () => new Date("2026-11-21T00:00:00Z");
  const stored: StoredImages = {
    platforms: async () => ({ platforms: content(text ?? "").platforms, annotations: {} }),
    image: async (base) => ({
      ...base,
      manifest: { mediaType: "", config: { mediaType: "", digest: base.digest, size: 1 }, layers: [] },
      config: { architecture: "amd64", os: "linux", config: {}, diffIds: [], history: [] },
    }),
  };
  const lookUp = async () => {
    if (text === "down") throw new FactoryError("registry-unavailable", "no answer");
    return text === undefined ? undefined : { digest: digest(text) };
  };
  const watch = createBaseWatch({ client: { lookUp }, stored, clock, ...places() });
  const records = () => readBaseRecords(places());
  return createBaseRules({
    watch,
    records,
    watched: [],
    client: { listTags: async () => [] },
    stored,
    mode: "automatic",
    movesTags: true,
    scans: undefined,
    clock,
    ...changes,
  });
}

describe("an image whose base moved", () => {
  test("waits from when the move was first seen, and not when a person asks", async () => {
    const until = "2026-11-27T00:00:00.000Z";
    expect(await rulesOf("b").whyWait(moved)).toEqual({ kind: "delay", until });
    expect(await rulesOf("b", { mode: "manual" }).whyWait(moved)).toBeUndefined();
  });

  test("begins to wait with this very run where nobody saw the move before", async () => {
    const later = { ...moved, current: digest("c amd64") };
    expect(await rulesOf("c").whyWait(later)).toEqual({ kind: "delay", until: "2026-11-28T00:00:00.000Z" });
  });

  test("waits for a base of the factory's own from when that was published", async () => {
    const { state } = published(facts("base"));
    const at = Date.parse(state?.publications[0]?.at ?? "");
    const waitOf = (rebuildDelayMs: number) =>
      rulesOf("b").whyWait({ ...moved, published: state, enrolment: { ...app.enrolment, rebuildDelayMs } });
    const year = 365 * 86_400_000;
    expect(await waitOf(year)).toEqual({ kind: "delay", until: new Date(at + year).toISOString() });
    expect(await waitOf(week)).toBeUndefined();
  });

  test("waits for the promotion of such a base where the factory moves no tags, unless a person asks", async () => {
    const own = { ...moved, published: published(facts("base")).state };
    expect(await rulesOf("b", { movesTags: false }).whyWait(own)).toEqual({ kind: "promotion" });
    expect(await rulesOf("b", { movesTags: false, mode: "manual" }).whyWait(own)).toBeUndefined();
  });

  test("waits for what a scan blocks, by what this run scans or another has recorded", async () => {
    const policy = digest(JSON.stringify(app.enrolment.scan));
    const scan = (of: string, verdict: "passed" | "blocked") => ({
      digest: digest(of),
      policy,
      database: "x",
      verdict,
      findings: verdict === "blocked" ? ["CVE-1 in libc 1"] : [],
    });
    const verdicts = [scan("b amd64", "blocked"), scan("a amd64", "passed")];
    const rules = rulesOf("b", { scans: { scan: async () => verdicts } });
    const cause = { kind: "scan", findings: ["CVE-1 in libc 1"] };
    expect(await rules.whyWait(moved)).toEqual(cause);
    await rules.record([app]);
    expect((await recorded())?.scans).toEqual(verdicts);
    expect(await rulesOf("b").whyWait(moved)).toEqual(cause);
  });
});

describe("a base that is kept where it is", () => {
  const pinned = [watched({ pinned: digest("pin") })];

  test("by images.yaml or by a hold is built on, and what its tag has become is told", async () => {
    expect(await rulesOf("c", { watched: pinned }).fixed(reference)).toEqual({
      digest: digest("pin"),
      newer: digest("c"),
      cause: { kind: "pinned" },
    });
    await record({ ...seen([t1, "a"]), hold: { why: "x", at: t1, digest: digest("a") } });
    expect(await rulesOf("c").fixed(reference)).toEqual({
      digest: digest("a"),
      newer: digest("c"),
      cause: { kind: "held", why: "x" },
    });
  });

  test("needs no registry that answers", async () => {
    expect(await rulesOf("down", { watched: pinned }).fixed(reference)).toMatchObject({
      digest: digest("pin"),
      newer: digest("b"),
    });
  });

  test("is asked for nothing where it is kept nowhere", async () => {
    expect(await rulesOf("down").fixed(reference)).toBeUndefined();
  });
});

describe("what is wrong with the bases of an image", () => {
  test("is found from what is recorded and what this run sees", async () => {
    const ended = [watched({ endOfLife: "2026-01-01" })];
    expect(await rulesOf("b", { watched: ended }).problemsOf(app)).toEqual([
      { kind: "end of life", reference, day: "2026-01-01", by: "images.yaml:9:3" },
    ]);
    expect(await rulesOf(undefined).problemsOf(app)).toEqual([
      { kind: "vanished", reference, since: "2026-11-21T00:00:00.000Z" },
    ]);
    expect(await rulesOf("b").problemsOf(app)).toEqual([]);
  });

  test("is told from the record where the registry does not answer, and nothing of it changes", async () => {
    const before = await recorded();
    const rules = rulesOf("down", { watched: [watched({ endOfLife: "2026-01-01" })] });
    expect(await rules.problemsOf(app)).toHaveLength(1);
    await rules.record([app]);
    expect(await recorded()).toEqual(before);
  });
});

test("what a run saw is recorded with the shortest delay of the images that it knows", async () => {
  const rules = rulesOf("c");
  await rules.lookUp({ registry: "docker.io", path: "library/node", tag: "22-slim" });
  const soon = { ...app, enrolment: { ...app.enrolment, name: "soon", rebuildDelayMs: 86_400_000 } };
  await rules.record([app, soon]);
  expect(await recorded()).toMatchObject({
    currentDigest: digest("c"),
    lastUpdated: "2026-11-21T00:00:00.000Z",
    rebuildEligibleAt: "2026-11-22T00:00:00.000Z",
  });
});
