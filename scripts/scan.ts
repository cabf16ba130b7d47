// npm run scan [IMAGE=<name>]: compares what is published with today's database and records what a rebuild would fix.
// needs:
import { main } from "../src/command/main.ts";
import { checkedWord } from "../src/command/options.ts";
import { scanAndReport, scanFlags } from "../src/command/scan-results.ts";
import { imageWord } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/open-factory.ts";
import { describeAdoption } from "../src/plan/duties.ts";
import { fixesReason } from "../src/plan/fixes.ts";
import { formatReason } from "../src/plan/reason.ts";
import { recordScan } from "../src/publish/adopt.ts";
import { recordFixes } from "../src/publish/record-fixes.ts";
import { isDigest } from "../src/registry/digest.ts";
import { readState } from "../src/state/state-file.ts";

const spec = {
  command: "scan",
  summary:
    "Compares what is published of the named images (by default all that are) with today's database, by the SBOM that the first scan of a digest keeps beside it, and records what a rebuild would fix. Builds nothing and moves no tag.",
  elsewhere: true,
  words: {
    IMAGE: imageWord,
    DIGEST: checkedWord(
      "<digest>",
      "Scans this digest of the one named image in place of the published one.",
      isDigest,
      "sha256:<64 hex digits>",
    ),
  },
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
  const given = words.DIGEST;
  if (given !== undefined && (words.IMAGE === undefined || chosen.length !== 1))
    throw new FactoryError("usage", "a digest is of one image: IMAGE=<name> DIGEST=<digest>");
  const published = states.flatMap(({ enrolment, state }) => {
    const digest = given ?? state?.digest;
    return digest === undefined ? [] : [{ enrolment, tagOrDigest: digest, digest, state }];
  });
  for (const { enrolment, state } of states) {
    if (state?.adopted === undefined) continue;
    const scanned = state.scan === undefined ? "not scanned here until now" : "scanned here before";
    session.log({
      kind: "note",
      image: enrolment.name,
      text: `${describeAdoption(state.adopted)}, ${scanned}`,
    });
  }
  const missing = states.filter(({ state }) => state === undefined).map(({ enrolment }) => enrolment.name);
  if (words.IMAGE !== undefined && given === undefined && missing.length > 0) {
    throw new FactoryError("usage", `not published yet: ${missing.join(", ")}`, {
      hint: `npm run build IMAGE=${missing.join(",")}`,
    });
  }
  if (published.length === 0)
    session.log({ kind: "note", text: "nothing is published yet, so there is nothing to scan" });
  const { client, clock } = factory;
  const door = {
    client,
    clock,
    stateDir,
    log: session.log,
    signal: session.signal,
  };
  return scanAndReport(published, factory, flags, session, {
    scan: factory.scanner().rescan,
    scanned: async ({ enrolment, digest, state }, scans) => {
      if (digest !== state?.digest) return;
      await recordScan(enrolment, digest, scans, door);
      const fixes = await recordFixes(enrolment, digest, scans, door);
      if (fixes.length > 0) {
        const text = `a rebuild ${formatReason(fixesReason(fixes))}`;
        session.log({ kind: "note", image: enrolment.name, text });
      }
    },
  });
});
