import { describe, expect, test } from "vitest";
import { type BaseQuestion, baseProblems, formatBaseProblem } from "../../src/bases/base-problem.ts";
import { type BaseRecord, type DeclaredEnd, observe } from "../../src/bases/base-record.ts";
import { declaredEnd, isOver } from "../../src/bases/end-of-life.ts";
import { content, digest, reference, seen } from "./facts.ts";

const at = "2026-11-01T00:00:00.000Z";
const record = (changes: Partial<BaseRecord> = {}): BaseRecord => ({ ...seen([at, "a"]), ...changes });
const ending = (endOfLife: DeclaredEnd): BaseRecord => {
  const found = { kind: "found", at, content: content("a", { endOfLife }) } as const;
  return observe(reference, undefined, found) as BaseRecord;
};
const problemsOf = (changes: Partial<BaseQuestion>) => {
  const question = {
    record: record(),
    needs: ["linux/amd64"],
    watched: [],
    now: new Date("2026-11-21T12:00:00Z"),
  };
  return baseProblems({ ...question, ...changes });
};
const label = "com.suse.supportlevel.until";
const watched = (endOfLife: string) => [{ endOfLife, position: "images.yaml:7:3" }];

describe("a base", () => {
  test("without a fault has no problem", () => {
    expect(problemsOf({})).toEqual([]);
  });

  test("that lacks a platform says which it has", () => {
    const [problem] = problemsOf({ needs: ["linux/amd64", "linux/s390x"] });
    expect(problem).toEqual({
      kind: "lacks platform",
      reference,
      lacks: ["linux/s390x"],
      has: ["linux/amd64", "linux/arm64"],
    });
    expect(problem && formatBaseProblem(problem)).toBe(
      `base ${reference} has no linux/s390x: it has linux/amd64, linux/arm64`,
    );
  });

  test("whose platforms nobody has read lacks none for sure", () => {
    expect(problemsOf({ record: record({ digests: [] }), needs: ["linux/s390x"] })).toEqual([]);
  });

  test("that vanished says since when", () => {
    const [problem] = problemsOf({ record: record({ vanishedSince: "2026-11-20T03:04:05.000Z" }) });
    expect(problem).toEqual({ kind: "vanished", reference, since: "2026-11-20T03:04:05.000Z" });
    expect(problem && formatBaseProblem(problem)).toBe(
      `base ${reference} is gone from its registry since 2026-11-20 03:04 UTC`,
    );
  });

  test.each<[string, Partial<BaseQuestion>, object | undefined]>([
    ["by its label", { record: ending({ day: "2026-11-20", label }) }, { day: "2026-11-20", by: label }],
    ["not on the last day itself", { record: ending({ day: "2026-11-21", label }) }, undefined],
    ["by a label without a day", { record: ending({ label: "x" }) }, { day: undefined, by: "x" }],
    ["by images.yaml", { watched: watched("2026-11-20") }, { day: "2026-11-20", by: "images.yaml:7:3" }],
    ["not yet by images.yaml", { watched: watched("2027-01-01") }, undefined],
    [
      "by images.yaml where the label says later",
      { record: ending({ day: "2030-01-01", label }), watched: watched("2026-01-01") },
      { day: "2026-01-01", by: "images.yaml:7:3" },
    ],
    [
      "by the label where images.yaml says later",
      { record: ending({ day: "2026-01-01", label }), watched: watched("2030-01-01") },
      { day: "2026-01-01", by: label },
    ],
  ])("has reached its end of life %s", (_, changes, end) => {
    expect(problemsOf(changes)).toEqual(
      end === undefined ? [] : [{ kind: "end of life", reference, ...end }],
    );
  });

  test("that is held says why and until when, while it is, and leaves what has moved on to what is pending", () => {
    const hold = { why: "the next is bad", at, until: "2026-12-01T00:00:00.000Z", digest: digest("a") };
    const [problem] = problemsOf({ record: record({ hold }) });
    expect(problem).toEqual({ kind: "held", reference, why: hold.why, until: hold.until });
    expect(problem && formatBaseProblem(problem)).toBe(
      `base ${reference} is held until 2026-12-01 00:00 UTC: the next is bad`,
    );
    expect(problemsOf({ record: record({ hold: { ...hold, until: at } }) })).toEqual([]);
    expect(problemsOf({ record: record({ hold: { ...hold, digest: digest("b") } }) })).toEqual([]);
  });

  test("has all of its problems at once", () => {
    const all = problemsOf({
      record: record({ vanishedSince: at, hold: { why: "x", at, digest: digest("a") } }),
      needs: ["linux/s390x"],
      watched: watched("2020-01-01"),
    });
    expect(all.map(({ kind }) => kind)).toEqual(["vanished", "lacks platform", "end of life", "held"]);
  });
});

describe("labels that declare an end of life", () => {
  const microsoft = "vnd.microsoft.artifact.lifecycle.end-of-life.date";
  test.each<[Record<string, string>, object | undefined]>([
    [{ [microsoft]: "2026-05-01" }, { day: "2026-05-01", label: microsoft }],
    [{ [microsoft]: "2026-05-01T00:00:00Z" }, { day: "2026-05-01", label: microsoft }],
    [{ [microsoft]: "2026-05-01T23:00:00-08:00" }, { day: "2026-05-02", label: microsoft }],
    [{ [label]: "2024-02-01" }, { day: "2024-02-01", label }],
    [{ [label]: "" }, undefined],
    [{ [label]: "soon" }, undefined],
    [{ [label]: "2026-02-31" }, undefined],
    [{ "io.artifacthub.package.deprecated": "true" }, { label: "io.artifacthub.package.deprecated" }],
    [{ "io.artifacthub.package.deprecated": "false" }, undefined],
    [{ version: "1" }, undefined],
  ])("%o: %o", (labels, end) => {
    expect(declaredEnd(labels)).toEqual(end);
  });

  test("a day holds through its whole length", () => {
    expect([isOver("2026-11-21", "2026-11-21"), isOver("2026-11-20", "2026-11-21")]).toEqual([false, true]);
  });
});
