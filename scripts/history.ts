// npm run history IMAGE=<name>: every publication of an image, newest first, by its state and the receipts in the registry.
// needs:
import { historyJson, historyLines } from "../src/command/history-rows.ts";
import { main } from "../src/command/main.ts";
import { numberWord } from "../src/command/options.ts";
import { imageWord } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { openFactory } from "../src/open-factory.ts";
import { readHistory } from "../src/receipt/history.ts";
import { activeHold, formatHold } from "../src/state/holds.ts";
import { readRecord } from "../src/state/state-file.ts";

const spec = {
  command: "history",
  summary:
    "Lists what was published of the named images, newest first: when, digest, unique tag, commit, verdict, tags that moved, why, who asked, and where it was promoted to, by state and the receipts in the registry.",
  elsewhere: true,
  words: {
    IMAGE: imageWord,
    LAST: numberWord("<n>", "How many publications of each image; by default 20.", 1),
  },
  flags: { json: { description: "Prints them as JSON, with the whole receipts." } },
  examples: ["npm run history IMAGE=hello", "npm run -s history IMAGE=hello LAST=1 -- --json"],
} as const;

const defaultLast = 20;

await main(spec, async ({ words, flags }, session) => {
  const { enrolments, settings, client, clock } = await openFactory(session, "look");
  const images = selectImages(enrolments, words.IMAGE);
  const histories = [];
  for (const { name, repository } of images) {
    const record = await readRecord(settings.stateDir, name);
    const hold = activeHold(record.hold, clock().getTime());
    const rows = await readHistory(repository, record, words.LAST ?? defaultLast, client);
    histories.push({ image: name, ...(hold === undefined ? {} : { hold }), rows });
  }
  if (flags.json) {
    const shown = histories.map((history) => ({ ...history, rows: history.rows.map(historyJson) }));
    session.print(JSON.stringify(shown, undefined, 2));
    return 0;
  }
  for (const { image, hold, rows } of histories) {
    session.print(
      `${image}${hold === undefined ? "" : `: ${formatHold(hold)}`}${rows.length === 0 ? ": never published" : ""}`,
    );
    for (const line of historyLines(rows)) session.print(`  ${line}`);
  }
  return 0;
});
