import { describe, expect, it } from "vitest";
import { baseWord, planForm } from "../../src/command/plan-words.ts";

const none = { IMAGE: undefined, BASE: undefined };
const off = { dependants: false, graph: false, json: false };

describe("the words of plan", () => {
  it.each([
    [none, off, "text"],
    [none, { ...off, json: true }, "json"],
    [none, { ...off, graph: true }, "graph"],
    [{ ...none, BASE: "node:22" }, off, "dependants"],
    [{ ...none, BASE: "node:22" }, { ...off, dependants: true, json: true }, "dependants"],
    [{ ...none, IMAGE: "a" }, { ...off, dependants: true }, "dependants"],
    [{ ...none, IMAGE: "a" }, off, "text"],
  ])("%j and %j ask for %s", (words, flags, form) => {
    expect(planForm(words, flags)).toBe(form);
  });

  it.each([
    [{ IMAGE: "a", BASE: "b" }, off],
    [none, { ...off, dependants: true }],
    [none, { ...off, graph: true, json: true }],
    [
      { ...none, BASE: "b" },
      { ...off, graph: true },
    ],
  ])("%j and %j do not go together", (words, flags) => {
    expect(() => planForm(words, flags)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  it("take a base by any reference or name, and nothing else", () => {
    expect(baseWord.parse("ghcr.io/acme/base:1")).toEqual({ value: "ghcr.io/acme/base:1" });
    expect(baseWord.parse("my-base")).toEqual({ value: "my-base" });
    expect(baseWord.parse("Not A Base")).toEqual({
      expected: expect.stringContaining("expected a reference"),
    });
  });
});
