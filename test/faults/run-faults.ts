import { boundaries, concernsTokens } from "./boundary.ts";
import { type CaseResult, publishFirst, runCase } from "./case.ts";
import type { Trouble } from "./fault.ts";
import { type FaultWorld, makeFaultWorld } from "./fault-world.ts";
import { expectedOf, matrixOf, type Part, partOf, titleOf } from "./matrix.ts";
import { type Choice, choose } from "./random.ts";
import type { RequestKind } from "./requests.ts";

export const boundaryNames = [
  "git",
  "debian",
  "archive",
  "database",
  "token",
] as const satisfies readonly (keyof typeof boundaries)[];
type BoundaryName = (typeof boundaryNames)[number];

/** Which part of the matrix. */
export interface FaultRun extends Choice {
  /** Undefined means all of the registry's. */
  readonly part: Part | BoundaryName | undefined;
  /** Worlds side by side. */
  readonly lanes: number;
  /** No case begins after this time. */
  readonly untilMs: number;
  /** Aborted, no further case begins. */
  readonly signal: AbortSignal;
  readonly onResult: (result: GroupedResult) => void;
}

export interface GroupedResult extends Omit<CaseResult, "status"> {
  /** Undefined for a case of several runs. */
  readonly status: CaseResult["status"] | undefined;
  /** The part that it belongs to, and which of its kinds: a row of the table. */
  readonly group: string;
  readonly how: string;
}

export interface FaultResults {
  readonly results: readonly GroupedResult[];
  /** Cases that the time was too short for. */
  readonly left: number;
}

type Case = Pick<GroupedResult, "group" | "how"> & {
  readonly run: (fault: FaultWorld) => Promise<CaseResult>;
};

/** Runs every case of a part in an order that follows from the seed, each in whichever world is free. */
export async function runFaults(options: FaultRun): Promise<FaultResults> {
  const worlds: FaultWorld[] = [];
  try {
    const boundary = boundaryOf(options.part);
    const open = boundary === undefined ? undefined : boundaries[boundary];
    for (let lane = 0; lane < options.lanes; lane++) worlds.push(await makeFaultWorld(open));
    const [first] = worlds;
    if (first === undefined) throw new Error("no world to work in");
    const cases = [...casesOf(options, await observe(first))];
    const results: GroupedResult[] = [];
    await Promise.all(worlds.map((world) => work(world, cases, options, results)));
    return { results, left: cases.length };
  } finally {
    for (const world of worlds) await world.end();
  }
}

/** What a build asks of a registry when nothing goes wrong. */
async function observe(fault: FaultWorld): Promise<readonly RequestKind[]> {
  await publishFirst(fault);
  await fault.change();
  fault.proxy.begin();
  const { status, stderr } = await fault.world.run("build", `IMAGE=${fault.image()}`);
  if (status !== 0) throw new Error(`a build that meets no fault ended with ${status}: ${stderr}`);
  return [...fault.proxy.seen];
}

function casesOf(run: FaultRun, seen: readonly RequestKind[]): readonly Case[] {
  const { part } = run;
  return choose(troublesOf(part, seen), titleOf, run).map((trouble) => ({
    group: boundaryOf(part) ?? partOf(trouble.kind),
    how: trouble.forGood ? "for good" : "once",
    run: (fault: FaultWorld) =>
      runCase(titleOf(trouble), fault, expectedOf(trouble), () => {
        fault.proxy.begin(trouble);
        return fault.world.run("build", `IMAGE=${fault.image()}`);
      }),
  }));
}

function troublesOf(part: FaultRun["part"], seen: readonly RequestKind[]): readonly Trouble[] {
  if (part === "token") return matrixOf(seen, undefined).filter(concernsTokens);
  return matrixOf(seen, boundaryOf(part) === undefined ? (part as Part | undefined) : undefined);
}

function boundaryOf(part: FaultRun["part"]): BoundaryName | undefined {
  return boundaryNames.find((name) => name === part);
}

async function work(
  fault: FaultWorld,
  cases: Case[],
  { untilMs, signal, onResult }: FaultRun,
  results: GroupedResult[],
): Promise<void> {
  let stands = false;
  while (cases.length > 0 && Date.now() < untilMs && !signal.aborted) {
    if (!stands && (await fault.standing()) === undefined) await publishFirst(fault);
    const next = cases.shift();
    if (next === undefined) return;
    const { group, how, run } = next;
    const result = { ...(await run(fault)), group, how };
    results.push(result);
    onResult(result);
    // After a defect nothing is certain; the next case begins with an image of its own.
    stands = result.defects.length === 0;
    if (!stands) await fault.fresh();
  }
}
