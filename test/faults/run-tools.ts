import { publishFirst } from "./case.ts";
import { misdeeds } from "./misdeeds.ts";
import { choose } from "./random.ts";
import type { FaultResults, FaultRun, GroupedResult } from "./run-faults.ts";
import { makeToolsWorld } from "./tools-world.ts";

/** Runs a build for every misdeed of a tool, in an order that follows from the seed. */
export async function runTools(
  options: Pick<FaultRun, "seed" | "from" | "only" | "untilMs" | "signal" | "onResult">,
): Promise<FaultResults> {
  const { untilMs, signal, onResult } = options;
  const left = [...choose(misdeeds, ({ title }) => title, options)];
  const results: GroupedResult[] = [];
  const { fault, run } = await makeToolsWorld();
  try {
    while (left.length > 0 && Date.now() < untilMs && !signal.aborted) {
      if ((await fault.standing()) === undefined) await publishFirst(fault);
      const next = left.shift();
      if (next === undefined) break;
      const result = { ...(await run(next)), group: "tools", how: next.tool };
      results.push(result);
      onResult(result);
      if (result.defects.length > 0) await fault.fresh();
    }
    return { results, left: left.length };
  } finally {
    await fault.end();
  }
}
