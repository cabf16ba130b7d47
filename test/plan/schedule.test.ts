import { describe, expect, it } from "vitest";
import { dueEpoch, latestSlot } from "../../src/plan/schedule.ts";

function slot(cron: string, timeZone: string, now: string): string | undefined {
  const second = latestSlot({ cron, timeZone }, Date.parse(now));
  return second === undefined ? undefined : new Date(second * 1_000).toISOString();
}

describe("latestSlot", () => {
  it.each([
    ["of a slot that is now", "0 3 * * 1", "2026-03-23T03:00:00Z", "2026-03-23T03:00:00.000Z"],
    ["half a second after it", "0 3 * * 1", "2026-03-23T03:00:00.500Z", "2026-03-23T03:00:00.000Z"],
    ["a millisecond before it", "0 3 * * 1", "2026-03-23T02:59:59.999Z", "2026-03-16T03:00:00.000Z"],
    ["days later", "0 3 * * 1", "2026-03-27T11:22:33Z", "2026-03-23T03:00:00.000Z"],
    ["of a day that few years have", "0 0 29 2 *", "2026-03-01T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ])("is that slot, %s", (_, cron, now, expected) => {
    expect(slot(cron, "UTC", now)).toBe(expected);
  });

  it.each([
    [
      "either where both are given: a Friday",
      "0 3 13 * 5",
      "2026-03-20T08:00:00Z",
      "2026-03-20T03:00:00.000Z",
    ],
    ["either where both are given: a 13th", "0 3 13 * 5", "2026-04-14T08:00:00Z", "2026-04-13T03:00:00.000Z"],
    ["the day of the month alone", "0 3 13 * *", "2026-03-20T08:00:00Z", "2026-03-13T03:00:00.000Z"],
    ["the day of the week alone", "0 3 * * 5", "2026-03-19T08:00:00Z", "2026-03-13T03:00:00.000Z"],
    ["a stepped day beside a weekday", "0 3 */2 * 1", "2026-03-16T08:00:00Z", "2026-03-16T03:00:00.000Z"],
    ["a weekday by its name", "0 3 * * mon-tue", "2026-03-19T08:00:00Z", "2026-03-17T03:00:00.000Z"],
  ])("reads days as a CronJob does: %s", (_, cron, now, expected) => {
    expect(slot(cron, "UTC", now)).toBe(expected);
  });

  it.each([
    ["Europe/Berlin", "30 2 * * *", "2026-03-29T10:00:00Z", "2026-03-29T01:00:00.000Z"],
    ["America/New_York", "30 2 * * *", "2026-03-08T10:00:00Z", "2026-03-08T07:00:00.000Z"],
  ])("in %s is the change of the clocks for a time that it leaves out", (zone, cron, now, expected) => {
    expect(slot(cron, zone, now)).toBe(expected);
  });

  it.each([
    ["Europe/Berlin", "30 2 * * *", "2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00Z"],
    ["America/New_York", "30 1 * * *", "2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00Z"],
  ])("in %s is the first of a time that comes twice, also at the second", (zone, cron, first, second) => {
    expect(slot(cron, zone, first)).toBe(first);
    expect(slot(cron, zone, second)).toBe(first);
    expect(slot(cron, zone, `${first.slice(0, 11)}12:00:00Z`)).toBe(first);
  });

  it.each([
    ["Europe/Berlin", "2026-10-25T01:30:00Z"],
    ["America/New_York", "2026-11-01T06:30:00Z"],
  ])("in %s has both of an hour that comes twice, where every hour has one", (zone, second) => {
    expect(slot("30 * * * *", zone, second)).toBe(new Date(second).toISOString());
  });

  it("is the same for every moment until the next, through a whole year with both changes", () => {
    for (const timeZone of ["Europe/Berlin", "America/New_York", "UTC"]) {
      const schedule = { cron: "15 2 * * *", timeZone };
      const slots = new Set<number>();
      for (let now = Date.UTC(2026, 0, 2, 12); now < Date.UTC(2027, 0, 2, 12); now += 7 * 3_600_000) {
        const found = latestSlot(schedule, now);
        if (found === undefined) throw new Error("no slot");
        expect(now / 1_000 - found).toBeLessThan(25 * 3_600);
        expect(now / 1_000 - found).toBeGreaterThanOrEqual(0);
        slots.add(found);
      }
      expect(slots.size).toBe(366);
    }
  });
});

describe("dueEpoch", () => {
  const schedule = { cron: "0 3 * * 1", timeZone: "UTC" };
  const monday = Date.UTC(2026, 2, 23, 3) / 1_000;
  const digest = `sha256:${"0".repeat(64)}` as const;
  const state = (firstAt: string, epoch?: number) => ({
    publications: [
      { digest, uniqueTag: "b", at: "2026-03-22T00:00:00.000Z" },
      { digest, uniqueTag: "a", at: firstAt },
    ],
    ...(epoch === undefined ? {} : { epoch }),
  });
  const due = (firstAt: string, epoch?: number, now = monday * 1_000) =>
    dueEpoch(schedule, state(firstAt, epoch), now);

  it("is the slot of an image that was published before it", () => {
    expect(due("2026-03-20T00:00:00.000Z")).toBe(monday);
  });

  it("is the same for a retry of any later hour", () => {
    expect(due("2026-03-20T00:00:00.000Z", undefined, (monday + 6 * 86_400) * 1_000)).toBe(monday);
  });

  it("is nothing once a rebuild of that slot is published, until the next slot", () => {
    expect(due("2026-03-20T00:00:00.000Z", monday)).toBeUndefined();
    expect(due("2026-03-20T00:00:00.000Z", monday, (monday + 7 * 86_400) * 1_000)).toBe(monday + 7 * 86_400);
  });

  it("is nothing after a forced rebuild that came later than the slot", () => {
    expect(due("2026-03-20T00:00:00.000Z", monday + 60)).toBeUndefined();
  });

  it("is the slot of an image that another CI alone has published, if it was seen before it", () => {
    const adopted = (firstSeen: string) => ({
      publications: [],
      adopted: {
        by: "unknown" as const,
        workflow: "ci.yml",
        firstSeen,
        enrolledPlatforms: [],
        otherPlatforms: [],
      },
    });
    expect(dueEpoch(schedule, adopted("2026-03-22T00:00:00.000Z"), monday * 1_000)).toBe(monday);
    expect(dueEpoch(schedule, adopted("2026-03-23T03:00:01.000Z"), monday * 1_000)).toBeUndefined();
  });

  it("is nothing for an image that was first published after the slot, never, or without a schedule", () => {
    expect(due("2026-03-23T03:00:01.000Z")).toBeUndefined();
    expect(dueEpoch(schedule, undefined, monday * 1_000)).toBeUndefined();
    expect(dueEpoch(undefined, state("2026-03-20T00:00:00.000Z"), monday * 1_000)).toBeUndefined();
  });
});
