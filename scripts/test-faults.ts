// npm run test:faults [PART=<part>] [KILLS=<n>] [SEED=<n>]: breaks what builds rely on, and looks whether promises are kept.
// needs: git buildah runc registry trivy skopeo
import { main } from "../src/command/main.ts";
import { checkedWord, choiceWord, numberWord } from "../src/command/options.ts";
import { canaryCases } from "../test/faults/canary-cases.ts";
import { makeCanaryWorld } from "../test/faults/canary-world.ts";
import { diskCases, makeDiskWorld, mayMount } from "../test/faults/disk-cases.ts";
import { caseLine, tableLines } from "../test/faults/fault-table.ts";
import { parts } from "../test/faults/matrix.ts";
import { makeRaceWorld } from "../test/faults/race-world.ts";
import { allRaces } from "../test/faults/races.ts";
import {
  boundaryNames,
  type FaultResults,
  type FaultRun,
  type GroupedResult,
  runFaults,
} from "../test/faults/run-faults.ts";
import { runKills } from "../test/faults/run-kills.ts";
import { runTitled, type TitledRun } from "../test/faults/run-titled.ts";
import { runTools } from "../test/faults/run-tools.ts";
import { runSideBySide, sideBySideLines } from "../test/faults/side-by-side.ts";

const allParts = [
  ...parts,
  ...boundaryNames,
  ...(["tools", "kill", "races", "canary", "disk", "side-by-side"] as const),
] as const;

const spec = {
  command: "test:faults",
  summary:
    "Builds one image over and over while its registry fails in every way at every kind of request, or while the build is killed, and checks what was published, said and left behind. The whole takes hours.",
  words: {
    PART: choiceWord(
      allParts,
      "Only faults of what is pushed, read or scanned; of another server than the registry; tools that misbehave; only kills; only runs that meet; only the search for secrets; only full and read-only disks, which takes root; or the registry's faults for the factory and plain scripts.",
    ),
    KILLS: numberWord("<n>", "How many builds are killed at a random moment. By default 20.", 0),
    FROM: numberWord(
      "<n>",
      "Begins with the n-th case of the seed: goes on with a run, or shares it out.",
      1,
    ),
    PROCESSES: numberWord("<n>", "How many runs of one build begin at once. By default 50.", 2),
    ROUNDS: numberWord("<n>", "How often they do. By default 20.", 1),
    SEED: numberWord("<n>", "Repeats the kills and the order of a run that printed this.", 0),
    MINUTES: numberWord("<n>", "Begins no case after so many minutes.", 1),
    LANES: numberWord("<n>", "Builds side by side. By default 2.", 1),
    ONLY: checkedWord("<pattern>", "Only cases whose names match.", isPattern, "a regular expression"),
  },
  flags: { json: { description: "Prints every case as JSON, with what the build said." } },
  examples: ["npm run test:faults PART=push MINUTES=10", "npm run test:faults PART=kill KILLS=100 SEED=7"],
} as const;

await main(spec, async ({ words, flags }, { print, signal }) => {
  const seed = words.SEED ?? Math.floor(Math.random() * 1e6);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`SEED=${seed}`);
  const { PART } = words;
  const shared = {
    seed,
    from: words.FROM ?? 1,
    lanes: words.LANES ?? 2,
    untilMs: words.MINUTES === undefined ? Number.POSITIVE_INFINITY : Date.now() + words.MINUTES * 60_000,
    ...(words.ONLY === undefined ? {} : { only: new RegExp(words.ONLY) }),
    signal,
    onResult: (result: GroupedResult) => say(caseLine(result)),
  };
  if (PART === "side-by-side") {
    await runContest({ ...shared, say }, flags.json, print);
    return undefined;
  }
  const runs = runsOf(PART, shared, {
    kills: words.KILLS ?? 20,
    processes: words.PROCESSES ?? 50,
    rounds: words.ROUNDS ?? 20,
  });
  const results: GroupedResult[] = [];
  let left = 0;
  for (const run of runs) {
    const found = await run();
    results.push(...found.results);
    left += found.left;
  }
  const found = { results, left };
  if (flags.json) print(JSON.stringify({ seed, ...found }, undefined, 2));
  else for (const line of tableLines(found, seed)) print(line);
  signal.throwIfAborted();
  return found.results.every(({ defects }) => defects.length === 0) ? 0 : 70;
});

async function runContest(
  options: Parameters<typeof runSideBySide>[0],
  json: boolean,
  print: (line: string) => void,
): Promise<void> {
  const table = await runSideBySide(options);
  if (json) print(JSON.stringify({ seed: options.seed, ...table }, undefined, 2));
  for (const line of sideBySideLines(table, options.seed)) (json ? options.say : print)(line);
}

interface Amounts {
  readonly kills: number;
  readonly processes: number;
  readonly rounds: number;
}

/** What a part consists of; without one, all that the factory alone is put through. */
function runsOf(
  part: (typeof allParts)[number] | undefined,
  shared: Omit<FaultRun, "part">,
  { kills, processes, rounds }: Amounts,
): readonly (() => Promise<FaultResults>)[] {
  return [
    ...(part === undefined || isIn(part, parts) ? [() => runFaults({ ...shared, part })] : []),
    ...boundaryNames
      .filter((name) => part === undefined || part === name)
      .map((name) => () => runFaults({ ...shared, part: name })),
    ...(part === undefined || part === "tools" ? [() => runTools(shared)] : []),
    ...(part === undefined || part === "kill" ? [() => runKills({ ...shared, kills })] : []),
    ...(part === undefined || part === "races"
      ? [
          () =>
            runTitled(allRaces(processes, rounds), makeRaceWorld, {
              ...shared,
              group: "races",
            }),
        ]
      : []),
    ...(part === undefined || part === "canary"
      ? [() => runTitled(canaryCases, makeCanaryWorld, { ...shared, group: "canary" })]
      : []),
    ...(part === undefined || part === "disk" ? [() => runDisks({ ...shared, group: "disk" })] : []),
  ];
}

/** Small disks of their own have to be mounted. */
function runDisks(options: TitledRun): Promise<FaultResults> {
  if (mayMount) return runTitled(diskCases, makeDiskWorld, options);
  process.stderr.write("skipped: full and read-only disks take the right to mount\n");
  return Promise.resolve({ results: [], left: diskCases.length });
}

function isIn<T extends string>(word: string, words: readonly T[]): word is T {
  return words.some((one) => one === word);
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
