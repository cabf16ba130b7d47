import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { didYouMean, editDistance, suggestion } from "../../src/enrolment/suggestion.ts";

describe("a suggestion", () => {
  test.each([
    ["tagz", ["tags", "target", "args"], "tags"],
    ["PLATFROM", ["PLATFORM", "TAG"], "PLATFORM"],
    ["image", ["IMAGE"], "IMAGE"],
    ["anotations", ["annotations", "labels"], "annotations"],
    ["helo", ["hello", "world"], "hello"],
    ["zzz", ["hello", "world"], undefined],
    ["", ["hello"], undefined],
  ])("for %j out of %j is %j", (word, candidates, expected) => {
    expect(suggestion(word, candidates)).toBe(expected);
  });

  test("is a question in brackets, or nothing", () => {
    expect(didYouMean("tagz", ["tags"])).toBe(' (did you mean "tags"?)');
    expect(didYouMean("zzz", ["tags"])).toBe("");
  });

  test("is never further away than one edit for three letters", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 12 }),
        fc.array(fc.string({ maxLength: 12 })),
        (word, candidates) => {
          const found = suggestion(word, candidates);
          if (found === undefined) return;
          const distance = editDistance(word.toLowerCase(), found.toLowerCase());
          expect(distance).toBeLessThanOrEqual(Math.max(1, Math.floor(word.length / 3)));
        },
      ),
    );
  });
});

describe("the edit distance", () => {
  test.each([
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "ab", 1],
    ["abc", "abd", 1],
    ["abc", "acb", 1],
    ["kitten", "sitting", 3],
    ["", "abc", 3],
  ])("of %j and %j is %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  test("is the same both ways, zero for equal words alone, and at most the longer length", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 10 }), fc.string({ maxLength: 10 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b, 2)).toBe(Math.min(distance, 2));
      }),
    );
  });
});
