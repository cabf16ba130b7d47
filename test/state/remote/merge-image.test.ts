import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { mergeImage } from "../../../src/state/remote/merge-image.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

function state(letter: string, at: string, more: object = {}) {
  const publication = { digest: digest(letter), uniqueTag: `t-${letter}`, at };
  return {
    digest: digest(letter),
    repository: "factory.localhost/api",
    platforms: {},
    annotations: {},
    tags: { latest: { digest: digest(letter), at } },
    publications: [publication],
    scan: { verdict: "passed", at, database: "official", databaseUpdatedAt: at },
    ...more,
  };
}

const day = (of: number) => `2026-11-0${of}T00:00:00.000Z`;
const hold = (why: string) => ({ why, at: day(1) });
const text = (factory: object | undefined, beside: object = {}) =>
  stringify({ name: "api", ...beside, ...(factory === undefined ? {} : { factory }) });

function merge(base: string | undefined, ours: string, theirs: string) {
  const merged = mergeImage("api", "images/api.yaml", { base, ours, theirs });
  return {
    text: merged,
    ...(parse(merged) as { factory: Record<string, unknown>; [name: string]: unknown }),
  };
}

describe("two versions of an image's state", () => {
  it("are both kept where each changed something else", () => {
    const before = state("a", day(1));
    const merged = merge(
      text(before),
      text({ ...before, hold: hold("ours") }),
      text({ ...before, fixesEpoch: 7 }),
    );
    expect(merged.factory).toMatchObject({ hold: { why: "ours" }, fixesEpoch: 7 });
  });

  it("keep the promotions of both, and the tags that they have set", () => {
    const before = state("a", day(1));
    const promoted = (tag: string, at: string, letter: string) => ({
      promotions: [{ digest: digest(letter), at, repository: "r/api", tags: { [tag]: {} } }],
      tags: { ...before.tags, [tag]: { digest: digest(letter), at, promoted: true } },
    });
    const ours = text({ ...before, ...promoted("stable", day(2), "a") });
    const theirs = text({ ...before, ...promoted("prod", day(3), "b") });
    for (const merged of [merge(text(before), ours, theirs), merge(text(before), theirs, ours)]) {
      expect(merged.factory["promotions"]).toMatchObject([{ tags: { prod: {} } }, { tags: { stable: {} } }]);
      expect(merged.factory["tags"]).toMatchObject({
        latest: { digest: digest("a") },
        stable: { digest: digest("a") },
        prod: { digest: digest("b") },
      });
    }
  });

  it("are of the later publication, and remember both", () => {
    const before = state("a", day(1));
    const [older, newer] = [state("b", day(2)), state("c", day(3))];
    const publications = (mine: ReturnType<typeof state>) => [...mine.publications, ...before.publications];
    const ours = text({
      ...older,
      publications: publications(older),
      tags: { ...older.tags, once: older.tags.latest },
    });
    const theirs = text({ ...newer, publications: publications(newer) });
    for (const merged of [merge(text(before), ours, theirs), merge(text(before), theirs, ours)]) {
      expect(merged.factory).toMatchObject({
        digest: digest("c"),
        tags: { latest: { digest: digest("c") } },
      });
      expect(
        (merged.factory["publications"] as { uniqueTag: string }[]).map(({ uniqueTag }) => uniqueTag),
      ).toEqual(["t-c", "t-b", "t-a"]);
      expect(merged.factory["tags"]).toHaveProperty("once");
      expect(parse(merged.text)["currentDigest"]).toBe(digest("c"));
    }
  });

  it("are of the later epoch, whenever it was published", () => {
    const [security, plain] = [state("b", day(2), { epoch: 200 }), state("c", day(3), { epoch: 100 })];
    expect(merge(text(state("a", day(1))), text(plain), text(security)).factory["digest"]).toBe(digest("b"));
  });

  it("lose no note of what a run is about to publish, and keep none that was settled", () => {
    const note = (letter: string) => ({ digest: digest(letter), uniqueTag: `t-${letter}`, at: day(2) });
    const before = { ...state("a", day(1)), publishing: [note("d")] };
    const merged = merge(
      text(before),
      text({ ...before, publishing: [note("b"), note("d")] }),
      text({ ...before, publishing: [note("c")] }),
    );
    expect(merged.factory["publishing"]).toEqual([note("b"), note("c")]);
  });

  it("keep a hold that somebody set while somebody else lifted the one before", () => {
    const before = { ...state("a", day(1)), hold: hold("old") };
    const { hold: _, ...lifted } = before;
    expect(merge(text(before), text(lifted), text({ ...before, hold: hold("new") })).factory["hold"]).toEqual(
      hold("new"),
    );
    expect(merge(text(before), text(lifted), text(before)).factory).not.toHaveProperty("hold");
  });

  it("are what everybody has seen where nobody knows what both began with", () => {
    const merged = merge(
      undefined,
      text(state("a", day(1))),
      text({ ...state("b", day(2)), hold: hold("theirs") }),
    );
    expect(merged.factory).toMatchObject({ digest: digest("b"), hold: { why: "theirs" } });
    expect((merged.factory["publications"] as unknown[]).length).toBe(2);
  });

  it("keep what a person wrote beside it, comments too", () => {
    const before = text(state("a", day(1)), { enrollment: { autoRebuild: true } });
    const ours = before.replace("autoRebuild: true", "autoRebuild: false");
    const theirs = `# theirs\n${text(state("b", day(2)), { enrollment: { autoRebuild: true } })}`;
    const merged = merge(before, ours, theirs);
    expect(parse(merged.text)["enrollment"]).toEqual({ autoRebuild: false });
    expect(merged.text).toMatch(/^# theirs\n/);
    expect(merged.factory["digest"]).toBe(digest("b"));
  });

  it("that are damaged are refused by name", () => {
    expect(() => merge(undefined, text(undefined), "factory: [")).toThrow(/images\/api.yaml is damaged/);
  });
});
