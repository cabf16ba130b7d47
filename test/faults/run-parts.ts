import { boundaryNames, type FaultResults, type FaultRun, runFaults } from "./run-faults.ts";
import { runTools } from "./run-tools.ts";

/** One part, or all that the factory alone is put through: the registry's whole matrix with kills first. */
export async function runParts(
  part: FaultRun["part"] | "tools",
  options: Omit<FaultRun, "part">,
): Promise<FaultResults> {
  const found: FaultResults[] = [];
  for (const next of part === undefined ? ([undefined, ...boundaryNames, "tools"] as const) : [part])
    found.push(await (next === "tools" ? runTools(options) : runFaults({ ...options, part: next })));
  return {
    results: found.flatMap(({ results }) => results),
    left: found.reduce((sum, { left }) => sum + left, 0),
  };
}
