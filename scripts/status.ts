// npm run status [IMAGE=<name>]: what is published of each image, and whether its tags are where the factory left them.
// needs:
import { readBaseRecords } from "../src/bases/record-store.ts";
import { contextWord, openCluster } from "../src/cluster/operator.ts";
import { viewCluster } from "../src/cluster/view.ts";
import { clusterLines } from "../src/command/cluster-rows.ts";
import { main } from "../src/command/main.ts";
import { imageStatus, statusLines } from "../src/command/status-rows.ts";
import { imageWord } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { openFactory } from "../src/open-factory.ts";
import { readSettings } from "../src/settings.ts";
import { ownRoot } from "../src/setup/needs.ts";
import { readRecord } from "../src/state/state-file.ts";

const spec = {
  command: "status",
  summary:
    "Shows what is published of the named images (by default all), when, by which scan, where its tags are now, and what is held or fails.",
  elsewhere: true,
  words: {
    IMAGE: imageWord,
    CONTEXT: { ...contextWord, description: `With --cluster: ${contextWord.description}` },
  },
  flags: {
    json: { description: "Prints it as JSON." },
    cluster: {
      description:
        "Shows Jobs, schedules, and Kargo's Stages of the cluster instead; IMAGE is one image then.",
    },
  },
  examples: ["npm run status", "npm run -s status -- --json", "npm run status -- --cluster"],
} as const;

await main(spec, async ({ words, flags }, session) => {
  if (flags.cluster) {
    const cluster = await openCluster(words.CONTEXT, await readSettings(ownRoot, session.env), session);
    const view = await viewCluster(words.IMAGE, cluster);
    if (flags.json) session.print(JSON.stringify(view, undefined, 2));
    else for (const line of clusterLines(view)) session.print(line);
    return 0;
  }
  const { enrolments, settings, client, clock } = await openFactory(session, "look");
  const door = { client, clock, bases: await readBaseRecords(settings) };
  const rows = await Promise.all(
    selectImages(enrolments, words.IMAGE ?? "all").map(async (enrolment) =>
      imageStatus(enrolment, await readRecord(settings.stateDir, enrolment.name), door),
    ),
  );
  if (flags.json) session.print(JSON.stringify(rows, undefined, 2));
  else for (const line of statusLines(rows)) session.print(line);
  return 0;
});
