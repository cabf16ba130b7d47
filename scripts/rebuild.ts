// npm run rebuild [IMAGE=<name>]: what a schedule runs: builds by itself what is stale, in order, and reports.
// needs: git buildah runc trivy or podman docker

import { main } from "../src/command/main.ts";
import { type Allowance, allowWords } from "../src/command/options.ts";
import { reportPlan, reportWatched } from "../src/command/plan-report.ts";
import { reportRebuild } from "../src/command/rebuild-result.ts";
import { buildWords } from "../src/command/words.ts";
import type { Enrolment } from "../src/enrolment/enrolment.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/open-factory.ts";
import { buildImages } from "../src/pipeline.ts";
import { buildElsewhere } from "../src/setup/build-elsewhere.ts";

const { IMAGE, PLATFORM, JOBS } = buildWords;
const spec = {
  command: "rebuild",
  summary:
    "What a schedule runs: rebuilds by itself, in order, what is stale of the named images (by default all) and has waited long enough, and reports what became of each.",
  words: { IMAGE, PLATFORM, JOBS, ...allowWords },
  flags: {
    "dry-run": { description: "Says what would be done, and does nothing." },
    json: { description: "Prints the report as JSON." },
    markdown: { description: "Prints the report as Markdown." },
  },
  examples: [
    "npm run rebuild",
    "npm run rebuild IMAGE=api ALLOW=wait WHY='the base fixes an exploit'",
    "npm run -s rebuild -- --markdown",
  ],
} as const;

await main(spec, async ({ words, flags }, session) => {
  if (flags.json && flags.markdown)
    throw new FactoryError("usage", "a report is --json or --markdown, not both");
  if (!flags["dry-run"]) {
    const status = await buildElsewhere("rebuild", process.argv.slice(2), session);
    if (status !== undefined) return status;
  }
  const allowed = new Set<Allowance>(words.ALLOW);
  const wordsFor = (enrolments: readonly Enrolment[]) => {
    const images = selectImages(enrolments, words.IMAGE ?? "all").map(({ name }) => name);
    const mode = allowed.has("wait") ? "manual" : "automatic";
    return { images, mode, scansBases: !flags["dry-run"] } as const;
  };
  const factory = await openFactory(session, flags["dry-run"] ? "look" : "start", { words: wordsFor });
  const { settings } = factory;
  const runWords = wordsFor(factory.enrolments);
  const { images } = runWords;
  const request = {
    images,
    mode: "automatic",
    now: factory.clock().getTime(),
    force: false,
    epoch: undefined,
    allowPlatformLoss: allowed.has("platform-loss"),
    allowHeld: allowed.has("held"),
    fixes: true,
    onlyPlatform: words.PLATFORM,
    jobs: words.JOBS ?? settings.jobs,
    startsPerMinute: settings.rebuildsPerMinute,
    allowed: words.ALLOW === undefined ? undefined : { safeties: words.ALLOW, why: words.WHY ?? "" },
  } as const;
  if (flags["dry-run"]) {
    return reportPlan(request, factory.resolver(runWords), session, {
      form: flags.json ? "json" : "text",
      watched: words.IMAGE === undefined,
      presentDatabases: factory.presentDatabases,
    });
  }
  const pipeline = factory.pipeline(runWords);
  if (words.IMAGE === undefined) reportWatched(await pipeline.resolver.watched(), [], session.log);
  const outcomes = await buildImages(request, pipeline);
  return reportRebuild(outcomes, factory, session, flags);
});
