// npm run lift IMAGE=<name>: ends a hold before its time.
// needs:
import { withHold } from "../src/bases/base-hold.ts";
import { changeBaseRecords } from "../src/bases/record-store.ts";
import { heldWords, holdTarget } from "../src/command/hold-words.ts";
import { main } from "../src/command/main.ts";
import { openFactory } from "../src/open-factory.ts";
import { activeHold, formatHold, type Hold } from "../src/state/holds.ts";
import { withImage } from "../src/state/repository-lock.ts";
import { readRecord, writeStanding } from "../src/state/state-file.ts";

const spec = {
  command: "lift",
  summary: "Ends the hold of the named images or of a base; what is not held stays as it is.",
  words: heldWords,
  flags: {},
  examples: ["npm run lift IMAGE=api", "npm run lift BASE=node:22"],
} as const;

await main(spec, async ({ words }, session) => {
  const { enrolments, watched, settings, clock } = await openFactory(session, "look");
  const { stateDir, workDir } = settings;
  const door = { stateDir, workDir, signal: session.signal };
  const target = await holdTarget(words, { images: enrolments, watched }, { stateDir, workDir });
  const say = (name: string, hold: Hold | undefined) => {
    const active = activeHold(hold, clock().getTime());
    session.print(
      active === undefined ? `${name} is not held` : `${name}: lifted what was ${formatHold(active)}`,
    );
  };
  if (target.kind === "base") {
    const { reference, record } = target.base;
    if (record?.hold !== undefined)
      await changeBaseRecords(new Map([[reference, withHold(reference, undefined)]]), door);
    say(reference, record?.hold);
    return 0;
  }
  for (const { name, repository } of target.images) {
    await withImage({ image: name, repository }, door, async () => {
      const { hold } = await readRecord(stateDir, name);
      if (hold !== undefined) await writeStanding(stateDir, name, { hold: undefined });
      say(name, hold);
    });
  }
  return 0;
});
