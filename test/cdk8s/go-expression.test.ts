import { describe, expect, it } from "vitest";
import { goRefuses } from "../../cdk8s/kargo/go-expression.ts";

/** Each was given to Go's regexp.Compile (1.26), which takes these as JavaScript does. */
const taken = [
  "^3\\.\\d+$",
  "\\-\\_\\/",
  "(?<name>a)",
  "[a\\-b]",
  "]",
  "a{,3}",
  "{",
  "\\x41",
  "\\bx",
  "(?i:a)",
  "a{1000}",
  "[[a]",
  "[^-]",
  "[\\w.-]+",
  "[\\]]",
  "[\\d-x]",
  "(a|b)??",
];

/** And refuses these, or reads something else. */
const refused = [
  "a(?=b)",
  "a(?!b)",
  "(?<=a)b",
  "(?<!a)b",
  "(a)\\1",
  "(?<n>a)\\k<n>",
  "\\cA",
  "\\u0041",
  "\\p{L}",
  "\\Q",
  "\\z",
  "[\\b]",
  "[a-\\d]",
  "[]",
  "[^]",
  "[[:alpha:]]",
  "a{1001}",
  "a{2,2000}",
];

describe("a regular expression", () => {
  it.each(taken)("%s is read by Go as by JavaScript", (expression) => {
    expect(goRefuses(expression)).toBeUndefined();
    expect(() => new RegExp(expression)).not.toThrow();
  });

  it.each(refused)("%s is refused with what Go lacks", (expression) => {
    expect(goRefuses(expression)).toMatch(/^(?:has|looks|refers|repeats) /);
  });
});
