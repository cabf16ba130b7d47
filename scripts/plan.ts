// npm run plan [IMAGE=<name>]: what a rebuild would do, in order, and why, or what depends on a base; changes nothing.
// needs:

import { reportBlastRadius } from "../src/command/blast-radius-report.ts";
import { main } from "../src/command/main.ts";
import { allowWords } from "../src/command/options.ts";
import { reportPlan } from "../src/command/plan-report.ts";
import { baseWord, planForm } from "../src/command/plan-words.ts";
import { askedEpoch, buildWords, parsePins } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { openFactory } from "../src/factory.ts";

const { IMAGE, TAG, FORCE, REF, PIN, EPOCH } = buildWords;
const spec = {
  command: "plan",
  summary:
    "Says what a rebuild of the named images (by default all) would do, in order, each with its reason, and what it leaves for later; with TAG, FORCE, REF, PIN or EPOCH what such a build would do; or, with BASE or --dependants, what is built from something. Changes nothing.",
  elsewhere: true,
  words: { IMAGE, BASE: baseWord, TAG, FORCE, REF, PIN, EPOCH, ...allowWords },
  flags: {
    dependants: { description: "Prints every image that is built from the named ones, through every level." },
    graph: { description: "Prints the plan as a Mermaid flowchart." },
    json: { description: "Prints it as JSON, which plan.schema.json describes." },
  },
  examples: [
    "npm run plan",
    "npm run plan BASE=debian:trixie",
    "npm run plan IMAGE=debian-base -- --dependants",
    "npm run -s plan -- --graph",
    "npm run -s plan IMAGE=hello -- --json",
  ],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const form = planForm(words, flags);
  const factory = await openFactory(session, "look");
  const { enrolments, watched } = factory;
  const images = selectImages(enrolments, words.IMAGE ?? "all").map(({ name }) => name);
  // These words are for a build that somebody asks for, which waits for nothing.
  const byHand = [words.TAG, words.FORCE, words.REF, words.PIN, words.EPOCH].some(
    (word) => word !== undefined,
  );
  const mode = byHand || words.ALLOW?.includes("wait") ? "manual" : "automatic";
  const pins = parsePins(words.PIN);
  const resolver = factory.resolver({ images, ref: words.REF, tag: words.TAG, pins, mode });
  if (form === "dependants") {
    const all = enrolments.map(({ name }) => name);
    return reportBlastRadius(words.BASE ?? images, { all, watched, resolver, json: flags.json }, session);
  }
  const now = factory.clock().getTime();
  const request = {
    images,
    mode,
    now,
    force: words.FORCE ?? false,
    epoch: askedEpoch(words, now),
    allowPlatformLoss: words.ALLOW?.includes("platform-loss") ?? false,
    allowHeld: words.ALLOW?.includes("held") ?? false,
    fixes: true,
    databases: await factory.presentDatabases(),
  } as const;
  return reportPlan(request, resolver, session, { form, watched: words.IMAGE === undefined });
});
