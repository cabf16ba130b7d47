// npm run hold IMAGE=<name> WHY=<text>: what is published of an image stays, or a base is built on as it is now.
// needs:
import { withHold } from "../src/bases/base-hold.ts";
import type { BaseRecord } from "../src/bases/base-record.ts";
import { changeBaseRecords } from "../src/bases/record-store.ts";
import { heldWords, holdTarget } from "../src/command/hold-words.ts";
import { main } from "../src/command/main.ts";
import { textWord, type Word } from "../src/command/options.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/open-factory.ts";
import { userName } from "../src/receipt/asker.ts";
import type { Digest } from "../src/registry/digest.ts";
import { parseReference } from "../src/registry/reference.ts";
import { formatHold, parseUntil } from "../src/state/holds.ts";
import { withImage } from "../src/state/repository-lock.ts";
import { writeStanding } from "../src/state/state-file.ts";

const untilWord: Word<string> = {
  form: "<day|time>",
  description: "When it ends by itself: a UTC day, which it lasts through, or a time with its zone.",
  parse: (text) => {
    const value = parseUntil(text);
    return value === undefined ? { expected: "expected 2026-12-01 or 2026-12-01T08:00:00Z" } : { value };
  },
};

const spec = {
  command: "hold",
  summary:
    "Leaves the tags of the named images where they are, or makes images go on being built on a base as it is now, or as BASE=<reference>@<digest> says, until the hold ends or is lifted.",
  words: {
    ...heldWords,
    UNTIL: untilWord,
    WHY: textWord("<text>", "The reason, which is recorded."),
  },
  flags: {},
  examples: [
    "npm run hold IMAGE=api WHY='rolled back to yesterday'",
    "npm run hold BASE=node:22 UNTIL=2126-12-01 WHY='22.5 breaks TLS'",
  ],
} as const;

await main(spec, async ({ words }, session) => {
  if (words.WHY === undefined) throw new FactoryError("usage", "a hold needs WHY=<text>, which is recorded");
  const { enrolments, watched, settings, client, clock } = await openFactory(session, "look");
  const { stateDir, workDir } = settings;
  const now = clock();
  if (words.UNTIL !== undefined && Date.parse(words.UNTIL) <= now.getTime())
    throw new FactoryError("usage", `UNTIL: expected a time to come, got one that ended at ${words.UNTIL}`);
  const target = await holdTarget(words, { images: enrolments, watched }, { stateDir, workDir });
  const by = userName();
  const hold = {
    why: words.WHY,
    at: now.toISOString(),
    ...(words.UNTIL === undefined ? {} : { until: words.UNTIL }),
    ...(by === undefined ? {} : { by }),
  };
  if (target.kind === "images") {
    for (const { name, repository } of target.images) {
      // What publishes just now moves its tags first: afterwards they stay.
      await withImage({ image: name, repository }, { stateDir, signal: session.signal }, () =>
        writeStanding(stateDir, name, { hold }),
      );
      session.print(`${name}: ${formatHold(hold)}`);
    }
    return 0;
  }
  const { base } = target;
  const { registry, path, tag = "latest" } = parseReference(base.reference);
  const known = base.digest === undefined ? base.record?.currentDigest : seenDigest(base.record, base.digest);
  const digest = known ?? (await client.headManifest({ registry, path }, base.digest ?? tag))?.digest;
  if (digest === undefined) {
    const wanted = base.digest === undefined ? "" : `@${base.digest}`;
    throw new FactoryError("base-missing", `there is no image ${base.reference}${wanted}`);
  }
  await changeBaseRecords(new Map([[base.reference, withHold(base.reference, { ...hold, digest })]]), {
    stateDir,
    workDir,
    signal: session.signal,
  });
  session.print(`${base.reference} ${digest}: ${formatHold(hold)}`);
  const before = base.record?.previousDigest;
  if (base.digest === undefined && before !== undefined && before !== digest) {
    const text = `that is what it is now; to hold it at what it was before: BASE=${base.reference}@${before}`;
    session.log({ kind: "note", text });
  }
  return 0;
});

/** The digest where the base is recorded to have had it: its registry may have lost it since, and builds have a copy. */
function seenDigest(record: BaseRecord | undefined, digest: Digest): Digest | undefined {
  return record?.digests.find((seen) => seen.digest === digest)?.digest;
}
