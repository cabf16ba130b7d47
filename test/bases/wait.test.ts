import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BaseHold,
  type BaseRecord,
  observe,
  standsSince,
  withEligibility,
} from "../../src/bases/base-record.ts";
import { fixedBase, recordedOn, type WaitRequest, whyWait } from "../../src/bases/wait.ts";
import { content, digest, reference, seen } from "./facts.ts";

const since = "2026-11-20T00:00:00.000Z";
const day = 86_400_000;

describe("a digest that every image takes", () => {
  const now = new Date("2026-11-21T00:00:00Z");
  const hold: BaseHold = {
    why: "breaks our TLS",
    at: since,
    until: "2026-11-25T00:00:00Z",
    digest: digest("held"),
  };
  const held = {
    digest: digest("held"),
    newer: digest("b"),
    cause: { kind: "held", why: hold.why, until: hold.until },
  };
  const pinned = { digest: digest("pin"), newer: digest("b"), cause: { kind: "pinned" } };
  const record = (changes: Partial<BaseRecord> = {}): BaseRecord => ({ ...seen([since, "b"]), ...changes });

  test.each<[string, BaseRecord | undefined, string | undefined, object | undefined]>([
    ["is none without hold and pin", record(), undefined, undefined],
    ["is none of a base that was never seen", undefined, undefined, undefined],
    ["is the one that it is held at", record({ hold }), undefined, held],
    ["is the one that it is pinned to", record(), "pin", pinned],
    ["is the pin before the hold", record({ hold }), "pin", pinned],
    [
      "is the pin of a base that was never seen",
      undefined,
      "pin",
      { digest: digest("pin"), cause: { kind: "pinned" } },
    ],
  ])("%s", (_, known, pin, expected) => {
    expect(fixedBase(known, pin === undefined ? undefined : digest(pin), now)).toEqual(expected);
  });

  test("is held without an end until somebody lifts it", () => {
    const { until: _, ...endless } = hold;
    expect(fixedBase(record({ hold: endless }), undefined, new Date("2099-01-01"))?.cause).toEqual({
      kind: "held",
      why: hold.why,
    });
  });

  test.each([
    ["2026-11-24T23:59:59.999Z", true],
    ["2026-11-25T00:00:00.000Z", false],
  ])("of a hold until the 25th at %s is there: %s", (time, there) => {
    expect(fixedBase(record({ hold }), undefined, new Date(time)) !== undefined).toBe(there);
    const zoned = { ...hold, until: "2026-11-25T02:00:00+02:00" };
    expect(fixedBase(record({ hold: zoned }), undefined, new Date(time)) !== undefined).toBe(there);
  });
});

describe("an image", () => {
  const request: WaitRequest = {
    since,
    rebuildDelayMs: 7 * day,
    findings: [],
    mode: "automatic",
    now: new Date("2026-11-21T00:00:00Z"),
  };
  const wait = (changes: Partial<WaitRequest>) => whyWait({ ...request, ...changes });
  const findings = ["CVE-2026-1 in openssl 3.0.16"];
  const delay = { kind: "delay", until: "2026-11-27T00:00:00.000Z" };

  test.each<[string, Partial<WaitRequest>, object | undefined]>([
    ["waits out the delay", {}, delay],
    ["does not wait without a delay", { rebuildDelayMs: 0 }, undefined],
    ["does not wait when a person asks", { mode: "manual" }, undefined],
    ["does not wait when a person asks, whatever a scan said", { mode: "manual", findings }, undefined],
    ["waits for a scan whatever the time", { findings, rebuildDelayMs: 0 }, { kind: "scan", findings }],
    ["tells of the scan before the delay, which ends by itself", { findings }, { kind: "scan", findings }],
  ])("%s", (_, changes, expected) => {
    expect(wait(changes)).toEqual(expected);
  });

  test.each([
    ["2026-11-26T23:59:59.999Z", delay],
    ["2026-11-27T00:00:00.000Z", undefined],
    // A clock that is behind the one that saw the move.
    ["2026-11-01T00:00:00.000Z", delay],
  ])("with a delay of seven days from the 20th is decided to the millisecond at %s", (now, expected) => {
    expect(wait({ now: new Date(now) })).toEqual(expected);
  });

  test("takes what stands still when its delay is over, and never before", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 * day }),
        fc.integer({ min: -day, max: 200 * day }),
        (rebuildDelayMs, later) => {
          const now = new Date(Date.parse(since) + later);
          expect(wait({ rebuildDelayMs, now }) === undefined).toBe(later >= rebuildDelayMs);
        },
      ),
    );
  });
});

describe("a wait begins", () => {
  const [t1, t2, t3] = ["2026-10-01T00:00:00.000Z", "2026-10-02T00:00:00.000Z", "2026-10-03T00:00:00.000Z"];
  const both = ["linux/amd64", "linux/arm64"];

  test.each([
    ["when the base was first seen", [[t1, "a"]], t1],
    [
      "when the digest was first seen",
      [
        [t1, "a"],
        [t2, "b"],
      ],
      t2,
    ],
    [
      "anew when it moves again",
      [
        [t1, "a"],
        [t2, "b"],
        [t3, "c"],
      ],
      t3,
    ],
    [
      "anew when it goes back",
      [
        [t1, "a"],
        [t2, "b"],
        [t3, "a"],
      ],
      t3,
    ],
  ] as const)("%s", (_, sightings, expected) => {
    expect(standsSince(seen(...sightings), both)).toBe(expected);
    expect(standsSince(seen(...sightings))).toBe(expected);
  });

  test("not anew when only platforms moved that the image has not", () => {
    const platforms = { ...content("b").platforms, "linux/s390x": digest("z") };
    const s390x = { kind: "found", at: t3, content: content("c", { platforms }) } as const;
    const record = observe(reference, seen([t1, "a"], [t2, "b"]), s390x);
    if (record === undefined) throw new Error("no record");
    expect(standsSince(record, both)).toBe(t2);
    expect(standsSince(record, ["linux/amd64"])).toBe(t2);
    expect(standsSince(record, [...both, "linux/s390x"])).toBe(t3);
    expect(standsSince(record)).toBe(t3);
    expect(record.lastUpdated).toBe(t3);
  });

  test("with the first of all sightings where the image's platforms never moved", () => {
    const platforms = { ...content("a").platforms, "linux/s390x": digest("z") };
    const s390x = { kind: "found", at: t3, content: content("c", { platforms }) } as const;
    const record = observe(reference, seen([t1, "a"]), s390x);
    expect(record && standsSince(record, both)).toBe(t1);
  });

  test("for all platforms of an image together, when the last of them has moved", () => {
    const arm64 = { "linux/amd64": digest("b amd64"), "linux/arm64": digest("c arm64") };
    const moved = { kind: "found", at: t3, content: content("c", { platforms: arm64 }) } as const;
    const record = observe(reference, seen([t1, "a"], [t2, "b"]), moved);
    if (record === undefined) throw new Error("no record");
    expect(standsSince(record, ["linux/amd64"])).toBe(t2);
    expect(standsSince(record, both)).toBe(t3);
  });
});

describe("the time before which nothing is rebuilt for a move", () => {
  const [t1, t2] = ["2026-10-01T00:00:00.000Z", "2026-10-02T00:00:00.000Z"];

  test("is the move and the shortest delay; a run that knows other images never puts it off", () => {
    const moved = seen([t1, "a"], [t2, "b"]);
    const week = withEligibility(moved, 7 * day);
    expect(week.rebuildEligibleAt).toBe("2026-10-09T00:00:00.000Z");
    expect(withEligibility(week, day).rebuildEligibleAt).toBe("2026-10-03T00:00:00.000Z");
    expect(withEligibility(withEligibility(week, day), 7 * day).rebuildEligibleAt).toBe(
      "2026-10-03T00:00:00.000Z",
    );
  });

  test("is none before a move, and another one after the next", () => {
    expect(withEligibility(seen([t1, "a"]), day).rebuildEligibleAt).toBeUndefined();
    const once = withEligibility(seen([t1, "a"], [t2, "b"]), 0);
    const again = observe(reference, once, {
      kind: "found",
      at: "2026-10-05T00:00:00.000Z",
      content: content("c"),
    });
    expect(again?.rebuildEligibleAt).toBeUndefined();
  });
});

test("a platform that an image got since its build is of the index that its others are of", () => {
  const record = seen(["2026-11-01T00:00:00.000Z", "a"], [since, "b"]);
  const amd64 = { "linux/amd64": digest("a amd64") };
  expect(recordedOn(record, amd64, "linux/amd64")).toBe(digest("a amd64"));
  expect(recordedOn(record, amd64, "linux/arm64")).toBe(digest("a arm64"));
  expect(recordedOn(record, { "build platform": digest("a") }, "linux/arm64")).toBe(digest("a arm64"));
  expect(recordedOn(record, amd64, "build platform")).toBe(digest("a"));
  expect(recordedOn(record, { "linux/amd64": digest("x") }, "linux/arm64")).toBeUndefined();
  expect(recordedOn(undefined, amd64, "linux/arm64")).toBeUndefined();
  expect(recordedOn(record, {}, "linux/arm64")).toBeUndefined();
});
