import { expect, test } from "vitest";
import { retiredVersions, versionOf } from "../../src/gc/versions.ts";
import { digestOf, shortDigest } from "../../src/registry/digest.ts";

const day = 86_400_000;
const now = Date.parse("2026-11-21T00:00:00Z");
const version = (name: string, daysAgo: number) => {
  const digest = digestOf(name);
  const at = new Date(now - daysAgo * day).toISOString();
  return { tag: `${at.slice(0, 19).replaceAll(/[-:]/g, "")}Z-${shortDigest(digest)}`, digest, at };
};
const retired = (versions: readonly ReturnType<typeof version>[], last: number, days: number) =>
  retiredVersions(versions, { last, forMs: days * day }, now).map(({ tag }) => tag);

test("the newest digests stay, and so do those that are young", () => {
  const [a, b, c, d] = [version("a", 1), version("b", 10), version("c", 20), version("d", 30)];
  expect(retired([d, b, a, c], 1, 0)).toEqual([d.tag, b.tag, c.tag]);
  expect(retired([d, b, a, c], 1, 15)).toEqual([d.tag, c.tag]);
  expect(retired([d, b, a, c], 3, 15)).toEqual([d.tag]);
  expect(retired([d, b, a, c], 4, 0)).toEqual([]);
});

test("a digest that was published again counts once, and is as old as its latest publication", () => {
  const [old, again, other, oldest] = [version("a", 30), version("a", 1), version("b", 10), version("c", 40)];
  expect(retired([old, again, other, oldest], 2, 0)).toEqual([oldest.tag]);
});

test("a tag of the form of a unique tag that holds another digest is none", () => {
  const { tag, digest } = version("a", 1);
  expect(versionOf(tag, digest)?.digest).toBe(digest);
  expect(versionOf(tag, digestOf("b"))).toBeUndefined();
  expect(versionOf("latest", digest)).toBeUndefined();
  expect(versionOf(`20269999T000000Z-${shortDigest(digest)}`, digest)).toBeUndefined();
});
