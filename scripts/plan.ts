// npm run plan [IMAGE=<name>]: what a rebuild would do, in order, and why; changes nothing.
// needs:
import { main } from "../src/command/main.ts";
import { reportPlan } from "../src/command/plan-report.ts";
import { buildWords, parsePins } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { openFactory } from "../src/factory.ts";

const { IMAGE, TAG, FORCE, REF, PIN, EPOCH } = buildWords;
const spec = {
  command: "plan",
  summary:
    "Says what a rebuild of the named images (by default all) would do, in order, each with its reason, and what it leaves for later. With TAG, FORCE, REF, PIN or EPOCH: what such a build would do. Changes nothing.",
  words: { IMAGE, TAG, FORCE, REF, PIN, EPOCH },
  flags: { json: { description: "Prints the plan as JSON." } },
  examples: ["npm run plan", "npm run -s plan IMAGE=hello -- --json"],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const factory = await openFactory(session, "look");
  const images = selectImages(factory.enrolments, words.IMAGE ?? "all").map(({ name }) => name);
  // These words are for a build that somebody asks for, which waits for nothing.
  const byHand = [words.TAG, words.FORCE, words.REF, words.PIN, words.EPOCH].some(
    (word) => word !== undefined,
  );
  const request = {
    images,
    mode: byHand ? "manual" : "automatic",
    now: factory.clock().getTime(),
    force: words.FORCE ?? false,
    epoch: words.EPOCH ?? (words.FORCE ? Math.floor(factory.clock().getTime() / 1000) : undefined),
    allowPlatformLoss: false,
    allowHeld: false,
    databases: await factory.presentDatabases(),
  } as const;
  const resolver = factory.resolver({
    images,
    ref: words.REF,
    tag: words.TAG,
    pins: parsePins(words.PIN),
    waits: !byHand,
  });
  return reportPlan(request, resolver, session, flags.json);
});
