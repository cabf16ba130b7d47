// npm run test:faults [PART=<part>] [KILLS=<n>] [SEED=<n>]: breaks what builds rely on, and looks whether promises are kept.
// needs: git buildah runc registry trivy skopeo
import { main } from "../src/command/main.ts";
import { checkedWord, choiceWord, numberWord } from "../src/command/options.ts";
import { caseLine, tableLines } from "../test/faults/fault-table.ts";
import { parts } from "../test/faults/matrix.ts";
import { boundaryNames, type GroupedResult } from "../test/faults/run-faults.ts";
import { runParts } from "../test/faults/run-parts.ts";
import { runSideBySide, sideBySideLines } from "../test/faults/side-by-side.ts";

const spec = {
  command: "test:faults",
  summary:
    "Builds one image over and over while its registry fails in every way at every kind of request, or while the build is killed, and checks what was published, said and left behind. The whole takes hours.",
  words: {
    PART: choiceWord(
      [...parts, "kill", ...boundaryNames, "tools", "side-by-side"] as const,
      "Only faults of what is pushed, read or scanned, only kills, faults of another server than the registry, tools that misbehave, or the registry's faults for the factory and plain scripts.",
    ),
    KILLS: numberWord("<n>", "How many builds are killed at a random moment. By default 20.", 0),
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
  const options = {
    kills: words.KILLS ?? (words.PART === undefined || words.PART === "kill" ? 20 : 0),
    seed,
    lanes: words.LANES ?? 2,
    untilMs: words.MINUTES === undefined ? Number.POSITIVE_INFINITY : Date.now() + words.MINUTES * 60_000,
    ...(words.ONLY === undefined ? {} : { only: new RegExp(words.ONLY) }),
    signal,
    onResult: (result: GroupedResult) => say(caseLine(result)),
  };
  if (words.PART === "side-by-side") {
    const table = await runSideBySide({ ...options, say });
    if (flags.json) print(JSON.stringify({ seed, ...table }, undefined, 2));
    for (const line of sideBySideLines(table, seed)) (flags.json ? say : print)(line);
    return undefined;
  }
  const found = await runParts(words.PART, options);
  if (flags.json) print(JSON.stringify({ seed, ...found }, undefined, 2));
  else for (const line of tableLines(found, seed)) print(line);
  signal.throwIfAborted();
  return found.results.every(({ defects }) => defects.length === 0) ? 0 : 70;
});

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
