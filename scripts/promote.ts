// npm run promote IMAGE=<name>|FROM=<reference> TO=<tag|reference>: puts a digest under tags of this and other repositories.
// needs:
import { main } from "../src/command/main.ts";
import { reportPromotion } from "../src/command/promote-report.ts";
import { promoteWords, subjectOf } from "../src/command/promote-words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/open-factory.ts";
import { promote } from "../src/promote/promote.ts";

const spec = {
  command: "promote",
  summary:
    "Puts a published digest, or an image of others, under further tags: within a repository its manifest alone, elsewhere a copy of every byte, with receipts and SBOMs. What is promoted has to be whole and to pass today's scan.",
  elsewhere: true,
  words: promoteWords,
  flags: {
    "dry-run": { description: "Says what would be set and copied; scans, copies and moves nothing." },
    json: { description: "Prints what became of each tag as JSON." },
  },
  examples: [
    "npm run promote IMAGE=api TO=stable",
    "npm run promote IMAGE=api DIGEST=2 TO=ghcr.io/acme/api:prod,registry.example.com/api:prod WHY='release 7'",
    "npm run promote FROM=debian:13 TO=registry.example.com/mirror/debian:13 -- --dry-run",
  ],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const subject = subjectOf(words);
  if (words.TO === undefined)
    throw new FactoryError("usage", "expected TO=<tag|reference>, which is to be set");
  const factory = await openFactory(session, "look", {
    check: (images) => {
      if ("image" in subject) selectImages(images, subject.image);
    },
  });
  const { client, clock, scanner, enrolments, settings } = factory;
  const { log, signal } = session;
  const report = await promote(
    {
      subject,
      to: words.TO,
      scan: words.SCAN === undefined,
      allowHeld: words.ALLOW !== undefined,
      why: words.WHY,
      dryRun: flags["dry-run"],
    },
    {
      client,
      clock,
      scanner,
      enrolments,
      log,
      signal,
      stateDir: settings.stateDir,
      workDir: settings.workDir,
    },
  );
  return reportPromotion(report, client, session, flags.json);
});
