// npm run rollback IMAGE=<name> [TO=<digest|n>] WHY=<text>: puts an image's tags back to an earlier published digest.
// needs:
import { main } from "../src/command/main.ts";
import { choicesWord, textWord } from "../src/command/options.ts";
import { receiptError } from "../src/command/outcomes.ts";
import { imageWord, publicationWord } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/open-factory.ts";
import { settleReceipts } from "../src/receipt/owed.ts";
import { carryOutRollback } from "../src/rollback.ts";

const spec = {
  command: "rollback",
  summary:
    "Puts the tags of an image back to an earlier published digest, which has to be whole and to pass today's scan, and holds it there until npm run lift.",
  elsewhere: true,
  words: {
    IMAGE: imageWord,
    TO: publicationWord("by default the digest before this."),
    ALLOW: choicesWord(["blocked", "held"], "Steps over these safeties, this once.", "WHY"),
    WHY: textWord("<text>", "The reason, which is recorded."),
  },
  flags: {},
  examples: [
    "npm run rollback IMAGE=api WHY='logins fail'",
    "npm run rollback IMAGE=api TO=3 WHY='logins fail since Monday'",
  ],
} as const;

await main(spec, async ({ words }, session) => {
  const why = words.WHY;
  if (why === undefined) throw new FactoryError("usage", "a rollback needs WHY=<text>, which is recorded");
  const factory = await openFactory(session, "look", {
    check: (images) => selectImages(images, words.IMAGE),
  });
  const [enrolment, ...more] = selectImages(factory.enrolments, words.IMAGE);
  if (factory.settings.publish === "unique") {
    throw new FactoryError("usage", "the tags of this factory are not its own to move (publish: unique)", {
      hint: `Promote older Freight to ${enrolment.name}-stable in Kargo; npm run hold IMAGE=${enrolment.name} keeps new builds away.`,
    });
  }
  if (more.length > 0) throw new FactoryError("usage", "a rollback is of one image: IMAGE=<name>");
  const { stateDir } = factory.settings;
  const { client, clock } = factory;
  const door = {
    client,
    clock,
    stateDir,
    log: session.log,
    signal: session.signal,
    scanner: factory.scanner,
  };
  const request = { enrolment, to: words.TO, why, allow: words.ALLOW ?? [] };
  const reference = await carryOutRollback(request, door);
  session.print(reference);
  try {
    await settleReceipts(enrolment.name, door);
  } catch (error) {
    if (!(error instanceof FactoryError) || session.signal.aborted) throw error;
    throw receiptError(enrolment.name, error);
  }
  return 0;
});
