import { describe, expect, test } from "vitest";
import { expandRef, parseRefs, refMissing, versionAt, versionOfTag } from "../../../src/source/git/refs.ts";

const a = "a".repeat(40);
const b = "b".repeat(40);

test("a listing gives each ref its commit, and an annotated tag that of what it stands for", () => {
  const listing = `${a}\tHEAD\n${a}\trefs/heads/main\n${b}\trefs/tags/v1\n${a}\trefs/tags/v1^{}\nwarning: noise\n`;
  expect([...parseRefs(listing)]).toEqual([
    ["HEAD", a],
    ["refs/heads/main", a],
    ["refs/tags/v1", a],
  ]);
});

test.each([
  ["v1.2.3", "1.2.3"],
  ["1.2.3", "1.2.3"],
  ["v1.2.3-rc.1", "1.2.3-rc.1"],
  ["1.2.3+build.5", "1.2.3+build.5"],
  ["v1.2", undefined],
  ["release-1.2.3", undefined],
  ["vv1.2.3", undefined],
  ["v01.2.3", undefined],
  ["V1.2.3", undefined],
])("the tag %s is the version %s", (tag, version) => {
  expect(versionOfTag(`refs/tags/${tag}`)).toBe(version);
  expect(versionOfTag(`refs/heads/${tag}`)).toBeUndefined();
});

test("the version of a commit is the highest whose tag stands there", () => {
  const tags = ["v1.9.0", "v1.10.0", "v1.10.0-rc.1", "latest"].map((tag) => [`refs/tags/${tag}`, a] as const);
  const refs = new Map([...tags, ["refs/tags/v9.0.0", b]]);
  expect(versionAt(refs, a)).toBe("1.10.0");
  expect(versionAt(refs, "c".repeat(40))).toBeUndefined();
});

describe("a short name", () => {
  const refs = new Map([
    ["HEAD", a],
    ["refs/heads/x", a],
    ["refs/tags/x", b],
    ["refs/heads/refs/heads/odd", b],
  ]);

  test.each([
    [undefined, "HEAD"],
    ["HEAD", "HEAD"],
    ["x", "refs/tags/x"],
    ["heads/x", "refs/heads/x"],
    ["refs/heads/x", "refs/heads/x"],
    ["refs/heads/odd", "refs/heads/refs/heads/odd"],
    ["X", undefined],
    ["", undefined],
  ])("%s stands for %s", (ref, name) => {
    expect(expandRef(refs, ref)).toBe(name);
  });
});

test("a shortened commit is told that it needs all its digits", () => {
  expect(refMissing(new Map(), "abcdef1", "url").hint).toMatch(/40 digits/);
});
