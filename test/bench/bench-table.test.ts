import { expect, test } from "vitest";
import { benchLines } from "../../bench/bench-table.ts";
import { type BuildTimes, ratioTo } from "../../bench/building.ts";
import { median } from "../../bench/measure.ts";
import type { PlanningTimes } from "../../bench/planning.ts";
import { samples } from "../../bench/samples.ts";

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

const lineOf = (start: string, builds: readonly BuildTimes[], plan = planning) =>
  benchLines({ samples: [tiny], builds, planning: plan }).find((line) => line.startsWith(start));

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

test("planning is told as a ratio to the bare look-ups", () => {
  expect(lineOf("plan", [])).toMatch(/100 unchanged +1\.00 s +90 MB +1\.00 of bare look-ups$/);
});

test("a plan that skipped a look-up has no ratio, and what it skipped is told", () => {
  const lines = benchLines({
    samples: [tiny],
    builds: [],
    planning: { ...planning, skipped: ["/v2/a/manifests/b"] },
  });
  expect(lines.find((line) => line.startsWith("plan"))).toMatch(/- of bare look-ups$/);
  expect(lines).toContain("the plan does not count: it did not ask for /v2/a/manifests/b");
});
