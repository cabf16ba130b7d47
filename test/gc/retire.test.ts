import { expect, it } from "vitest";
import type { Recorded } from "../../src/gc/needs.ts";
import type { Place } from "../../src/gc/places.ts";
import { type RetireDoor, retiredPublications } from "../../src/gc/retire.ts";
import { uniqueTagOf } from "../../src/publish/record.ts";
import { digestOf } from "../../src/registry/digest.ts";
import type { ImageState } from "../../src/state/image-state.ts";

const [newer, older] = [digestOf("newer"), digestOf("older")];
const [newAt, oldAt] = ["2026-11-20T00:00:00.000Z", "2026-01-01T00:00:00.000Z"];
const [newTag, oldTag] = [uniqueTagOf(newer, newAt), uniqueTagOf(older, oldAt)];
const tags = { [newTag]: newer, [oldTag]: older, "v1.0": older, commit: older, prod: older };
const place = {
  repository: { registry: "factory.localhost", path: "app" },
  images: ["app"],
} as unknown as Place;
const state = {
  publications: [
    { digest: newer, uniqueTag: newTag, at: newAt },
    { digest: older, uniqueTag: oldTag, at: oldAt },
  ],
  tags: { commit: { digest: older, at: oldAt }, prod: { digest: older, at: newAt, promoted: true } },
} as unknown as ImageState;

it("a tag that a promotion has set stays, whatever rule lets its publication go", async () => {
  const recorded = {
    records: new Map([["app", { state }]]),
  } as unknown as Recorded;
  const door = {
    client: { listReferrers: async () => [] },
    enrolments: new Map(),
    policyOf: () => ({ last: 1, forMs: 0, tags: "^v" }),
    stagedMs: 0,
    now: Date.parse("2026-11-21T00:00:00Z"),
  } as unknown as RetireDoor;
  const retired = await retiredPublications(place, tags, recorded, door);
  expect([...retired.keys()].toSorted()).toEqual([oldTag, "commit"].toSorted());
});
