import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  currentOn,
  type EffectiveBaseRequest,
  effectiveBase,
  recordedOn,
} from "../../src/bases/effective-base.ts";
import { content, digest, seen } from "./facts.ts";

const [older, newer, named] = [digest("older"), digest("newer"), digest("named")];
const since = "2026-11-20T00:00:00.000Z";
const day = 86_400_000;
const request: EffectiveBaseRequest = {
  current: newer,
  since,
  recorded: older,
  rebuildDelayMs: 7 * day,
  hold: undefined,
  pinned: undefined,
  findings: [],
  mode: "automatic",
  now: new Date("2026-11-21T00:00:00Z"),
};
const decide = (changes: Partial<EffectiveBaseRequest>) => effectiveBase({ ...request, ...changes });
const pending = (cause: object) => ({ digest: newer, cause });
const delay = pending({ kind: "delay", until: "2026-11-27T00:00:00.000Z" });
const hold = { why: "breaks our TLS", until: "2026-11-25T00:00:00Z" };
const held = pending({ kind: "held", ...hold });
const findings = ["CVE-2026-1 in openssl 3.0.16"];

describe("the digest that a build takes", () => {
  test.each<[string, Partial<EffectiveBaseRequest>, object]>([
    ["waits out the delay on the recorded one", {}, { digest: older, pending: delay }],
    ["is the current one for what was never built", { recorded: undefined }, { digest: newer }],
    ["is the current one where that is recorded", { recorded: newer }, { digest: newer }],
    ["is the current one without a delay", { rebuildDelayMs: 0 }, { digest: newer }],
    ["is the current one when a person asks", { mode: "manual" }, { digest: newer }],
    [
      "is the current one when a person asks, whatever a scan said",
      { mode: "manual", findings },
      { digest: newer },
    ],
    ["stays while it is held", { hold }, { digest: older, pending: held }],
    ["stays while it is held when a person asks", { hold, mode: "manual" }, { digest: older, pending: held }],
    ["is the one that a hold names", { hold: { ...hold, digest: named } }, { digest: named, pending: held }],
    [
      "is the one that a hold names for what was never built",
      { hold: { ...hold, digest: named }, recorded: undefined },
      { digest: named, pending: held },
    ],
    [
      "is the current one for what was never built and is held at nothing",
      { hold, recorded: undefined },
      { digest: newer },
    ],
    [
      "stays while a hold without an end lasts",
      { hold: { why: "x" }, rebuildDelayMs: 0 },
      { digest: older, pending: pending({ kind: "held", until: undefined, why: "x" }) },
    ],
    [
      "has nothing pending where the hold names the current one",
      { hold: { ...hold, digest: newer } },
      { digest: newer },
    ],
    ["is the pinned one", { pinned: named }, { digest: named, pending: pending({ kind: "pinned" }) }],
    [
      "is the pinned one before any hold, and for a person too",
      { pinned: named, hold, mode: "manual" },
      { digest: named, pending: pending({ kind: "pinned" }) },
    ],
    ["has nothing pending where the pin is the current one", { pinned: newer, hold }, { digest: newer }],
    [
      "stays while the current one is blocked by a scan, also when the delay is over",
      { findings, rebuildDelayMs: 0 },
      { digest: older, pending: pending({ kind: "scan", findings }) },
    ],
    [
      "tells of the scan before the delay, which ends by itself",
      { findings },
      { digest: older, pending: pending({ kind: "scan", findings }) },
    ],
    [
      "is the current one for what was never built, whatever a scan said",
      { findings, recorded: undefined },
      { digest: newer },
    ],
  ])("%s", (_, changes, expected) => {
    expect(decide(changes)).toEqual(expected);
  });

  test.each([
    ["2026-11-26T23:59:59.999Z", older],
    ["2026-11-27T00:00:00.000Z", newer],
    // A clock that is behind the one that saw the move.
    ["2026-11-01T00:00:00.000Z", older],
  ])("of a delay of seven days from the 20th at %s is decided to the millisecond", (now, expected) => {
    expect(decide({ now: new Date(now) }).digest).toBe(expected);
  });

  test.each([
    ["2026-11-24T23:59:59.999Z", older],
    ["2026-11-25T00:00:00.000Z", newer],
  ])("of a hold until the 25th at %s ends by itself at that moment", (now, expected) => {
    expect(decide({ hold, rebuildDelayMs: 0, now: new Date(now) }).digest).toBe(expected);
  });

  test("of a hold that has ended in the midst of a delay still waits for that", () => {
    expect(decide({ hold, now: new Date(hold.until) })).toEqual({ digest: older, pending: delay });
  });

  test("reads the end of a hold in any time zone", () => {
    const zoned = { why: "x", until: "2026-11-25T02:00:00+02:00" };
    expect(decide({ hold: zoned, rebuildDelayMs: 0, now: new Date("2026-11-25T00:00:00Z") }).digest).toBe(
      newer,
    );
  });
});

test("once a base stands still, every image takes it when its delay is over, and never before", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100 * day }),
      fc.integer({ min: -day, max: 200 * day }),
      (rebuildDelayMs, later) => {
        const now = new Date(Date.parse(since) + later);
        expect(decide({ rebuildDelayMs, now }).digest).toBe(later >= rebuildDelayMs ? newer : older);
      },
    ),
  );
});

test("what is not taken is always told, and what is taken never", () => {
  const some = <T>(value: T) => fc.constantFrom(value, undefined);
  fc.assert(
    fc.property(
      fc.record({
        current: fc.constantFrom(older, newer),
        recorded: some(older),
        pinned: some(named),
        hold: fc.constantFrom(undefined, hold, { why: "x" }, { why: "x", digest: named }),
        findings: fc.constantFrom([], findings),
        mode: fc.constantFrom("manual" as const, "automatic" as const),
        rebuildDelayMs: fc.constantFrom(0, day, 30 * day),
        now: fc.constantFrom(
          new Date(since),
          new Date("2026-11-26T00:00:00Z"),
          new Date("2027-01-01T00:00:00Z"),
        ),
      }),
      (changes) => {
        const { digest: taken, pending: left } = decide(changes);
        if (taken === changes.current) expect(left).toBeUndefined();
        else expect(left).toMatchObject({ digest: changes.current });
      },
    ),
  );
});

describe("a wait", () => {
  const decideAt = (record: ReturnType<typeof seen>, now: string) => {
    const current = currentOn(record, "linux/amd64");
    if (current === undefined) throw new Error("no such platform");
    const recorded = content("a").platforms["linux/amd64"];
    return effectiveBase({ ...request, ...current, recorded, now: new Date(now) });
  };

  test("begins when the digest is first seen and anew when it moves again", () => {
    const moved = seen(["2026-10-01T00:00:00.000Z", "a"], [since, "b"]);
    const again = seen(["2026-10-01T00:00:00.000Z", "a"], [since, "b"], ["2026-11-26T00:00:00.000Z", "c"]);
    expect(decideAt(moved, "2026-11-27T00:00:00Z")).toEqual({
      digest: content("b").platforms["linux/amd64"],
    });
    expect(decideAt(again, "2026-11-27T00:00:00Z").pending?.cause).toEqual({
      kind: "delay",
      until: "2026-12-03T00:00:00.000Z",
    });
  });

  test("is over when the base goes back to what the image has", () => {
    const back = seen(["2026-10-01T00:00:00.000Z", "a"], [since, "b"], ["2026-11-21T00:00:00.000Z", "a"]);
    expect(decideAt(back, "2026-11-21T00:00:00Z")).toEqual({ digest: content("a").platforms["linux/amd64"] });
  });
});

describe("what the record knows of a platform", () => {
  const record = seen(["2026-11-01T00:00:00.000Z", "a"], [since, "b"]);

  test("is the manifest's digest, of the build platform the index's, of another nothing", () => {
    expect(currentOn(record, "linux/arm64")).toEqual({
      current: content("b").platforms["linux/arm64"],
      since,
    });
    expect(currentOn(record, "build platform")).toEqual({ current: digest("b"), since });
    expect(currentOn(record, "linux/s390x")).toBeUndefined();
  });

  test("a platform that an image got since its build is of the index that its others are of", () => {
    const amd64 = { "linux/amd64": digest("a amd64") };
    expect(recordedOn(record, amd64, "linux/amd64")).toBe(digest("a amd64"));
    expect(recordedOn(record, amd64, "linux/arm64")).toBe(digest("a arm64"));
    expect(recordedOn(record, { "build platform": digest("a") }, "linux/arm64")).toBe(digest("a arm64"));
    expect(recordedOn(record, amd64, "build platform")).toBe(digest("a"));
    expect(recordedOn(record, { "linux/amd64": digest("x") }, "linux/arm64")).toBeUndefined();
    expect(recordedOn(undefined, amd64, "linux/arm64")).toBeUndefined();
    expect(recordedOn(record, {}, "linux/arm64")).toBeUndefined();
  });
});
