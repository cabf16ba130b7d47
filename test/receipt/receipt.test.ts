import { describe, expect, it } from "vitest";
import { parseReceipt } from "../../src/receipt/receipt.ts";
import { rollbackTarget } from "../../src/receipt/rollback-target.ts";
import { digestOf } from "../../src/registry/digest.ts";
import type { ImageState, Publication } from "../../src/state/image-state.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const published = (content: string, at: string): Publication => ({
  digest: digestOf(content),
  uniqueTag: `${at}-${content}`,
  at,
});

describe("what a rollback goes back to", () => {
  const [third, second, first] = [
    published("b", "2026-01-03T00:00:00.000Z"),
    published("b", "2026-01-02T00:00:00.000Z"),
    published("a", "2026-01-01T00:00:00.000Z"),
  ];
  const publications = [third, second, first];
  const state = { digest: third.digest } as ImageState;
  const target = (to?: string, hold?: { from: Publication; to: Publication }) =>
    rollbackTarget(
      "app",
      to,
      {
        state,
        hold:
          hold === undefined
            ? undefined
            : { why: "x", at: "", rollback: { from: hold.from.digest, to: hold.to.digest } },
      },
      publications,
    );

  it("is the newest digest that is not the standing one, whatever was published twice", () => {
    expect(target()).toBe(first);
  });

  it("is what a rollback that died was about to put back", () => {
    expect(target(undefined, { from: first, to: second })).toBe(third);
    expect(target("2", { from: first, to: second })).toBe(first);
  });

  it("is named by a number of publications, a digest or its first digits", () => {
    expect(target("1")).toBe(second);
    expect(target(first.digest)).toBe(first);
    expect(target(first.digest.slice("sha256:".length, 20))).toBe(first);
    expect(() => target("3")).toThrow("app: there is no publication 3");
    expect(() => target(digestOf("c"))).toThrow("there is no publication sha256:");
  });

  it("is nothing where nothing else was published", () => {
    expect(() => rollbackTarget("app", undefined, { state, hold: undefined }, [third, second])).toThrow(
      "app: nothing was published before what its tags have",
    );
  });
});

describe("a receipt that was read from a registry", () => {
  it.each([
    ["no JSON", new TextEncoder().encode("{")],
    ["no text", new Uint8Array([0xff])],
    ["null", bytes(null)],
    ["one of a newer form", bytes({ receipt: 2 })],
    ["one without its publication", bytes({ receipt: 1, image: "a", repository: "r", digest: "d" })],
  ])("is refused when it is %s", (_, given) => {
    expect(() => parseReceipt(given, "r/a@d")).toThrow("r/a@d is no receipt that this factory can read");
  });
});
