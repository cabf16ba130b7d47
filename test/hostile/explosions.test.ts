import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRecord } from "../../src/bases/record-file.ts";
import { coversTag, selectTag } from "../../src/bases/select-tag.ts";
import type { TagRule } from "../../src/enrolment/enrolment.ts";
import { parseSettings } from "../../src/settings-file.ts";
import { readIgnoreRules } from "../../src/source/ignore.ts";
import { readState } from "../../src/state/state-file.ts";

/** Far below what any of these took before it was bounded, and far above what it takes on a slow machine. */
const boundMs = 20_000;

async function bounded(work: () => unknown): Promise<unknown> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    expect(performance.now() - start).toBeLessThan(boundMs);
  }
}

const laughs = ["a: &a [x, x, x, x, x, x, x, x, x]"];
for (const [index, letter] of [..."bcdefghi"].entries())
  laughs.push(`${letter}: &${letter} [${Array(9).fill(`*${"abcdefghi"[index]}`).join(", ")}]`);
const digest = `sha256:${"0".repeat(64)}`;
const record = "name: x\nfullImage: docker.io/library/x:1\n";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "factory-hostile-"));
  await mkdir(join(folder, "images"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const documents: readonly (readonly [string, string])[] = [
  ["lists nested deep", `factory: ${"[".repeat(100_000)}`],
  ["mappings nested deep", `factory: ${"{a: ".repeat(50_000)}`],
  ["blocks nested deep", Array.from({ length: 3_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
  ["a billion laughs", `${laughs.join("\n")}\nfactory: *i\n`],
  ["a second document", "factory: {}\n---\nfactory: {}\n"],
  ["a directive", "%YAML 1.1\n---\nfactory: {}\n"],
  ["a control character", "factory: a\u0000b\n"],
  ["one value without end", `factory: ${"x".repeat(3_000_000)}`],
  ["no mapping at all", "- a\n- b\n"],
  ["an open quote", 'factory: "'],
];

describe("a file of state that somebody wrote to harm is damaged, in bounded time, and never counts as new", () => {
  test.each<readonly [string, string]>([
    ...documents,
    ["a list in the place of ours", "factory: []\n"],
    ["ourselves in ourselves", "factory: &a [*a]\n"],
    ["a tag of a language", "factory: !!js/function 'x'\n"],
    ["a prototype", "factory: {__proto__: {digest: x}}\n"],
    ["a digest that is a path", "factory: {digest: ../../x}\n"],
    ["publications that are no list", `factory: {digest: "${digest}", publications: {}}\n`],
  ])("state: %s", async (_, text) => {
    await writeFile(join(folder, "images", "x.yaml"), text);
    await bounded(() =>
      expect(readState(folder, "x")).rejects.toMatchObject({ code: "state-invalid", exitStatus: 78 }),
    );
  });

  test.each<readonly [string, string]>([
    ...documents,
    ["a time that is none", `${record}lastChecked: yesterday\n`],
    [
      "digests that are none",
      `${record}factory: {digests: [{digest: ../x, firstSeen: 2026-01-01, platforms: {}}]}\n`,
    ],
    ["a hold without a reason", `${record}factory: {hold: {digest: "${digest}"}}\n`],
    ["findings that are no list", `${record}factory: {scans: [{digest: "${digest}", findings: x}]}\n`],
  ])("a base's record: %s", async (_, text) => {
    await bounded(() =>
      expect(() => parseRecord(text, "x.yaml")).toThrow(
        expect.objectContaining({
          code: "state-invalid",
          message: expect.stringContaining("x.yaml is damaged: "),
        }),
      ),
    );
  });

  test.each<readonly [string, string]>([
    ...documents,
    ["a registry with a login", 'registry: "u:hunter2@h.example"\n'],
    ["a key of a prototype", "__proto__: {registry: x}\n"],
  ])("factory.yaml: %s", async (_, text) => {
    await bounded(() =>
      expect(() => parseSettings(text)).toThrow(
        expect.objectContaining({
          code: "settings-invalid",
          problems: expect.not.arrayContaining([expect.stringContaining("hunter2")]),
        }),
      ),
    );
  });
});

const rule = (more: Partial<TagRule>): TagRule => ({
  strategy: "Lexical",
  allowTags: undefined,
  constraint: undefined,
  ignoreTags: [],
  ...more,
});
const longTag = `${"a".repeat(127)}_`;

describe("an expression that runs away is stopped, whatever tags a registry lists", () => {
  test.each([
    "^(a+)+$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "^((a{1,100}){1,100}){1,100}$",
    "^(?:.*a){20}$",
    "^(\\w+\\w?)*!$",
  ])("%s", async (allowTags) => {
    await bounded(() =>
      expect(() => selectTag(rule({ allowTags }), [longTag])).toThrow(
        expect.objectContaining({
          code: "images-invalid",
          message: expect.stringContaining("takes more than 1 s"),
        }),
      ),
    );
  });

  test("one of a single repetition is judged for ten thousand tags", async () => {
    const tags = Array.from({ length: 10_000 }, (_, index) => `${index}.${longTag}`.slice(0, 128));
    expect(await bounded(() => selectTag(rule({ allowTags: "a*b$" }), tags))).toEqual({ kind: "none" });
  });

  test.each(["9".repeat(128), `1.${"9".repeat(100)}`, "v99999999999999999999", "1.2.3-".padEnd(128, "-")])(
    "the tag %s is in no range, or in one, and is no bug",
    (tag) => {
      expect(typeof coversTag(rule({ strategy: "SemVer", constraint: ">=1 || <0.1" }), tag)).toBe("boolean");
      expect(selectTag(rule({ strategy: "SemVer", constraint: "^2" }), [tag])).toEqual({ kind: "none" });
    },
  );
});

describe("an ignore file of a source costs no more than its length", () => {
  test.each([
    ["many stars", `${"*a".repeat(60)}b`, "a".repeat(250)],
    ["many folders", `${"**/a/".repeat(60)}b`, `${"a/".repeat(120)}c`],
    ["stars of both kinds", `${"**/*a*".repeat(30)}b`, `${"a/".repeat(60)}${"a".repeat(100)}`],
    ["questions without number", `${"?*".repeat(100)}b`, "a".repeat(250)],
    ["classes", `${"[a-z]*".repeat(60)}1`, "a".repeat(250)],
  ])("%s", async (_, pattern, path) => {
    await bounded(() => expect(readIgnoreRules(pattern, "i").judge(path, undefined).ignored).toBe(false));
  });

  test.each([
    ["a pattern longer than any path", `${"a".repeat(5_000)}`, /i:1: expected a pattern of at most 4096/],
    ["patterns without number", "a*\n".repeat(10_001), /i: expected at most 10000 patterns, got 10001/],
    ["a class that is not closed", "[".repeat(4_000), /i:1: .* is not a valid pattern/],
  ])("%s is refused", (_, text, message) => {
    expect(() => readIgnoreRules(text, "i")).toThrow(
      expect.objectContaining({ code: "source-invalid", message: expect.stringMatching(message) }),
    );
  });

  test("patterns of many wildcards mean what they mean to a regular expression", () => {
    const alphabet = ["a", "/", "*", "**", "**/", "?", "b"];
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor(seed / 65_536) % below;
    };
    for (let round = 0; round < 3_000; round += 1) {
      const words = Array.from({ length: 3 + next(6) }, () => alphabet[next(alphabet.length)] ?? "");
      const pattern = `a*${words.join("")}*b`.replace(/\*{3,}/g, "**").replace(/\/{2,}/g, "/");
      const path = Array.from({ length: 1 + next(9) }, () => "ab/"[next(3)]).join("");
      const plain = pattern.replace(/\*\*\/?|\*|\?/g, (run) =>
        run === "*" ? "[^/]*" : run === "?" ? "[^/]" : "(?:.*/)?",
      );
      const rules = readIgnoreRules(pattern, "i");
      expect(rules.judge(path, undefined).ignored, `${pattern} of ${path}`).toBe(
        new RegExp(`^${plain}$`, "s").test(path),
      );
    }
  });
});
