// npm run fsck [IMAGE=<name>] [-- --repair]: compares state, registry and receipts, and says what differs.
// needs:
import { hostname } from "node:os";
import { type FsckRow, fsckJson, fsckStatus, printFsck } from "../src/command/fsck-report.ts";
import { main } from "../src/command/main.ts";
import { imageWord } from "../src/command/words.ts";
import type { Enrolment } from "../src/enrolment/enrolment.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { FactoryError } from "../src/errors.ts";
import { checkFiles, checkImage } from "../src/fsck/check-image.ts";
import { openFactory } from "../src/open-factory.ts";
import { createTurns } from "../src/turns.ts";

const spec = {
  command: "fsck",
  summary:
    "Compares what state, registry and receipts say of the named images (by default all), and names each difference with its place and remedy. With --repair, rebuilds lost state from the receipts, sets tags again that are gone and writes receipts that are missing. Moves no tag that somebody else has set.",
  elsewhere: true,
  words: { IMAGE: imageWord },
  flags: {
    repair: { description: "Puts right what can be; what is damaged stays beside under another name." },
    json: { description: "Prints it as JSON." },
  },
  examples: ["npm run fsck", "npm run fsck IMAGE=hello -- --repair"],
} as const;

/** Each is some requests at a time by itself. */
const imagesAtOnce = 4;

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
  const inTurn = createTurns(imagesAtOnce);
  const check = async (enrolment: Enrolment): Promise<FsckRow> => {
    const image = enrolment.name;
    try {
      return { image, checked: await checkImage(enrolment, flags.repair, door) };
    } catch (error) {
      if (!(error instanceof FactoryError) || session.signal.aborted) throw error;
      return { image, checked: [], error };
    }
  };
  rows.push(...(await Promise.all(images.map((enrolment) => inTurn(() => check(enrolment))))));
  if (flags.json) session.print(JSON.stringify(rows.map(fsckJson), undefined, 2));
  else printFsck(rows, session);
  return fsckStatus(rows);
});
