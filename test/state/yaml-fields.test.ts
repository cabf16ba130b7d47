import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMap, parse, parseDocument, stringify, type YAMLMap } from "yaml";
import type { Field } from "../../src/state/yaml-field.ts";
import { setFields } from "../../src/state/yaml-fields.ts";

function set(text: string, ...fields: readonly Field[]): string {
  const { contents, errors } = parseDocument(text);
  expect(errors).toEqual([]);
  return setFields(text, isMap(contents) ? (contents as unknown as YAMLMap) : null, fields);
}

const digest = { name: "d", text: "sha256:ab" } as const;
const time = { name: "t", text: "2026-01-02T03:04:05+00:00", quoted: true } as const;

describe("a field that is set", () => {
  test.each([
    ["its own quotes", "d: 'old'\nt: \"old\"\n", "d: 'sha256:ab'\nt: \"2026-01-02T03:04:05+00:00\"\n"],
    [
      "the file's quotes where it had none",
      "n: 'x'\nt: null\n",
      "n: 'x'\nt: '2026-01-02T03:04:05+00:00'\nd: sha256:ab\n",
    ],
    [
      "double quotes where the file has none",
      "t: old\nd: old\n",
      't: "2026-01-02T03:04:05+00:00"\nd: sha256:ab\n',
    ],
    [
      "the comment behind it",
      "d: old   # first\nt: null\t# none yet\n",
      'd: sha256:ab   # first\nt: "2026-01-02T03:04:05+00:00"\t# none yet\n',
    ],
    [
      "a comment where it was empty",
      "d: # none yet\nt:\n",
      'd: sha256:ab # none yet\nt: "2026-01-02T03:04:05+00:00"\n',
    ],
    [
      "its place when it was a block",
      "d: |\n  one\n  two\nt: >-\n  x\n\nz: 1\n",
      'd: sha256:ab\nt: "2026-01-02T03:04:05+00:00"\n\nz: 1\n',
    ],
    [
      "its place when it was a collection",
      "d:\n  a: 1\nt: [1,\n  2] # z\n",
      'd: sha256:ab\nt: "2026-01-02T03:04:05+00:00" # z\n',
    ],
    [
      "the end of a file without a last line end",
      "d: old\nt: old",
      'd: sha256:ab\nt: "2026-01-02T03:04:05+00:00"',
    ],
    [
      "the file's line ends",
      "# c\r\nd: old\r\n\r\nz: 1\r\n",
      '# c\r\nd: sha256:ab\r\n\r\nz: 1\r\nt: "2026-01-02T03:04:05+00:00"\r\n',
    ],
    ["a byte order mark", "\uFEFFd: old\n", '\uFEFFd: sha256:ab\nt: "2026-01-02T03:04:05+00:00"\n'],
    [
      "the indentation of a file that has one",
      "  d: old\n  z: 1\n",
      '  d: sha256:ab\n  z: 1\n  t: "2026-01-02T03:04:05+00:00"\n',
    ],
    [
      "a document's marks",
      "--- # c\nd: old\n...\n",
      '--- # c\nd: sha256:ab\nt: "2026-01-02T03:04:05+00:00"\n...\n',
    ],
    ["one line", "{d: old, z: [1]} # c\n", '{d: sha256:ab, z: [1], "t": "2026-01-02T03:04:05+00:00"} # c\n'],
    ["an empty mapping", "{}\n", '{"d": "sha256:ab", "t": "2026-01-02T03:04:05+00:00"}\n'],
    ["a file of comments", "# nothing yet", '# nothing yet\nd: sha256:ab\nt: "2026-01-02T03:04:05+00:00"\n'],
    ["no file", "", 'd: sha256:ab\nt: "2026-01-02T03:04:05+00:00"\n'],
  ])("keeps %s", (_, before, after) => {
    expect(set(before, digest, time)).toBe(after);
    expect(set(after, digest, time)).toBe(after);
  });

  test("that follows the last without a line end gets one before it", () => {
    expect(set("d: sha256:ab", { name: "e", text: "x" })).toBe("d: sha256:ab\ne: x\n");
  });

  test("to null says that nothing is known", () => {
    expect(set('v: "1.2"  # c\n', { name: "v", text: null })).toBe("v: null  # c\n");
    expect(set("v:\n", { name: "v", text: null })).toBe("v:\n");
  });

  test.each(["1.10", "true", "2026-01-02", "0x1", "1_0", "12:30", "no", "~", "a: b", "# x", "", " x"])(
    "is a text to every reader of YAML: %j",
    (text) => {
      const written = set("v: null\n", { name: "v", text });
      expect(written).toMatch(/^v: ["'].*["']\n$/);
      for (const version of ["1.1", "1.2"] as const)
        expect(parseDocument(written, { version }).toJS()).toEqual({ v: text });
    },
  );
});

describe("a list that is set", () => {
  const list = (...items: readonly string[]): Field => ({ name: "l", list: items });

  test.each([
    ["unchanged in another order", "l:\n- b\n# why\n- a   # x\n", ["a", "b"], undefined],
    ["unchanged in one line", "l: [b,   a]\n", ["a", "b"], undefined],
    [
      "with one more between",
      "l:\n  - a  # x\n\n  # c\n  - c\nz: 1\n",
      ["a", "b", "c"],
      "l:\n  - a  # x\n\n  # c\n  - b\n  - c\nz: 1\n",
    ],
    [
      "with one more at the end",
      "l:\n    - 'a' # x\n# next\nz: 1\n",
      ["a", "b"],
      "l:\n    - 'a' # x\n    - 'b'\n# next\nz: 1\n",
    ],
    ["with one less", "l:\n- a # x\n- b # y\n- c\nz: 1\n", ["a", "c"], "l:\n- a # x\n- c\nz: 1\n"],
    ["with another", "l:\n  - a\n  - b\n", ["b", "c"], "l:\n  - b\n  - c\n"],
    ["that was empty", "# c\nl: []\n\n# d\nz: 1\n", ["a", "b"], "# c\nl:\n  - a\n  - b\n\n# d\nz: 1\n"],
    ["that was nothing", "l: # c\nz: 1\n", ["a"], "l:\n  - a # c\nz: 1\n"],
    ["that is now empty", "l: # c\n  # d\n  - a\n  - b\nz: 1\n", [], "l: [] # c\n  # d\nz: 1\n"],
    ["in one line", "l: [a, b] # c\n", ["b", "c"], "l: [b, c] # c\n"],
    ["without a last line end", "l:\n- a\n- b", ["a", "b", "c"], "l:\n- a\n- b\n- c"],
    ["whose last item goes without a line end", "l:\n- a\n- b", ["a", "c"], "l:\n- a\n- c\n"],
    ["with an item twice", "l:\n- a\n- a\n", ["a"], undefined],
    ["with Windows line ends", "l:\r\n- a\r\nz: 1\r\n", ["a", "b"], "l:\r\n- a\r\n- b\r\nz: 1\r\n"],
    ["that is new", "z: 1\n", ["a", "b"], "z: 1\nl:\n  - a\n  - b\n"],
    ["of mappings", "l:\n- a: 1\n  b: 2\nz: 1\n", ["a"], "l: [a]\nz: 1\n"],
    ["in a mapping of one line", "{l: [a]}\n", ["b"], "{l: [b]}\n"],
  ])("%s", (_, before, items, after) => {
    expect(set(before, list(...items))).toBe(after ?? before);
  });
});

describe("a list that grows", () => {
  const items = (...wanted: readonly unknown[]): Field => ({ name: "m", items: wanted });

  test.each([
    ["that was empty", "m: []\nb: 1\n", [{ x: "1" }], 'm:\n  - x: "1"\nb: 1\n'],
    ["of other items", "m:\n  - a\n  - b\n\n# c\nb: 1\n", ["z"], "m:\n  - z\n\n# c\nb: 1\n"],
    [
      "by one item at its end, and loses its first",
      "m:\n  - {a: 1}  # c\n  - {b: '2'}  # d\n\n# e\nb: 'x'\n",
      [{ b: "2" }, { c: "2026-01-01" }],
      "m:\n  - {b: '2'}  # d\n  - {c: '2026-01-01'}\n\n# e\nb: 'x'\n",
    ],
    [
      "of items in lines of their own",
      "m:\n  - a: 1\n    b: 2 # c\n  - a: 3\n",
      [{ a: 3 }, { a: 4 }],
      "m:\n  - a: 3\n  - {a: 4}\n",
    ],
    ["without a last line end", "m:\n- a\n- b", ["b", "c"], "m:\n- b\n- c\n"],
    ["with Windows line ends", "m:\r\n- a\r\nz: 1\r\n", ["a", "b"], "m:\r\n- a\r\n- b\r\nz: 1\r\n"],
    ["and does not", "m:\n- a # c\n- b\n", ["a", "b"], undefined],
    ["by nothing and loses all", "m:\n  - a\nb: 1\n", [], "m: []\nb: 1\n"],
    ["in one line", "m: [a, b] # c\nb: 1\n", ["b", "c"], "m:\n  - b\n  - c\nb: 1\n"],
    ["that is new", "z: 1\n", ["a"], "z: 1\nm:\n  - a\n"],
  ])("%s", (_, before, wanted, after) => {
    expect(set(before, items(...wanted))).toBe(after ?? before);
  });
});

describe("a block that is set", () => {
  const block = { name: "factory", block: { a: { b: ["x", "1"] }, c: {} } } as const;
  const lines = 'factory:\n  a:\n    b:\n      - x\n      - "1"\n  c: {}\n';

  test.each([
    ["new", "z: 1 # c\n\n# end\n", `z: 1 # c\n${lines}\n# end\n`],
    ["in its place", "factory:\n  old: 1\n  # mine\n\n# next\nz: 1\n", `${lines}  # mine\n\n# next\nz: 1\n`],
    ["in the place of one line", "z: 1\nfactory: {old: 1} # c\ny: 2\n", `z: 1\n${lines}y: 2\n`],
    ["unchanged", `z: 1\n${lines}\n# c\n`, `z: 1\n${lines}\n# c\n`],
    ["in a mapping of one line", "{factory: 1, z: 2}\n", '{factory: {"a":{"b":["x","1"]},"c":{}}, z: 2}\n'],
  ])("%s", (_, before, after) => {
    expect(set(before, block)).toBe(after);
  });

  test("stays last when fields are added", () => {
    expect(set(lines, { name: "n", text: "x" }, block)).toBe(`n: x\n${lines}`);
    expect(set(`z: 1\n\n# ours\n${lines}`, { name: "n", text: "x" }, block)).toBe(
      `z: 1\nn: x\n\n# ours\n${lines}`,
    );
  });
});

describe("a value of any kind", () => {
  const history = [{ at: "2026-01-02T00:00:00+00:00", digest: "sha256:ab" }];

  test.each([
    [
      "stays when it says the same",
      "h:\n- digest: 'sha256:ab' # x\n  at: \"2026-01-02T00:00:00+00:00\"\nz: 1\n",
      history,
      undefined,
    ],
    [
      "takes the place of another",
      "h: [] # none\n\n# next\nz: 'x'\n",
      history,
      "h:\n  - at: '2026-01-02T00:00:00+00:00'\n    digest: sha256:ab\n\n# next\nz: 'x'\n",
    ],
    ["keeps the comment behind one line", "h: 1  # c\n", 2, "h: 2  # c\n"],
    ["is added", "z: 1\n", { a: true }, "z: 1\nh:\n  a: true\n"],
  ])("%s", (_, before, value, after) => {
    expect(set(before, { name: "h", value })).toBe(after ?? before);
  });
});

describe("fields of a mapping within", () => {
  const within: Field = {
    name: "m",
    fields: [
      { name: "a", text: "x" },
      { name: "t", text: "2026-01-02", quoted: true },
      { name: "o", gone: true },
    ],
  };

  test.each([
    [
      "are set one by one",
      "m:\n  # c\n  a: null  # d\n  o: 1\n  p: 2\n\nz: 'q'\n",
      "m:\n  # c\n  a: x  # d\n  p: 2\n  t: '2026-01-02'\n\nz: 'q'\n",
    ],
    ["make one of an empty one", "m: {}\nz: 1\n", 'm:\n  a: x\n  t: "2026-01-02"\nz: 1\n'],
    ["make lines of one line", "m: {p: 2, o: 1}\nz: 1\n", 'm:\n  p: 2\n  a: x\n  t: "2026-01-02"\nz: 1\n'],
    ["make one where there is none", "z: 1\n", 'z: 1\nm:\n  a: x\n  t: "2026-01-02"\n'],
  ])("%s", (_, before, after) => {
    expect(set(before, within)).toBe(after);
  });
});

describe("a field that goes", () => {
  test.each([
    ["takes its lines with it", "a: 1\no:\n  - 1 # c\n\n# d\nb: 2\n", "a: 1\n\n# d\nb: 2\n"],
    ["may be the last", "a: 1\no: 2 # c", "a: 1\n"],
    ["may be between others on one line", "{a: 1, o: 2, b: 3}\n", "{a: 1, b: 3}\n"],
    ["may be the last on one line", "{a: 1, o: 2}\n", "{a: 1}\n"],
    ["need not be there", "a: 1\n", "a: 1\n"],
  ])("%s", (_, before, after) => {
    expect(set(before, { name: "o", gone: true })).toBe(after);
  });
});

test("whatever a file looks like, the fields that are set read as they were set and all others as before", () => {
  const value = fc.constantFrom(
    "x",
    "'it''s'",
    '"a\\nb"',
    "null",
    "",
    "1.10",
    "[]",
    "[a, b]",
    "{k: v, l: [1]}",
    "|\n  t\n   u\n\n",
    ">-\n  t\n  u\n",
    "\n  - a\n  # c\n  - b",
    "\n- a\n-   b # c",
    "\n  k: v\n\n  l:\n  - 1",
    "&x y",
    "long ".repeat(40),
  );
  const between = fc.constantFrom("", " # c", "\n", "\n\n# c\n", "   ");
  const names = ["name", "d", "t", "l", "factory", "other", "more"];
  const file = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), value, between), { selector: ([name]) => name })
    .map((fields) =>
      fields.map(([name, text, after]) => `${name}: ${text}${text.includes("\n") ? "\n" : after}`),
    );
  const wanted = fc.subarray<Field>([
    { name: "d", text: "sha256:ab" },
    { name: "t", text: "2026-01-02T03:04:05+00:00", quoted: true },
    { name: "l", list: ["a", "c"] },
    { name: "factory", block: { a: ["x"], b: {} } },
  ]);
  fc.assert(
    fc.property(file, wanted, fc.constantFrom("\n", "\r\n"), fc.boolean(), (lines, fields, eol, ended) => {
      const text = `# head\n${lines.join("\n")}${ended ? "\n" : ""}`.replaceAll("\n", eol);
      fc.pre(parseDocument(text).errors.length === 0);
      const before = (parseDocument(text).toJS() ?? {}) as Record<string, unknown>;
      const after = set(text, ...fields);
      const read = parseDocument(after).toJS() as Record<string, unknown>;
      expect({ ...read, l: sorted(read?.["l"]) }).toEqual({
        ...before,
        ...Object.fromEntries(fields.map((field) => [field.name, wantedValue(field)])),
        l: sorted(fields.some(({ name }) => name === "l") ? ["a", "c"] : before["l"]),
      });
      expect(set(after, ...fields)).toBe(after);
      expect(after.split(eol).filter((line) => line.startsWith("#"))).toEqual(
        text.split(eol).filter((line) => line.startsWith("#")),
      );
    }),
    { numRuns: 500 },
  );
});

function wantedValue(field: Field): unknown {
  if ("text" in field) return field.text;
  if ("list" in field) return field.list;
  return "block" in field ? field.block : undefined;
}

test.each(["a,b", "a]", "a}", "-[", "- a", "a: b", "yes", "a b"])(
  "%j is one text between braces too, and nothing else changes",
  (text) => {
    const before = "{ m: y, n: x }\n";
    const after = set(before, { name: "m", text });
    expect(parse(after)).toEqual({ m: text, n: "x" });
    expect(after).toMatch(/^\{ m: .*, n: x \}\n$/);
  },
);

test.each(["a\nb", "\n", "x\r\ny", "a\tb", "\ufeff", "\u0000"])(
  "%j is the same text in any quotes",
  (text) => {
    for (const before of ["m: '\"'", "m: y", 'm: "y"', "{ m: '\"' }", "{ m: y }"])
      expect(parse(set(`${before}\n`, { name: "m", text }))).toEqual({ m: text });
  },
);

test("whatever is asked for within any mapping is said, and nothing else is", () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.constantFrom("2026-11-21T00:00:00.000+00:00", "null", "1", "a: b", "# x", "- y", "it's", '"', "\n"),
  );
  const key = fc.constantFrom("a", "b", "m", "n");
  const value = fc.oneof(scalar, fc.constant(null), fc.array(scalar), fc.dictionary(key, scalar));
  const field = (name: string, to: unknown): readonly Field[] => [
    ...(Array.isArray(to) ? [{ name, items: to }] : []),
    ...(to === null || typeof to === "string" ? [{ name, text: to }] : []),
    { name, value: to },
  ];
  fc.assert(
    fc.property(
      fc.dictionary(key, value),
      fc.constantFrom("m", "f"),
      fc.option(key),
      value,
      fc.boolean(),
      (before, owner, inner, to, flow) => {
        const text = stringify(before, flow ? { collectionStyle: "flow" } : {});
        for (const wanted of field(inner ?? owner, to)) {
          const given = inner === null ? wanted : { name: owner, fields: [wanted] };
          const { [owner]: changed, ...others } = parse(set(text, given));
          const { [owner]: was, ...kept } = before;
          expect(others).toEqual(kept);
          const owned = typeof was === "object" && !Array.isArray(was) ? was : {};
          expect(changed).toEqual(inner === null ? to : { ...owned, [inner]: to });
        }
      },
    ),
    { numRuns: 400 },
  );
});

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted() : value;
}
