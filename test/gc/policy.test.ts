import { expect, test } from "vitest";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { policyOf, stagedMs } from "../../src/gc/policy.ts";

const hour = 3_600_000;
const settings = {
  keepLast: 5,
  keepFor: "1d12h",
  keepTags: undefined,
  keepStaged: "2d",
  publish: "tags",
} as const;
const image = (keep: Enrolment["keep"]) => ({ keep }) as Enrolment;

test("images.yaml overrules settings, each rule by itself", () => {
  expect(policyOf(settings, undefined)).toEqual({ last: 5, forMs: 36 * hour, tags: undefined });
  expect(policyOf(settings, image({ last: 1, tags: "^v" }))).toEqual({
    last: 1,
    forMs: 36 * hour,
    tags: "^v",
  });
  expect(stagedMs(settings)).toBe(48 * hour);
});

test("where Kargo moves the tags, no less is kept than of its Freight", () => {
  const kept = policyOf({ ...settings, publish: "unique" }, image({ forMs: 1_000 * hour }));
  expect(kept).toEqual({ last: 20, forMs: 1_000 * hour, tags: undefined });
  expect(policyOf({ ...settings, publish: "unique" }, undefined).forMs).toBe(336 * hour);
});
