import { describe, expect, it } from "vitest";
import { orderByNeeds, withNeeds } from "../../src/plan/graph.ts";

function needsOf(edges: Readonly<Record<string, readonly string[]>>) {
  return (name: string) => edges[name] ?? [];
}

describe("orderByNeeds", () => {
  it("puts each name after everything it needs and keeps the order otherwise", () => {
    const needs = needsOf({ c: ["b"], b: ["a"], d: [] });
    expect(orderByNeeds(["d", "c", "b", "a"], needs)).toEqual(["d", "a", "b", "c"]);
  });

  it("prints a circle in order", () => {
    const needs = needsOf({ a: ["b"], b: ["c"], c: ["b"] });
    expect(() => orderByNeeds(["a", "b", "c"], needs)).toThrow(/in a circle: b → c → b$/);
  });

  it("takes an image that needs itself for a circle", () => {
    expect(() => orderByNeeds(["a"], needsOf({ a: ["a"] }))).toThrow(/a → a$/);
  });

  it("leaves out what is not asked for", () => {
    expect(orderByNeeds(["b"], needsOf({ b: ["a"] }))).toEqual(["b"]);
  });

  it("orders a chain that is deeper than the call stack", () => {
    const names = Array.from({ length: 50_000 }, (_, index) => `image-${index}`);
    const ordered = orderByNeeds(names, (name) => {
      const next = Number(name.slice(6)) + 1;
      return next < names.length ? [`image-${next}`] : [];
    });
    expect(ordered[0]).toBe("image-49999");
    expect(ordered).toHaveLength(names.length);
  });
});

describe("withNeeds", () => {
  it("finds everything below, each once", () => {
    const needs = needsOf({ app: ["runtime", "tools"], runtime: ["base"], tools: ["base"] });
    expect([...withNeeds(["app"], needs)]).toEqual(["app", "runtime", "tools", "base"]);
  });
});
