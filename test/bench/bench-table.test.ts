import { expect, test } from "vitest";
import { benchLines } from "../../bench/bench-table.ts";
import { type BuildTimes, ratioTo } from "../../bench/building.ts";
import { median } from "../../bench/measure.ts";
import type { PlanningTimes } from "../../bench/planning.ts";
import type { ScaleTimes } from "../../bench/planning-scale.ts";
import { type Sample, samples } from "../../bench/samples.ts";

const [tiny] = samples;
if (tiny === undefined) throw new Error("there are no samples");

const row = (
  subject: BuildTimes["subject"],
  elapsedMs: readonly number[],
  megabytes?: number,
): BuildTimes => ({
  sample: "tiny",
  state: "cold",
  subject,
  elapsedMs,
  peakBytes: megabytes === undefined ? undefined : megabytes * 1e6,
});

const planning: PlanningTimes = {
  images: 100,
  planMs: [900, 1200, 1000],
  bareMs: [1000],
  peakBytes: 90e6,
  skipped: [],
};

const scale: ScaleTimes = {
  images: 10_000,
  planMs: [9_000],
  decideMs: [400],
  peakBytes: 400e6,
  lookUps: 10_021,
};

const lineOf = (start: string, builds: readonly BuildTimes[], plan = planning) =>
  benchLines({ samples: [tiny], builds, planning: plan, scale, synths: [] }).find((line) =>
    line.startsWith(start),
  );

test.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[10, 2, 4, 8], 6],
])("the median of %j is %d", (values, expected) => {
  expect(median(values)).toBe(expected);
});

test("a ratio is that of the medians, however one round went wrong", () => {
  const times = [row("factory", [100, 110, 9000]), row("side by side", [100, 90, 100])];
  expect(ratioTo("side by side", "tiny", "cold", times)).toBe(1.1);
});

test("a rival that did not run has no ratio", () => {
  expect(ratioTo("BuildKit", "tiny", "cold", [row("factory", [100])])).toBeUndefined();
});

test("a row has the factory's seconds, its peak and a ratio to each rival", () => {
  const builds = [
    row("factory", [1000], 100),
    row("side by side", [1000]),
    row("one after another", [2000]),
    row("BuildKit", [500]),
  ];
  expect(lineOf("tiny   cold", builds)?.split(/ {2,}/)).toEqual([
    "tiny",
    "cold",
    "1.00 s",
    "100 MB",
    "1.00",
    "0.50",
    "2.00",
  ]);
});

test("an aim that was missed is marked: of a rival's time, and of memory", () => {
  const builds = [row("factory", [1060], 121), row("side by side", [1000]), row("one after another", [1300])];
  expect(lineOf("tiny   cold", builds)).toMatch(/1\.06 s +121 MB! +1\.06! +0\.82! +-$/);
});

test("where one platform takes most of the time, one after another is told and is no aim", () => {
  const builds = [row("factory", [1000], 100), row("side by side", [1000]), row("one after another", [1100])];
  const linesOf = (sample: Sample) =>
    benchLines({ samples: [sample], builds, planning, scale, synths: [] }).join("\n");
  expect(linesOf(tiny)).toMatch(/1\.00 +0\.91! +-$/m);
  expect(linesOf({ ...tiny, lopsided: true })).toMatch(/1\.00 +0\.91 +-$/m);
});

test("planning is told as a ratio to the bare look-ups", () => {
  expect(lineOf("plan", [])).toMatch(/100 unchanged +1\.00 s +90 MB +1\.00 of bare look-ups$/);
});

test("a plan that skipped a look-up has no ratio, and what it skipped is told", () => {
  const lines = benchLines({
    scale,
    synths: [],
    samples: [tiny],
    builds: [],
    planning: { ...planning, skipped: ["/v2/a/manifests/b"] },
  });
  expect(lines.find((line) => line.startsWith("plan"))).toMatch(/- of bare look-ups$/);
  expect(lines).toContain("the plan does not count: it did not ask for /v2/a/manifests/b");
});

test("a plan of 10,000 images says what deciding took, and marks more than a second", () => {
  const line = (decideMs: number) =>
    benchLines({
      samples: [tiny],
      builds: [],
      planning,
      scale: { ...scale, decideMs: [decideMs] },
      synths: [],
    }).find((text) => text.startsWith("plan of 10000"));
  expect(line(400)).toBe(
    "plan of 10000 generated images: 9.00 s and 400 MB with 10021 look-ups, decided in 0.40 s",
  );
  expect(line(1_400)).toMatch(/decided in 1\.40 s!$/);
});

test("manifests are told as a ratio to writing the same objects as YAML", () => {
  const synth = {
    images: 5_000,
    objects: 40_052,
    bytes: 61e6,
    synthMs: [6_000],
    peakBytes: 900e6,
    plainMs: [4_000],
    plainPeakBytes: 700e6,
  };
  const lines = benchLines({ samples: [tiny], builds: [], planning, scale, synths: [synth] });
  expect(lines).toContain(
    "synth of 5000 images: 6.00 s and 900 MB for 40052 objects of 61 MB, 1.50 of writing them as plain YAML (700 MB)",
  );
});
