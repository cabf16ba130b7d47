// npm run build IMAGE=<name>: builds what is stale for every platform, scans it, publishes it and reads it back.
// needs: git buildah runc trivy or podman docker

import { main } from "../src/command/main.ts";
import { allowWords } from "../src/command/options.ts";
import { askedEpoch, buildWords, insteadOf, parsePins } from "../src/command/words.ts";
import type { Enrolment } from "../src/enrolment/enrolment.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/open-factory.ts";
import { buildElsewhere } from "../src/setup/build-elsewhere.ts";

const spec = {
  command: "build",
  summary:
    "Builds what is stale of the named images and of the enrolled images under them, and publishes what passes its scan.",
  words: { ...buildWords, ...allowWords },
  flags: {
    "dry-run": { description: "Says what would be done, and does nothing." },
    json: { description: "Prints what became of each image as JSON." },
  },
  examples: [
    "npm run build IMAGE=hello",
    "npm run build IMAGE=all JOBS=4",
    "npm run -s build IMAGE=hello FORCE=1",
  ],
} as const;

await main(spec, async ({ words, flags }, session) => {
  if (!flags["dry-run"]) {
    const status = await buildElsewhere("build", process.argv.slice(2), session);
    if (status !== undefined) return status;
  }
  const instead = insteadOf(words);
  const pins = parsePins(words.PIN);
  const select = (enrolments: readonly Enrolment[]) => {
    const selected = selectImages(enrolments, words.IMAGE);
    if (words.BUMP === undefined || selected.some(({ versionFile }) => versionFile !== undefined))
      return selected;
    throw new FactoryError("usage", "BUMP: none of the named images has a version file (local.versionFile)");
  };
  const wordsFor = (enrolments: readonly Enrolment[]) => {
    const images = select(enrolments).map(({ name }) => name);
    return { images, ref: words.REF, source: words.SOURCE, tag: words.TAG, pins };
  };
  const factory = await openFactory(session, flags["dry-run"] ? "look" : "start", { words: wordsFor });
  const runWords = wordsFor(factory.enrolments);
  const { images } = runWords;
  const now = factory.clock().getTime();
  const request = {
    images,
    mode: "manual",
    now,
    force: words.FORCE ?? false,
    epoch: askedEpoch(words, now),
    allowPlatformLoss: words.ALLOW?.includes("platform-loss") ?? false,
    allowHeld: words.ALLOW?.includes("held") ?? false,
    bump: words.BUMP,
    fixes: true,
    onlyPlatform: words.PLATFORM,
    jobs: words.JOBS ?? factory.settings.jobs,
    startsPerMinute: undefined,
    instead,
    allowed: words.ALLOW === undefined ? undefined : { safeties: words.ALLOW, why: words.WHY ?? "" },
  } as const;
  if (flags["dry-run"]) {
    const { reportPlan } = await import("../src/command/plan-report.ts");
    return reportPlan(request, factory.resolver(runWords), session, {
      form: flags.json ? "json" : "text",
      watched: false,
    });
  }
  const { buildImages } = await import("../src/pipeline.ts");
  const outcomes = await buildImages(request, factory.pipeline(runWords));
  const { reportOutcomes } = await import("../src/command/outcomes.ts");
  return reportOutcomes(outcomes, factory, session, flags.json);
});
