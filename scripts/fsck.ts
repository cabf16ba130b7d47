// npm run fsck [IMAGE=<name>] [-- --repair]: compares state, registry and receipts, and says what differs.
// needs:
import { hostname } from "node:os";
import { type FsckRow, fsckJson, fsckStatus, printFsck } from "../src/command/fsck-report.ts";
import { main } from "../src/command/main.ts";
import { imageWord } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/factory.ts";
import { checkFiles, checkImage } from "../src/fsck/check-image.ts";

const spec = {
  command: "fsck",
  summary:
    "Compares what state, registry and receipts say of the named images (by default all), and names each difference with its place and remedy. With --repair, rebuilds lost state from the receipts, sets tags again that are gone and writes receipts that are missing. Moves no tag that somebody else has set.",
  words: { IMAGE: imageWord },
  flags: {
    repair: { description: "Puts right what can be; what is damaged stays beside under another name." },
    json: { description: "Prints it as JSON." },
  },
  examples: ["npm run fsck", "npm run fsck IMAGE=hello -- --repair"],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const { enrolments, settings, client, clock } = await openFactory(session, "look");
  const images = selectImages(enrolments, words.IMAGE ?? "all");
  const { stateDir, workDir, publish } = settings;
  const door = {
    ...{ client, stateDir, workDir, clock, signal: session.signal },
    movesTags: publish === "tags",
    host: hostname(),
  };
  const rows: FsckRow[] = [{ image: undefined, checked: await checkFiles(flags.repair, door) }];
  for (const enrolment of images) {
    const image = enrolment.name;
    try {
      rows.push({ image, checked: await checkImage(enrolment, flags.repair, door) });
    } catch (error) {
      if (!(error instanceof FactoryError) || session.signal.aborted) throw error;
      rows.push({ image, checked: [], error });
    }
  }
  if (flags.json) session.print(JSON.stringify(rows.map(fsckJson), undefined, 2));
  else printFsck(rows, session);
  return fsckStatus(rows);
});
