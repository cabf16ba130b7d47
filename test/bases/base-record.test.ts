import { describe, expect, test } from "vitest";
import { observe, standsSince } from "../../src/bases/base-record.ts";
import { content, digest, reference, seen } from "./facts.ts";

const [t1, t2, t3] = ["2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z", "2026-11-03T00:00:00.000Z"];

describe("a sighting", () => {
  test("of a base for the first time is no update of it", () => {
    const record = seen([t1, "a"]);
    expect(record).toMatchObject({ firstDiscovered: t1, lastChecked: t1, currentDigest: digest("a") });
    expect(record.lastUpdated).toBeUndefined();
    expect(record.digests).toEqual([
      { digest: digest("a"), firstSeen: t1, platforms: content("a").platforms },
    ]);
    expect(standsSince(record)).toBe(t1);
  });

  test("of another digest records it with the time, the one before and the history", () => {
    const record = seen([t1, "a"], [t2, "b"]);
    expect(record).toMatchObject({
      currentDigest: digest("b"),
      previousDigest: digest("a"),
      lastUpdated: t2,
      updateHistory: [
        { date: "2026-11-02T00:00:00.000+00:00", digest: digest("b"), previousDigest: digest("a") },
      ],
    });
    expect(record.digests.map(({ firstSeen }) => firstSeen)).toEqual([t2, t1]);
  });

  test("of the same digest changes nothing but when it was looked at", () => {
    const before = seen([t1, "a"], [t2, "b"]);
    const after = observe(reference, before, { kind: "found", at: t3, content: content("b") });
    expect(after).toEqual({ ...before, lastChecked: t3 });
  });

  test("of a digest that comes back begins a stay of its own", () => {
    const record = seen([t1, "a"], [t2, "b"], [t3, "a"]);
    expect(standsSince(record)).toBe(t3);
    expect(record.digests).toHaveLength(3);
  });

  test("keeps the last ten updates and forgets the oldest", () => {
    const many = Array.from({ length: 13 }, (_, at): [string, string] => [
      new Date(Date.UTC(2026, 0, at + 1)).toISOString(),
      String(at),
    ]);
    const { updateHistory } = seen(...many);
    expect(updateHistory).toHaveLength(10);
    expect(updateHistory.at(-1)).toMatchObject({ digest: digest("12") });
    expect(updateHistory[0]).toMatchObject({ digest: digest("3") });
  });

  test("of a slower run, from before the last move, undoes nothing", () => {
    const record = seen([t1, "a"], [t3, "c"]);
    expect(observe(reference, record, { kind: "found", at: t2, content: content("b") })).toBe(record);
    expect(observe(reference, record, { kind: "missing", at: t2 })).toBe(record);
  });

  test("of nothing says since when, keeps all that is known, and is taken back when the image is", () => {
    const before = seen([t1, "a"]);
    const gone = observe(reference, before, { kind: "missing", at: t2 });
    expect(gone).toEqual({ ...before, lastChecked: t2, vanishedSince: t2 });
    expect(observe(reference, gone, { kind: "missing", at: t3 })).toMatchObject({ vanishedSince: t2 });
    const back = observe(reference, gone, { kind: "found", at: t3, content: content("a") });
    expect(back).toEqual({ ...before, lastChecked: t3 });
  });

  test("of nothing where nothing ever was makes no record", () => {
    expect(observe(reference, undefined, { kind: "missing", at: t1 })).toBeUndefined();
  });
});

test("a base whose digest the older tool never saw stands since it was first seen, not since it was discovered", () => {
  const { firstDiscovered: _, ...rest } = seen([t1, "a"]);
  const { currentDigest: __, ...older } = { ...rest, firstDiscovered: t1, digests: [] };
  const record = observe(reference, older, { kind: "found", at: t3, content: content("a") });
  expect(record && standsSince(record)).toBe(t3);
});
