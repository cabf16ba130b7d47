import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlatformInputs, platformKey, recipeVersion } from "../../src/plan/platform-key.ts";
import { digest } from "./facts.ts";

const inputs: PlatformInputs = {
  recipe: recipeVersion,
  platform: "linux/amd64",
  files: digest("files"),
  dockerfile: digest("FROM scratch"),
  args: { A: "1", B: "2" },
  target: null,
  network: "default",
  labels: { x: "y" },
  secrets: ["npm", "pip"],
  epoch: null,
  bases: { "docker.io/library/debian:12 for linux/amd64": digest("debian") },
};

const name = fc.string({ minLength: 1, maxLength: 8 });
const changed: { readonly [K in keyof PlatformInputs]: fc.Arbitrary<PlatformInputs[K]> } = {
  recipe: fc.integer({ min: recipeVersion + 1, max: 1000 }),
  platform: fc.constant("linux/arm64"),
  files: fc.string().map((text) => digest(`other ${text}`)),
  dockerfile: fc.oneof(
    fc.constant(null),
    fc.string().map((text) => digest(`other ${text}`)),
  ),
  args: fc
    .dictionary(name, fc.string())
    .filter((args) => JSON.stringify(args) !== JSON.stringify(inputs.args)),
  target: name,
  network: fc.constant("none"),
  labels: fc.dictionary(name, fc.string()).filter((labels) => labels["x"] !== "y"),
  secrets: fc.array(name, { maxLength: 3 }).filter((ids) => ids.toSorted().join() !== "npm,pip"),
  epoch: fc.integer({ min: 1, max: 4_000_000_000 }),
  bases: fc.dictionary(
    name,
    fc.string().map((text) => digest(text)),
  ),
};

describe("platformKey", () => {
  for (const field of Object.keys(changed) as (keyof PlatformInputs)[]) {
    it(`is another for another ${field}`, () => {
      fc.assert(
        fc.property(changed[field] as fc.Arbitrary<unknown>, (value) => {
          expect(platformKey({ ...inputs, [field]: value })).not.toBe(platformKey(inputs));
        }),
        { numRuns: 30 },
      );
    });
  }

  it("is the same whatever order maps and secrets were written in", () => {
    const shuffled = Object.fromEntries(
      Object.entries({ ...inputs, args: { B: "2", A: "1" }, secrets: ["pip", "npm"] }).toReversed(),
    ) as unknown as PlatformInputs;
    expect(platformKey(shuffled)).toBe(platformKey(inputs));
  });

  it("stays what it was: a changed key rebuilds every image of every user", () => {
    expect(platformKey(inputs)).toMatchInlineSnapshot(
      `"sha256:55036d6c4b46ce217601e7982fdc2efb8c0f17b9845fca5b9c33831f6d10a260"`,
    );
  });
});
