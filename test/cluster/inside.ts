import { analysisCases } from "./analysis-cases.ts";
import { buildCases } from "./build-cases.ts";
import { cacheCases } from "./cache-cases.ts";
import type { ClusterCase, ClusterWorld } from "./cluster-world.ts";
import { commandCases } from "./command-cases.ts";
import { Skipped } from "./expect.ts";
import { manifestCases } from "./manifest-cases.ts";
import type { Place } from "./place.ts";
import { platformCases } from "./platform-cases.ts";
import { prepare } from "./prepare.ts";
import { probeCases } from "./probe-cases.ts";
import { raceCases } from "./race-cases.ts";
import { scanCases } from "./scan-cases.ts";
import { stateCases } from "./state-cases.ts";
import { walkCases } from "./walk-cases.ts";
import { namespaces, openGitWorld, openVolumeWorld } from "./worlds.ts";

/** One case as it went. */
interface CaseResult {
  readonly point: number;
  readonly name: string;
  readonly verdict: "ok" | "failed" | "skipped";
  readonly saw: string;
  readonly seconds: number;
}

/** Deploys factories to the cluster and looks at everything that they do there; prints a table. */
async function main(place: Place): Promise<number> {
  const prepared = await prepare(place, Object.values(namespaces));
  const results: CaseResult[] = [];
  const lookAtAll = async <World extends ClusterWorld>(
    cases: readonly ClusterCase<World>[],
    open: () => Promise<World>,
  ) => {
    const chosen = cases.filter(({ name }) => place.only === undefined || new RegExp(place.only).test(name));
    if (chosen.length === 0) return;
    const world = await open();
    for (const each of chosen) {
      const result = await lookAt(each, world);
      process.stderr.write(`${resultLine(result)}\n`);
      results.push(result);
    }
  };
  try {
    // In this order: what is published by one is looked at by the next.
    await lookAtAll(
      [
        ...manifestCases,
        ...probeCases,
        ...buildCases,
        ...analysisCases,
        ...raceCases,
        ...commandCases,
        ...platformCases,
      ],
      () => openVolumeWorld(place, prepared),
    );
    await lookAtAll([...walkCases, ...stateCases, ...cacheCases, ...scanCases], () =>
      openGitWorld(place, prepared),
    );
  } finally {
    await prepared.tidy();
  }
  for (const result of results.toSorted((one, other) => one.point - other.point))
    process.stdout.write(`${resultLine(result)}\n`);
  return results.some(({ verdict }) => verdict === "failed") ? 70 : 0;
}

async function lookAt<World extends ClusterWorld>(
  { point, name, look }: ClusterCase<World>,
  world: World,
): Promise<CaseResult> {
  const startedAt = performance.now();
  const became = await look(world).then(
    (saw) => ({ verdict: "ok" as const, saw }),
    (error: unknown) =>
      error instanceof Skipped
        ? { verdict: "skipped" as const, saw: error.message }
        : { verdict: "failed" as const, saw: String(error) },
  );
  return { point, name, ...became, seconds: (performance.now() - startedAt) / 1_000 };
}

/** `ok       2    31.8 s  a policy failure fails the Job at once: 77, one pod`. */
function resultLine({ point, name, verdict, saw, seconds }: CaseResult): string {
  return `${verdict.padEnd(7)}  ${point}  ${seconds.toFixed(1).padStart(6)} s  ${name}: ${saw}`;
}

process.exit(await main(JSON.parse(process.argv[2] ?? "") as Place));
