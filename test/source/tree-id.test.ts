import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SentEntry, treeIdOf } from "../../src/source/tree-id.ts";

const name = fc.string({ minLength: 1, unit: "grapheme" }).map((text) => text.replaceAll(/[\0/]/g, "_"));
const sha256 = fc.constantFrom("a".repeat(64), "b".repeat(64));
const entry: fc.Arbitrary<SentEntry> = fc.oneof(
  fc.record({ kind: fc.constant("directory" as const), path: name }),
  fc.record({ kind: fc.constant("file" as const), path: name, executable: fc.boolean(), sha256 }),
  fc.record({ kind: fc.constant("link" as const), path: name, target: name }),
);
const entries = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 6 });

describe("the identity of a tree", () => {
  test("does not depend on the order in which its entries are found", () => {
    const shuffled = entries.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(fc.property(shuffled, ([list, other]) => treeIdOf(list) === treeIdOf(other)));
  });

  test("differs for any two different trees", () => {
    const sorted = (list: readonly SentEntry[]) =>
      JSON.stringify(list.toSorted((a, b) => (a.path < b.path ? -1 : 1)));
    fc.assert(
      fc.property(entries, entries, (a, b) => (treeIdOf(a) === treeIdOf(b)) === (sorted(a) === sorted(b))),
    );
  });

  test("changes with each thing that it is made of", () => {
    const file: SentEntry = { kind: "file", path: "a", executable: false, sha256: "a".repeat(64) };
    const variants: SentEntry[] = [
      file,
      { ...file, path: "b" },
      { ...file, executable: true },
      { ...file, sha256: "b".repeat(64) },
      { kind: "link", path: "a", target: "x" },
      { kind: "link", path: "a", target: "y" },
      { kind: "directory", path: "a" },
      { kind: "directory", path: "é" },
      { kind: "directory", path: "e\u0301" },
    ];
    expect(new Set([...variants.map((variant) => treeIdOf([variant])), treeIdOf([])]).size).toBe(
      variants.length + 1,
    );
  });

  test("is written down here, because a change of it would rebuild everything that was ever built", () => {
    const known: SentEntry[] = [
      { kind: "file", path: "Dockerfile", executable: false, sha256: "0".repeat(64) },
      { kind: "directory", path: "bin" },
      { kind: "link", path: "bin/x", target: "../Dockerfile" },
    ];
    expect(treeIdOf(known)).toBe("sha256:919a810fd1812fe9f3a4b45b830b781fc67da183bcd67b333ad76a7951178e0a");
  });
});
