import { expect, test } from "vitest";
import type { Recorded } from "../../src/gc/needs.ts";
import { retiredStaging } from "../../src/gc/retire-staging.ts";
import { digestOf } from "../../src/registry/digest.ts";
import type { ImageRecord } from "../../src/state/state-file.ts";

const day = 86_400_000;
const now = Date.parse("2026-11-21T00:00:00Z");
const hex = (name: string) => digestOf(name).slice(7);
const published = { registry: "r.example.com", path: "app" };
const place = {
  kind: "staging" as const,
  repository: { ...published, path: "app-staging" },
  published,
  images: ["app"],
};
const recorded: Recorded = {
  records: new Map([
    [
      "app",
      {
        state: {
          digest: digestOf("index"),
          repository: "r.example.com/app",
          platforms: { "linux/amd64": { key: digestOf("key"), digest: digestOf("image") } },
        },
      } as unknown as ImageRecord,
    ],
  ]),
  needs: new Map(),
};
const tags = Object.fromEntries(
  [hex("key"), `${hex("key")}-parts`, hex("old"), hex("ahead"), "theirs"].map((tag) => [tag, digestOf(tag)]),
);
const client = {} as never;

test("a staged platform goes when it was seen unused for long enough, never what is published or of somebody else", async () => {
  const first = await retiredStaging(
    place,
    tags,
    recorded,
    { seen: {}, loose: [] },
    { client, now, stagedMs: day },
  );
  expect([...first.retired.keys()]).toEqual([]);
  expect(Object.keys(first.seen)).toEqual([`${hex("key")}-parts`, hex("old"), hex("ahead")]);

  const ahead = new Date(now + 30 * day).toISOString();
  const note = { seen: { ...first.seen, [hex("ahead")]: ahead, gone: ahead }, loose: [] };
  const door = { client, now: now + day, stagedMs: day };
  const second = await retiredStaging(place, tags, recorded, note, door);
  expect([...second.retired.keys()]).toEqual([`${hex("key")}-parts`, hex("old")]);
  // A clock that was ahead counts as now; what is not there any more is forgotten.
  expect(second.seen[hex("ahead")]).toBe(new Date(now + day).toISOString());
  expect(Object.keys(second.seen)).not.toContain("gone");
});
