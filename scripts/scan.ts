// npm run scan [IMAGE=<name>]: scans what is published with today's database.
// needs:
import { main } from "../src/command/main.ts";
import { type ScannedImage, scanAndReport, scanFlags } from "../src/command/scan-results.ts";
import { imageWord } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/factory.ts";
import { describeAdoption } from "../src/plan/duties.ts";
import { recordScan } from "../src/publish/adopt.ts";
import { readState } from "../src/state/state-file.ts";

const spec = {
  command: "scan",
  summary:
    "Scans what is published of the named images (by default all that are) with today's database. Publishes and moves nothing.",
  words: { IMAGE: imageWord },
  flags: scanFlags,
  examples: [
    "npm run scan",
    "npm run -s scan IMAGE=hello -- --json",
    "npm run -s scan IMAGE=hello -- --sarif",
  ],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const factory = await openFactory(session, "look");
  const { stateDir } = factory.settings;
  const chosen = selectImages(factory.enrolments, words.IMAGE ?? "all");
  const states = await Promise.all(
    chosen.map(async (enrolment) => ({ enrolment, state: await readState(stateDir, enrolment.name) })),
  );
  const published = states.flatMap(({ enrolment, state }): ScannedImage[] => {
    if (state === undefined) return [];
    const { digest, adopted } = state;
    if (adopted === undefined) return [{ enrolment, tagOrDigest: digest }];
    const { name, repository } = enrolment;
    const scanned = state.scan === undefined ? "not scanned here until now" : "scanned here before";
    session.log({ kind: "note", image: name, text: `${describeAdoption(adopted)}, ${scanned}` });
    const door = { ...factory.settings, clock: factory.clock, signal: session.signal };
    const onPassed: ScannedImage["onPassed"] = (scans) => recordScan(name, repository, digest, scans, door);
    return [{ enrolment, tagOrDigest: digest, onPassed }];
  });
  const missing = states.filter(({ state }) => state === undefined).map(({ enrolment }) => enrolment.name);
  if (words.IMAGE !== undefined && missing.length > 0) {
    throw new FactoryError("usage", `not published yet: ${missing.join(", ")}`, {
      hint: `npm run build IMAGE=${missing.join(",")}`,
    });
  }
  if (published.length === 0)
    session.log({ kind: "note", text: "nothing is published yet, so there is nothing to scan" });
  return scanAndReport(published, factory, flags, session);
});
