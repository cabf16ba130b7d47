import { describe, expect, test } from "vitest";
import { epochForFixes, type FixableOn, withFixes } from "../../src/plan/fixes.ts";
import { planBuilds } from "../../src/plan/plan.ts";
import { formatReason } from "../../src/plan/reason.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { facts, published, request } from "./facts.ts";

const start = new Date("2026-11-21T10:00:00.900Z");
const second = Math.floor(start.getTime() / 1000);
const later = (hours: number) => new Date(start.getTime() + hours * 3_600_000);

const openssl: FixableOn = {
  platform: "linux/amd64",
  id: "CVE-1",
  package: "openssl",
  installed: "3.0.16",
  fixed: "3.0.17",
};
const zlib: FixableOn = { ...openssl, id: "CVE-2", package: "zlib1g", installed: "1.2", fixed: "1.3" };

const standing = published(facts("web"));
const state = standing.state;
if (state === undefined) throw new Error("no state");
const scanned = (found: readonly FixableOn[], now = start, before: ImageState = state) =>
  withFixes(before, found, now);

describe("what a scan records", () => {
  test("is each fix once, with its platforms and the time at which it was first seen", () => {
    const first = scanned([openssl, { ...openssl, platform: "linux/arm64" }]);
    const fix = { id: "CVE-1", package: "openssl", installed: "3.0.16", fixed: "3.0.17" };
    const platforms = ["linux/amd64", "linux/arm64"];
    expect(first.fixes).toEqual([{ ...fix, platforms, since: start.toISOString() }]);
    const second = scanned([{ ...openssl, fixed: "3.0.18" }, zlib], later(1), first);
    expect(second.fixes).toMatchObject([
      { id: "CVE-1", fixed: "3.0.18", since: start.toISOString() },
      { id: "CVE-2", since: later(1).toISOString() },
    ]);
  });

  test("is nothing when nothing is left to fix", () => {
    const before = scanned([openssl]);
    expect(scanned([], later(1), before)).toEqual(state);
    expect(scanned([])).toBe(state);
  });

  test("is the same state when nothing is new within a day, so that no file is written", () => {
    const before = scanned([openssl]);
    expect(scanned([openssl], later(23), before)).toBe(before);
  });
});

describe("the epoch of a rebuild for fixes", () => {
  test("is the second of the scan that saw the newest of them", () => {
    const before = scanned([openssl]);
    expect(epochForFixes(before)).toBe(second);
    expect(epochForFixes(scanned([openssl, zlib], later(1), before))).toBe(second + 3600);
    expect(epochForFixes(scanned([openssl], later(2), scanned([openssl, zlib], later(1), before)))).toBe(
      second + 3600,
    );
  });

  test("moves on once a day while the fix is not taken: the archive may have been behind the advisories", () => {
    const before = scanned([openssl]);
    const after = scanned([openssl], later(24), before);
    expect(epochForFixes(after)).toBe(second + 24 * 3600);
    expect(after.fixes).toEqual(before.fixes);
  });

  test("is always later than the image's", () => {
    expect(epochForFixes({ ...scanned([openssl]), epoch: second + 100 })).toBe(second + 101);
  });

  test("is none without fixes", () => {
    expect(epochForFixes(state)).toBeUndefined();
    expect(epochForFixes(undefined)).toBeUndefined();
  });
});

describe("a plan", () => {
  const fixable = { ...standing, state: scanned([openssl, zlib]) };

  test("rebuilds an image for its fixes, and says which, with the epoch in its key", () => {
    const [step] = planBuilds([fixable], request(["web"], { fixes: true })).steps;
    if (step?.action !== "build") throw new Error(`${step?.action}`);
    expect(step.reasons.map(formatReason)).toEqual([
      "fixes CVE-1 in openssl 3.0.16→3.0.17, CVE-2 in zlib1g 1.2→1.3",
    ]);
    expect(step.epoch).toBe(second);
    expect(step.platforms.map(({ inputs }) => inputs.epoch)).toEqual([second, second]);
  });

  test("leaves it as it is on a run that takes no fixes", () => {
    expect(planBuilds([fixable], request(["web"])).steps).toMatchObject([{ action: "keep" }]);
  });

  test("rebuilds an enrolled base for its own fixes, and what is built from it waits", () => {
    const base = { reference: "factory.localhost/web", from: { kind: "enrolled", image: "web" } } as const;
    const app = published(facts("app", { bases: [{ ...base, platform: "linux/amd64" }] }), [fixable]);
    const { steps } = planBuilds([fixable, app], request(["app"], { fixes: true }));
    expect(steps).toMatchObject([
      { image: "web", action: "build", reasons: [{ kind: "fixes" }] },
      { image: "app", action: "wait" },
    ]);
  });

  test("says of an enrolled base that moved what its rebuild fixed", () => {
    const base = { reference: "factory.localhost/web", from: { kind: "enrolled", image: "web" } } as const;
    const app = published(facts("app", { bases: [{ ...base, platform: "linux/amd64" }] }), [standing]);
    const moved = published({ ...standing, enrolment: { ...standing.enrolment, args: { A: "1" } } });
    const [newest, ...rest] = moved.state?.publications ?? [];
    if (moved.state === undefined || newest === undefined) throw new Error("not published");
    const fixed = { ...newest, fixes: ["CVE-1", "CVE-2"] };
    const web = { ...moved, state: { ...moved.state, publications: [fixed, ...rest] } };
    const [, step] = planBuilds([web, app], request(["app"])).steps;
    if (step?.action !== "build") throw new Error(`${step?.action}`);
    expect(step.reasons.map(formatReason)).toEqual([
      expect.stringMatching(/^base factory.localhost\/web sha256:.*, which fixes CVE-1, CVE-2$/),
    ]);
  });

  test("counts what it does not name", () => {
    const findings = Array.from({ length: 7 }, (_, at) => ({
      id: `CVE-${at}`,
      package: "p",
      from: "1",
      to: "2",
    }));
    expect(formatReason({ kind: "fixes", findings })).toMatch(/CVE-4 in p 1→2 and 2 more$/);
  });
});
