import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, parseDocument, stringify } from "yaml";
import { type Edit, editFields } from "../../src/bases/edit-fields.ts";

const set = (value: unknown, ...path: readonly [string] | readonly [string, string]): Edit => ({
  path,
  value,
});

describe("setting fields", () => {
  test.each<[string, string, readonly Edit[], string]>([
    ["a text", "a: x # c\nb: 1\n", [set("y", "a")], "a: y # c\nb: 1\n"],
    [
      "in the quotes that are there",
      `a: "x"\nb: 'x'\n`,
      [set("y", "a"), set("it's", "b")],
      `a: "y"\nb: 'it''s'\n`,
    ],
    ["a time, in quotes", "a: null  # c\n", [set("2026-11-21", "a")], "a: '2026-11-21'  # c\n"],
    ["a text that looks like a number, in quotes", "a: null\n", [set("3.10", "a")], 'a: "3.10"\n'],
    ["nothing", "a: x\n", [set(null, "a")], "a: null\n"],
    ["where nothing stands", "a:\nb:  # c\n", [set("x", "a"), set("y", "b")], "a: x\nb: y  # c\n"],
    [
      "inside of a block",
      "m:\n  a: x  # c\n  # d\n\nb: 1\n",
      [set("y", "m", "a")],
      "m:\n  a: y  # c\n  # d\n\nb: 1\n",
    ],
    ["into an empty block", "m: {}\n# c\nb: 1\n", [set("y", "m", "a")], "m:\n  a: y\n# c\nb: 1\n"],
    ["a list", "m: []\nb: 1\n", [set([{ x: "1" }], "m")], 'm:\n  - x: "1"\nb: 1\n'],
    ["another list", "m:\n  - a\n  - b\n\n# c\nb: 1\n", [set(["z"], "m")], "m:\n  - z\n\n# c\nb: 1\n"],
    [
      "one item more, and the first away",
      "m:\n  - {a: 1}  # c\n  - {b: '2'}  # d\n\n# e\nb: 1\n",
      [set([{ b: "2" }, { c: "2026-01-01" }], "m")],
      "m:\n  - {b: '2'}  # d\n  - {c: '2026-01-01'}\n\n# e\nb: 1\n",
    ],
    ["all items away", "m:\n  - a\nb: 1\n", [set([], "m")], "m: []\nb: 1\n"],
    ["a new field", "a: 1", [set("x", "b")], "a: 1\nb: x\n"],
    [
      "a new block",
      "a: 1\n# end\n",
      [set("x", "f", "b"), set("y", "f", "c")],
      "a: 1\n# end\nf:\n  b: x\n  c: y\n",
    ],
    ["away what is gone", "f:\n  a: 1\n  b: 2\nc: 3\n", [set(undefined, "f", "a")], "f:\n  b: 2\nc: 3\n"],
    ["between other line ends", "a: x\r\nm: {}\r\n", [set("y", "m", "b")], "a: x\r\nm:\r\n  b: y\r\n"],
    ["in an empty file", "", [set("x", "a"), set({}, "b")], "a: x\nb: {}\n"],
  ])("%s", (_, text, edits, expected) => {
    expect(editFields(text, edits)).toBe(expected);
  });

  test.each(['{"a": 1, "b": [2]}', "  a: 1\n  b: 2\n"])(
    "in %j, which has no lines for it, keeps what is said",
    (text) => {
      const after = editFields(text, [set("x", "a"), set({ y: "1" }, "f")]);
      expect(parse(after)).toEqual({ ...parse(text), a: "x", f: { y: "1" } });
    },
  );

  test("says what was asked for and nothing else, in any mapping", () => {
    const scalar = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "2026-11-21T00:00:00.000+00:00",
        "null",
        "1",
        "a: b",
        "# x",
        "- y",
        "it's",
        '"',
        "\n",
        "sha256:ab",
      ),
    );
    const key = fc.constantFrom("a", "b", "m", "n");
    const value = fc.oneof(scalar, fc.constant(null), fc.array(scalar), fc.dictionary(key, scalar));
    const path = fc.oneof(fc.tuple(key), fc.tuple(fc.constantFrom("m", "f"), key));
    fc.assert(
      fc.property(fc.dictionary(key, value), path, value, fc.boolean(), (before, at, to, flow) => {
        const text = stringify(before, flow ? { collectionStyle: "flow" } : {});
        const after = parseDocument(editFields(text, [{ path: at, value: to }]));
        expect(after.errors).toEqual([]);
        const { [at[0]]: changed, ...others } = after.toJS() as Record<string, unknown>;
        const { [at[0]]: _, ...kept } = before;
        expect(others).toEqual(kept);
        expect(at[1] === undefined ? changed : (changed as Record<string, unknown>)[at[1]]).toEqual(to);
      }),
      { numRuns: 400 },
    );
  });
});
