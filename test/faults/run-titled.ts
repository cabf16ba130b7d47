import type { FaultResults, GroupedResult } from "./run-faults.ts";

/** A case that is its own judge: it gives back the promises that were not kept. */
export interface TitledCase<W> {
  readonly title: string;
  /** Its row of the table. */
  readonly how: string;
  readonly run: (world: W) => Promise<readonly string[]>;
}

export interface TitledRun {
  readonly group: string;
  /** No case begins after this time. */
  readonly untilMs: number;
  /** Aborted, no further case begins. */
  readonly signal: AbortSignal;
  /** Only cases whose titles match. */
  readonly only?: RegExp;
  readonly onResult: (result: GroupedResult) => void;
}

/** Runs cases in one world, one after another. */
export async function runTitled<W extends { readonly end: () => Promise<void> }>(
  cases: readonly TitledCase<W>[],
  makeWorld: () => Promise<W>,
  { group, untilMs, signal, only, onResult }: TitledRun,
): Promise<FaultResults> {
  const wanted = cases.filter(({ title }) => only?.test(title) ?? true);
  const results: GroupedResult[] = [];
  const world = await makeWorld();
  try {
    for (const { title, how, run } of wanted) {
      if (Date.now() >= untilMs || signal.aborted) break;
      const begun = Date.now();
      const defects = await run(world).catch((error: unknown) => [`the harness failed: ${String(error)}`]);
      const seconds = (Date.now() - begun) / 1000;
      const result = { name: title, group, how, status: undefined, seconds, met: 1, defects, stderr: "" };
      results.push(result);
      onResult(result);
    }
    return { results, left: wanted.length - results.length };
  } finally {
    await world.end();
  }
}
