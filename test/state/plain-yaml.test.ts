import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument, stringify } from "yaml";
import { readPlainYaml } from "../../src/state/plain-yaml.ts";

const texts = fc.oneof(
  fc.string(),
  fc.stringMatching(/^[\w ./:@+="'#-]{0,12}$/),
  fc.constantFrom(
    "null",
    "True",
    "~",
    "1.10",
    "0x1f",
    "1e3",
    "-1",
    ".5",
    "latest",
    "2026-01-02T03:04:05.000Z",
    "__proto__",
  ),
);
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(texts, tie("value"), { maxKeys: 4 }),
  ),
}));

/** Holds whatever is read to what the parser of all of YAML reads, without an error. */
function expectSame(text: string): void {
  const plain = readPlainYaml(text);
  if (plain === undefined) return;
  const document = parseDocument(text);
  expect(document.errors).toEqual([]);
  expect(plain).toEqual(document.toJS());
}

describe("the reader of plain YAML", () => {
  it("reads state as it is written", () => {
    const state = {
      name: "app",
      currentDigest: `sha256:${"a".repeat(64)}`,
      baseImages: ["docker.io/library/debian:12"],
      factory: {
        platforms: {
          "linux/amd64": {
            inputs: { "docker.io/library/debian:12 for linux/amd64": "sha256:1", epoch: null },
          },
        },
        tags: { "1.10": { at: "2026-01-02T03:04:05.000Z", once: true } },
        publications: [{ digest: "sha256:1", at: "2026" }, { digest: "sha256:2" }],
        annotations: {},
        none: [],
        epoch: 1_795_000_000,
      },
    };
    expect(readPlainYaml(stringify(state, { lineWidth: 0 }))).toEqual(state);
  });

  it("reads nothing otherwise than YAML does, of whatever is written", () => {
    fc.assert(
      fc.property(values, (value) => expectSame(stringify(value))),
      { numRuns: 2_000 },
    );
  });

  it("reads nothing otherwise than YAML does, of whatever somebody types", () => {
    const pieces = fc.constantFrom(
      "a",
      "b:",
      ": ",
      "- ",
      "\n",
      "  ",
      "    ",
      "c: d",
      '"',
      "1",
      "null",
      "#",
      "{}",
      "[]",
      "'",
      "&a",
      "*a",
      "|",
      "\t",
      "---",
      "~",
      "e: f:",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (words) => expectSame(words.join(""))),
      { numRuns: 8_000 },
    );
  });

  it.each([
    ["a comment", "a: b # c\n"],
    ["a key that stands twice", "a: b\na: c\n"],
    ["a text of several lines", "a: |\n  b\n"],
    ["an anchor", "a: &b c\n"],
    ["another document", "---\na: b\n"],
    ["a key whose list is not indented", "a:\n- b\n"],
    ["letters beyond ASCII", "a: é\n"],
    ["nothing", ""],
  ])("leaves %s to the parser of all of YAML", (_, text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });
});
