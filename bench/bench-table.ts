import { type BuildTimes, ratioTo, states } from "./building.ts";
import { median } from "./measure.ts";
import type { PlanningTimes } from "./planning.ts";
import type { ScaleTimes } from "./planning-scale.ts";
import type { Sample } from "./samples.ts";
import type { SynthTimes } from "./synth.ts";

export interface BenchResult {
  readonly samples: readonly Sample[];
  readonly builds: readonly BuildTimes[];
  readonly planning: PlanningTimes;
  readonly scale: ScaleTimes;
  /** By rising number of images. */
  readonly synths: readonly SynthTimes[];
}

/** What the project wants to be true of every run. */
const aims = {
  sideBySide: 1.05,
  oneAfterAnother: 0.8,
  planning: 1.3,
  peakMegabytes: 120,
  decideSeconds: 1,
} as const;

const rivals = ["side by side", "one after another", "BuildKit"] as const;

/** The one table: seconds of the factory, and how many times a rival's time that is; an aim that was missed is marked. */
export function benchLines({ samples, builds, planning, scale, synths }: BenchResult): readonly string[] {
  const header = ["image", "state", "factory", "own peak", ...rivals.map((rival) => `of ${rival}`)];
  const rows = samples.flatMap((sample) =>
    states.map((state) => {
      const own = builds.find(
        (row) => row.sample === sample.name && row.subject === "factory" && row.state === state,
      );
      const ratios = rivals.map((rival) =>
        ratioCell(ratioTo(rival, sample.name, state, builds), aimOf(rival, sample)),
      );
      return [sample.name, state, secondsCell(own?.elapsedMs ?? []), peakCell(own?.peakBytes), ...ratios];
    }),
  );
  const { images, planMs, bareMs, peakBytes, skipped } = planning;
  const planRow = [
    "plan",
    `${images} unchanged`,
    secondsCell(planMs),
    peakCell(peakBytes),
    `${ratioCell(skipped.length === 0 ? median(planMs) / median(bareMs) : undefined, aims.planning)} of bare look-ups`,
  ];
  return [
    ...layOut([header, ...rows]),
    layOut([header, planRow]).at(-1) ?? "",
    scaleLine(scale),
    ...synths.map(synthLine),
    ...skipped.map((question) => `the plan does not count: it did not ask for ${question}`),
    ...samples.map(({ name, title }) => `${name}: ${title}`),
    `aims: ${aims.sideBySide} of side by side, ${aims.oneAfterAnother} of one after another where both platforms take as long, planning ${aims.planning}, deciding ${aims.decideSeconds} s, peak ${aims.peakMegabytes} MB; ! misses its aim`,
  ];
}

function scaleLine({ images, planMs, decideMs, peakBytes, lookUps }: ScaleTimes): string {
  const decided = median(decideMs) / 1_000;
  const mark = decided > aims.decideSeconds ? "!" : "";
  return `plan of ${images} generated images: ${secondsCell(planMs)} and ${(peakBytes / 1e6).toFixed(0)} MB with ${lookUps} look-ups, decided in ${decided.toFixed(2)} s${mark}`;
}

function synthLine(times: SynthTimes): string {
  const { images, objects, bytes, synthMs, plainMs, peakBytes, plainPeakBytes } = times;
  const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
  const ratio = (median(synthMs) / median(plainMs)).toFixed(2);
  return `synth of ${images} images: ${secondsCell(synthMs)} and ${megabytes(peakBytes)} for ${objects} objects of ${megabytes(bytes)}, ${ratio} of writing them as plain YAML (${megabytes(plainPeakBytes)})`;
}

function aimOf(rival: (typeof rivals)[number], { lopsided }: Sample): number {
  if (rival === "BuildKit" || (lopsided && rival === "one after another")) return Number.POSITIVE_INFINITY;
  return rival === "side by side" ? aims.sideBySide : aims.oneAfterAnother;
}

function ratioCell(ratio: number | undefined, aim: number): string {
  return ratio === undefined ? "-" : `${ratio.toFixed(2)}${ratio > aim ? "!" : ""}`;
}

function secondsCell(elapsedMs: readonly number[]): string {
  return `${(median(elapsedMs) / 1000).toFixed(2)} s`;
}

function peakCell(bytes: number | undefined): string {
  if (bytes === undefined) return "-";
  const megabytes = bytes / 1e6;
  return `${megabytes.toFixed(0)} MB${megabytes > aims.peakMegabytes ? "!" : ""}`;
}

function layOut(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
