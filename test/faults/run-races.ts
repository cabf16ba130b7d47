import { makeRaceWorld } from "./race-world.ts";
import { crowd, meetings, type Race } from "./races.ts";
import type { FaultResults, GroupedResult } from "./run-faults.ts";

export interface RaceRun {
  /** How many runs begin at once. */
  readonly processes: number;
  /** How often, on one image. */
  readonly rounds: number;
  /** No race begins after this time. */
  readonly untilMs: number;
  /** Aborted, no further race begins. */
  readonly signal: AbortSignal;
  /** Only races whose titles match. */
  readonly only?: RegExp;
  readonly onResult: (result: GroupedResult) => void;
}

/** Runs every race in one world, one after another. */
export async function runRaces(options: RaceRun): Promise<FaultResults> {
  const { processes, rounds, untilMs, signal, only, onResult } = options;
  const races: readonly Race[] = [
    ...Array.from({ length: rounds }, () => crowd(processes, "one place")),
    ...Array.from({ length: Math.ceil(rounds / 5) }, () => crowd(processes, "two work folders")),
    ...meetings,
  ];
  const wanted = races.filter(({ title }) => only?.test(title) ?? true);
  const results: GroupedResult[] = [];
  const race = await makeRaceWorld();
  try {
    for (const { title, how, run } of wanted) {
      if (Date.now() >= untilMs || signal.aborted) break;
      const begun = Date.now();
      const defects = await run(race).catch((error: unknown) => [`the harness failed: ${String(error)}`]);
      const seconds = (Date.now() - begun) / 1000;
      const result = { name: title, group: "races", how, status: 0, seconds, met: 1, defects, stderr: "" };
      results.push(result);
      onResult(result);
    }
    return { results, left: wanted.length - results.length };
  } finally {
    await race.end();
  }
}
