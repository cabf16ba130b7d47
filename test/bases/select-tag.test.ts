import fc from "fast-check";
import { satisfies } from "semver";
import { describe, expect, test } from "vitest";
import { onlyTag } from "../../src/bases/allow-tags.ts";
import { allowsTag, buildCandidates, coversTag, newerTags, selectTag } from "../../src/bases/select-tag.ts";
import type { TagRule } from "../../src/enrolment/enrolment.ts";

const rule = (changes: Partial<TagRule> = {}): TagRule => ({
  strategy: "Lexical",
  allowTags: undefined,
  constraint: undefined,
  ignoreTags: [],
  ...changes,
});
const semver = (constraint?: string, changes: Partial<TagRule> = {}) =>
  rule({ strategy: "SemVer", constraint, ...changes });
const selected = (tag: string) => ({ kind: "selected", tag });
const none = { kind: "none" };

describe("SemVer", () => {
  test.each<[string, TagRule, readonly string[], object]>([
    ["selects the highest, not the last by name", semver(), ["1.9.0", "1.10.0", "1.2.0"], selected("1.10.0")],
    ["selects within the constraint", semver("^1.0"), ["1.9.0", "2.0.0"], selected("1.9.0")],
    [
      "selects within one of several ranges",
      semver("^1 || ^3"),
      ["1.9.0", "2.0.0", "3.1.0", "4.0.0"],
      selected("3.1.0"),
    ],
    [
      "takes no prerelease where the constraint has none",
      semver("^1.0"),
      ["1.1.0", "1.2.0-rc.1"],
      selected("1.1.0"),
    ],
    [
      "takes a prerelease where the constraint has one",
      semver("^1.0.0-0"),
      ["1.1.0", "1.2.0-rc.1"],
      selected("1.2.0-rc.1"),
    ],
    [
      "takes a prerelease only by the range that has one",
      semver("^1.0.0-0 || ^2.0.0"),
      ["1.2.0-rc.1", "2.1.0-rc.1"],
      selected("1.2.0-rc.1"),
    ],
    [
      "takes a release before a higher prerelease without a constraint",
      semver(),
      ["1.1.0", "1.2.0-rc.1"],
      selected("1.1.0"),
    ],
    [
      "takes a suffix for a prerelease, and it where there is nothing else",
      semver(undefined, { allowTags: "-slim$" }),
      ["22.4.0-slim", "22.10.0-slim", "22.11.0"],
      selected("22.10.0-slim"),
    ],
    [
      "does not take a tag that moves for a version",
      semver(),
      ["22", "22.1", "latest", "21.0.0"],
      selected("21.0.0"),
    ],
    ["knows a v before the version", semver("^1"), ["v1.2.0", "1.1.0"], selected("v1.2.0")],
    ["takes the last by name of two that are one version", semver(), ["1.2.0", "v1.2.0"], selected("v1.2.0")],
    ["selects nothing where nothing fits", semver("^9"), ["1.0.0"], none],
    [
      "ignores what it is to ignore",
      semver("^1", { ignoreTags: ["1.9.0"] }),
      ["1.8.0", "1.9.0"],
      selected("1.8.0"),
    ],
  ])("%s", (_, own, tags, expected) => {
    expect(selectTag(own, tags)).toEqual(expected);
  });
});

describe("Lexical", () => {
  test.each<[string, TagRule, readonly string[], object]>([
    ["selects the last by name", rule(), ["2026-01-02", "2026-11-01", "2025-12-31"], selected("2026-11-01")],
    ["counts characters, not numbers", rule(), ["1.9", "1.10"], selected("1.9")],
    [
      "among those that are allowed",
      rule({ allowTags: "^22-.*-slim$" }),
      ["22-bookworm-slim", "23-slim"],
      selected("22-bookworm-slim"),
    ],
    ["and not ignored", rule({ ignoreTags: ["b"] }), ["a", "b"], selected("a")],
    ["selects nothing of nothing", rule(), [], none],
  ])("%s", (_, own, tags, expected) => {
    expect(selectTag(own, tags)).toEqual(expected);
  });
});

describe("NewestBuild", () => {
  const own = rule({ strategy: "NewestBuild", allowTags: "^main-" });
  const builtAt = new Map([
    ["main-1", "2026-01-03T00:00:00Z"],
    ["main-2", "2026-01-02T00:00:00+00:00"],
    ["main-3", "2026-01-03T01:00:00+02:00"],
    ["dev-1", "2026-12-01T00:00:00Z"],
  ]);

  test("selects what was built last, in whatever zone, among those allowed", () => {
    expect(selectTag(own, ["main-1", "main-2", "main-3", "dev-1"], builtAt)).toEqual(selected("main-1"));
  });

  test("takes the last by name of those that say the same time, and none that says no time", () => {
    const same = new Map([
      ["main-1", "2026-01-01T00:00:00Z"],
      ["main-2", "2026-01-01T00:00:00Z"],
    ]);
    expect(selectTag(own, ["main-1", "main-2", "main-9"], same)).toEqual(selected("main-2"));
    expect(selectTag(own, ["main-9"], same)).toEqual(none);
  });

  test("asks first for those whose number is the highest", () => {
    expect(buildCandidates(own, ["main-9", "main-10", "dev-99", "main-1"])).toEqual([
      "main-10",
      "main-9",
      "main-1",
    ]);
  });
});

describe("Digest", () => {
  test.each<[string, TagRule, readonly string[], object]>([
    [
      "watches the one tag that is allowed",
      rule({ strategy: "Digest", allowTags: "^22$" }),
      ["22", "22.1", "23"],
      selected("22"),
    ],
    [
      "says where several are allowed",
      rule({ strategy: "Digest", allowTags: "^22" }),
      ["22", "22.1"],
      { kind: "ambiguous", tags: ["22.1", "22"] },
    ],
    ["says where none is", rule({ strategy: "Digest", allowTags: "^21$" }), ["22"], none],
  ])("%s", (_, own, tags, expected) => {
    expect(selectTag(own, tags)).toEqual(expected);
  });

  test.each([
    ["^22-slim$", "22-slim"],
    ["^22\\.1-slim$", "22.1-slim"],
    ["^22.1$", undefined],
    ["^22", undefined],
    ["22$", undefined],
    ["^(a|b)$", undefined],
  ])("needs a list of tags for %s unless that names one: %s", (allowTags, tag) => {
    expect(onlyTag(allowTags)).toBe(tag);
  });
});

describe("what is newer than a tag in use", () => {
  test("is what the rule prefers to it, the best first", () => {
    expect(newerTags(semver(), ["1.0.0", "1.1.0", "1.2.0", "1.2.0-rc.1"], "1.0.0")).toEqual([
      "1.2.0",
      "1.1.0",
    ]);
    expect(newerTags(semver(), ["1.0.0", "1.1.0"], "1.1.0")).toEqual([]);
  });

  test("is all that the rule knows where it does not know that one", () => {
    expect(newerTags(semver(), ["1.0.0", "1.1.0"], "latest")).toEqual(["1.1.0", "1.0.0"]);
  });
});

describe("a rule is about a base", () => {
  test.each<[string, Partial<TagRule>, boolean]>([
    ["22-slim", {}, true],
    ["22-slim", { allowTags: "^20" }, false],
    ["22-slim", { ignoreTags: ["22-slim"] }, false],
    // Tags that move stand for versions of the range.
    ["20", { constraint: "^20.5" }, true],
    ["20.9-slim", { constraint: "^20.5" }, true],
    ["20.4-slim", { constraint: "^20.5" }, false],
    ["20.6.1-slim", { constraint: "^20.5" }, true],
    ["22", { constraint: "^20.5" }, false],
    ["latest", { constraint: "^20.5" }, false],
    ["latest", {}, true],
  ])("whose tag is %s, by %o: %s", (tag, changes, covers) => {
    expect(coversTag(rule({ strategy: "SemVer", ...changes }), tag)).toBe(covers);
  });
});

const tagText = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(12), fc.nat(3)).map((parts) => parts.join(".")),
  fc
    .tuple(fc.nat(3), fc.nat(12), fc.nat(3), fc.constantFrom("rc.1", "slim"))
    .map(([a, b, c, pre]) => `${a}.${b}.${c}-${pre}`),
  fc.constantFrom("latest", "1", "1.2", "main-1", "v1.2.3"),
);
const rules = fc.record({
  strategy: fc.constantFrom("SemVer" as const, "Lexical" as const, "Digest" as const, "NewestBuild" as const),
  allowTags: fc.constantFrom(undefined, "^1", "-slim$", "^1\\.2\\.3$"),
  constraint: fc.constantFrom(undefined, "^1.2", ">=1.0.0-0", "1.x || 3.x"),
  ignoreTags: fc.subarray(["latest", "1.2.3"]),
});
const built = (tags: readonly string[]) =>
  new Map(tags.map((tag, at) => [tag, new Date(Date.UTC(2026, 0, 1 + ((at * 7) % 5))).toISOString()]));

test("whatever the order of the tags, the same is selected, and it is one that is there and allowed", () => {
  fc.assert(
    fc.property(rules, fc.uniqueArray(tagText), (own, tags) => {
      const builtAt = built(tags.toSorted());
      const selection = selectTag(own, tags, builtAt);
      expect(selectTag(own, tags.toReversed(), builtAt)).toEqual(selection);
      if (selection.kind !== "selected") return;
      expect(tags).toContain(selection.tag);
      expect(allowsTag(own, selection.tag)).toBe(true);
      expect(newerTags(own, tags, selection.tag, builtAt)).toEqual([]);
    }),
  );
});

test("a prerelease is selected only by a constraint that has one, or where nothing else is", () => {
  fc.assert(
    fc.property(rules, fc.uniqueArray(tagText), (given, tags) => {
      const own: TagRule = { ...given, strategy: "SemVer" };
      const selection = selectTag(own, tags);
      if (selection.kind !== "selected" || !/-/.test(selection.tag)) return;
      if (own.constraint !== undefined) expect(own.constraint).toMatch(/-/);
      else
        expect(
          tags.some((tag) => allowsTag(own, tag) && satisfies(tag, "*") && /^v?\d+\.\d+\.\d+$/.test(tag)),
        ).toBe(false);
    }),
  );
});

test("one more tag is selected itself or changes nothing, where versions and names are compared", () => {
  fc.assert(
    fc.property(rules, fc.uniqueArray(tagText, { minLength: 1 }), tagText, (given, tags, added) => {
      const own: TagRule = { ...given, strategy: "Lexical" };
      const [before, after] = [selectTag(own, tags), selectTag(own, [...new Set([...tags, added])])];
      if (after.kind === "selected" && after.tag !== added) expect(after).toEqual(before);
    }),
  );
});
