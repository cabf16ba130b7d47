import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type CaseResult, publishFirst } from "./case.ts";
import type { FaultWorld } from "./fault-world.ts";
import { makeKillWorld } from "./kill-world.ts";
import { type Kill, killTitle, runKillCase } from "./killing.ts";
import { type Measured, randomKill } from "./random-kill.ts";
import type { FaultResults, GroupedResult } from "./run-faults.ts";

/** Which of a seed's kills. */
export interface KillRun {
  readonly seed: number;
  /** The number of the first, from 1. */
  readonly from: number;
  readonly kills: number;
  /** Worlds side by side. */
  readonly lanes: number;
  /** No case begins after this time. */
  readonly untilMs: number;
  /** Aborted, no further case begins. */
  readonly signal: AbortSignal;
  /** Only cases whose titles match. */
  readonly only?: RegExp;
  readonly onResult: (result: GroupedResult) => void;
}

/** After so many cases a world goes on with another image: history and layer cache stay short. */
const casesPerImage = 40;

/** Runs the kills of a seed one after another, each in whichever world is free. */
export async function runKills(options: KillRun): Promise<FaultResults> {
  const { seed, from, kills, lanes, only } = options;
  const worlds: FaultWorld[] = [];
  try {
    for (let lane = 0; lane < lanes; lane++) worlds.push(await makeKillWorld());
    const [first] = worlds;
    if (first === undefined) throw new Error("no world to work in");
    const measured = await measure(first);
    const cases = Array.from({ length: kills }, (_, index) => {
      const kill = randomKill(seed, from + index, measured);
      return { kill, title: `kill ${from + index}: ${killTitle(kill)}` };
    }).filter(({ title }) => only?.test(title) ?? true);
    const results: GroupedResult[] = [];
    await Promise.all(worlds.map((world) => work(world, cases, options, results)));
    return { results, left: cases.length };
  } finally {
    for (const world of worlds) await world.end();
  }
}

/** What a build does that nothing disturbs. */
async function measure(fault: FaultWorld): Promise<Measured> {
  await publishFirst(fault);
  await fault.change();
  fault.proxy.begin();
  const begun = Date.now();
  const { status, stderr } = await fault.world.run("build", `IMAGE=${fault.image()}`);
  if (status !== 0) throw new Error(`a build that nothing disturbs ended with ${status}: ${stderr}`);
  return { requests: fault.proxy.seen.length, lines: stderr.split("\n").length, ms: Date.now() - begun };
}

interface KillCase {
  readonly kill: Kill;
  readonly title: string;
}

async function work(
  fault: FaultWorld,
  cases: KillCase[],
  { untilMs, signal, onResult }: KillRun,
  results: GroupedResult[],
): Promise<void> {
  for (let count = 1, stands = true; cases.length > 0 && Date.now() < untilMs && !signal.aborted; count++) {
    if (!stands || count % casesPerImage === 0) await goOn(fault);
    if ((await fault.standing()) === undefined) await publishFirst(fault);
    const next = cases.shift();
    if (next === undefined) return;
    const found = await runKillCase(next.kill, fault).catch((error: unknown) => failed(error));
    // Whoever ends the harness ends its registries too.
    if (signal.aborted && found.defects.length > 0) return void cases.unshift(next);
    const result = { ...found, name: next.title, group: "kill", how: howOf(next.kill) };
    results.push(result);
    onResult(result);
    stands = result.defects.length === 0;
  }
}

/** Goes on with another image and without the storage of the one before. */
async function goOn(fault: FaultWorld): Promise<void> {
  const storage = join(fault.world.workDir, "storage", fault.image());
  await fault.fresh();
  await rm(storage, { recursive: true, force: true });
}

/** One case that could not be carried through is a defect, and not the end of all others. */
function failed(error: unknown): CaseResult {
  const defects = [`the harness failed: ${String(error)}`];
  return { name: "", status: null, seconds: 0, met: 0, defects, stderr: "" };
}

function howOf(kill: Kill): string {
  if (!("at" in kill)) return `of ${kill.victim}`;
  if (kill.again !== undefined) return "twice in a row";
  return kill.victim === "all" ? "of all at once" : "of the factory";
}
