// npm run plan [IMAGE=<name>]: what a rebuild would do, in order, and why, or what depends on a base; changes nothing.
// needs:

import { main } from "../src/command/main.ts";
import { allowWords } from "../src/command/options.ts";
import { baseWord, planForm } from "../src/command/plan-words.ts";
import { askedEpoch, buildWords, parsePins } from "../src/command/words.ts";
import type { Enrolment } from "../src/enrolment/enrolment.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { openFactory } from "../src/open-factory.ts";

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
  // These words are for a build that somebody asks for, which waits for nothing.
  const byHand = [words.TAG, words.FORCE, words.REF, words.PIN, words.EPOCH].some(
    (word) => word !== undefined,
  );
  const mode = byHand || words.ALLOW?.includes("wait") ? "manual" : "automatic";
  const pins = parsePins(words.PIN);
  const wordsFor = (enrolments: readonly Enrolment[]) => {
    const images = selectImages(enrolments, words.IMAGE ?? "all").map(({ name }) => name);
    return { images, ref: words.REF, tag: words.TAG, pins, mode } as const;
  };
  const factory = await openFactory(session, "look", { words: wordsFor });
  const { enrolments, watched } = factory;
  const runWords = wordsFor(enrolments);
  const { images } = runWords;
  const resolver = factory.resolver(runWords);
  if (form === "dependants") {
    const all = enrolments.map(({ name }) => name);
    const { reportBlastRadius } = await import("../src/command/blast-radius-report.ts");
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
  } as const;
  const { reportPlan } = await import("../src/command/plan-report.ts");
  const { presentDatabases } = factory;
  return reportPlan(request, resolver, session, {
    form,
    watched: words.IMAGE === undefined,
    presentDatabases,
  });
});
