import { describe, expect, it } from "vitest";
import type { BaseRecord } from "../../src/bases/base-record.ts";
import { mergeBaseRecord } from "../../src/bases/merge-records.ts";
import { editRecord, parseRecord } from "../../src/bases/record-file.ts";
import type { Digest } from "../../src/registry/digest.ts";

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const at = (hour: number) => `2026-11-01T${String(hour).padStart(2, "0")}:00:00.000Z`;
const file = "base-images/node-22.yaml";
const seen = (letter: string, hour: number) => ({
  digest: digest(letter),
  platforms: {},
  firstSeen: at(hour),
});

const first: BaseRecord = {
  reference: "docker.io/library/node:22",
  firstDiscovered: at(1),
  lastChecked: at(1),
  currentDigest: digest("a"),
  metadata: {},
  updateHistory: [],
  digests: [seen("a", 1)],
  scans: [],
};
const moved = (letter: string, hour: number): BaseRecord => ({
  ...first,
  lastChecked: at(hour),
  currentDigest: digest(letter),
  lastUpdated: at(hour),
  previousDigest: digest("a"),
  rebuildEligibleAt: at(hour + 2),
  digests: [seen(letter, hour), seen("a", 1)],
});

function merge(base: BaseRecord, ours: BaseRecord, theirs: BaseRecord): BaseRecord | undefined {
  const [b, o, t] = [base, ours, theirs].map((record) => editRecord("", "node-22", record, file));
  return parseRecord(mergeBaseRecord("node-22", file, { base: b, ours: o ?? "", theirs: t ?? "" }), file);
}

describe("two versions of a base's record", () => {
  it("say what the reference meant last, and both stays before it", () => {
    for (const [ours, theirs] of [
      [moved("b", 5), moved("c", 9)],
      [moved("c", 9), moved("b", 5)],
    ] as const) {
      const merged = merge(first, ours, theirs);
      expect(merged?.currentDigest).toBe(digest("c"));
      expect(merged?.lastUpdated).toBe(at(9));
      expect(merged?.digests.map((stay) => stay.digest)).toEqual([digest("c"), digest("b"), digest("a")]);
    }
  });

  it("say of a move that both saw when the first of them did: a wait begins there", () => {
    const merged = merge(first, moved("b", 7), moved("b", 5));
    expect(merged?.lastUpdated).toBe(at(5));
    expect(merged?.rebuildEligibleAt).toBe(at(7));
    expect(merged?.lastChecked).toBe(at(7));
    expect(merged?.digests.map(({ firstSeen }) => firstSeen)).toEqual([at(5), at(1)]);
  });

  it("keep a hold that one of them set, and drop one that was lifted", () => {
    const hold = { why: "x", at: at(3), digest: digest("a") };
    expect(merge(first, { ...first, hold }, moved("b", 5))?.hold).toEqual(hold);
    expect(merge({ ...first, hold }, first, { ...moved("b", 5), hold })?.hold).toBeUndefined();
  });

  it("know a base as gone only while the last look found it gone", () => {
    const gone = { ...first, lastChecked: at(4), vanishedSince: at(4) };
    expect(merge(first, gone, { ...first, lastChecked: at(3) })?.vanishedSince).toBe(at(4));
    expect(merge(first, gone, { ...first, lastChecked: at(6) })?.vanishedSince).toBeUndefined();
  });
});
