// npm run gc [IMAGE=<name>] [IN_USE=<file>|-]: removes what nothing needs any more of the registry and of this machine.
// needs:
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { doneLines, gcJson, goingLines } from "../src/command/gc-report.ts";
import { main } from "../src/command/main.ts";
import { textWord } from "../src/command/options.ts";
import { imageWord } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { exitStatus, FactoryError, worstStatus } from "../src/errors.ts";
import { collectGarbage } from "../src/garbage.ts";
import type { PlaceReport } from "../src/gc/gc.ts";
import { type InUse, parseInUse } from "../src/gc/in-use.ts";
import { openFactory } from "../src/open-factory.ts";
import { sizeOf } from "../src/registry/embedded/describe-status.ts";

const spec = {
  command: "gc",
  summary:
    "Removes what nothing needs any more: superseded publications of the named images (by default all) with their receipts, what builds left in staging, old layers of layerCache, and layers on this machine of images that are enrolled no more. Says what goes before it does.",
  words: {
    IMAGE: imageWord,
    IN_USE: textWord(
      "<file>|-",
      "Digests and references of what runs, which stays: a file, or - for what is piped in.",
    ),
  },
  flags: {
    "dry-run": { description: "Says what would go, and changes nothing." },
    json: { description: "Prints it as JSON." },
  },
  examples: [
    "npm run gc -- --dry-run",
    "kubectl get pods -A -o jsonpath='{.items[*].status.containerStatuses[*].imageID}' | npm run gc IN_USE=-",
  ],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const { log, print, showError } = session;
  const inUse = await readInUse(words.IN_USE);
  const named = words.IMAGE;
  const factory = await openFactory(session, "look", {
    check: (images) => {
      if (named !== undefined) selectImages(images, named);
    },
  });
  const request = {
    selected:
      named === undefined
        ? undefined
        : new Set(selectImages(factory.enrolments, named).map(({ name }) => name)),
    inUse,
    dryRun: flags["dry-run"],
    announce: (reports: readonly PlaceReport[]) => {
      for (const text of goingLines(reports)) log({ kind: "note", text });
    },
  };
  const { reports, layers, freed } = await collectGarbage(request, factory, session);
  if (flags.json) {
    print(JSON.stringify({ repositories: reports.map(gcJson), layers, freedBytes: freed }, undefined, 2));
  } else {
    const lines = flags["dry-run"] ? goingLines(reports) : doneLines(reports);
    for (const line of lines) print(line);
    for (const { image, platform } of layers)
      print(`layers of ${image} for ${platform}: not enrolled any more`);
    if (freed !== undefined) print(`freed ${sizeOf(freed)}`);
    if (lines.length + layers.length === 0) log({ kind: "note", text: "nothing to delete" });
  }
  const errors = reports.flatMap(({ error }) => error ?? []);
  for (const error of errors) showError(error);
  return worstStatus(errors.map(exitStatus));
});

async function readInUse(word: string | undefined): Promise<InUse> {
  if (word === undefined) return { digests: new Set(), tags: [] };
  if (word === "-") return parseInUse(await text(process.stdin), "stdin");
  const list = await readFile(word, "utf8").catch((cause: Error) => {
    throw new FactoryError("usage", `IN_USE: ${word} cannot be read: ${cause.message}`, { cause });
  });
  return parseInUse(list, word);
}
