// npm run trigger IMAGE=<name>: builds an image in the cluster, in a Job of its template, and ends as that build does.
// needs:
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { followJob } from "../src/cluster/follow-job.ts";
import { statusOf } from "../src/cluster/job-status.ts";
import { batch, buildTemplates, jobFrom } from "../src/cluster/jobs.ts";
import { accepted } from "../src/cluster/objects.ts";
import { contextWord, openCluster } from "../src/cluster/operator.ts";
import { main } from "../src/command/main.ts";
import { allowWords, textWord } from "../src/command/options.ts";
import { askedEpoch, buildWords } from "../src/command/words.ts";
import { FactoryError, worstStatus } from "../src/errors.ts";
import { readSettings } from "../src/settings.ts";
import { ownRoot } from "../src/setup/needs.ts";

const { IMAGE: _, SOURCE: __, ...passedOn } = buildWords;

const spec = {
  command: "trigger",
  summary:
    "Builds an image in the cluster: makes a Job of its template with the words that build takes too, shows its log, and ends with the build's own exit status. Told to stop, it leaves the Job.",
  words: {
    IMAGE: textWord("<name>", "The image."),
    ...passedOn,
    ...allowWords,
    CONTEXT: contextWord,
  },
  flags: { detach: { description: "Only makes the Job, and prints its name." } },
  examples: ["npm run trigger IMAGE=hello", "npm run trigger IMAGE=hello FORCE=1 -- --detach"],
} as const;

await main(spec, async ({ words, flags }, { env, log, print, signal }) => {
  const { IMAGE: image, CONTEXT: context, ...others } = words;
  if (image === undefined) {
    throw new FactoryError("usage", "trigger needs IMAGE=<name>", {
      hint: "npm run status -- --cluster lists what can be built.",
    });
  }
  const cluster = await openCluster(context, await readSettings(ownRoot, env), { env });
  const templates = await buildTemplates(image, words.PLATFORM, cluster);
  // The tries of a Job, and the Jobs of platforms, are one rebuild.
  const epoch = askedEpoch(words, Date.now());
  const argv = Object.entries({ ...others, EPOCH: epoch }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value === true ? "1" : String(value)}`],
  );
  const jobs: string[] = [];
  for (const template of templates) {
    const job = jobFrom(template, argv, randomBytes(3).toString("hex"));
    const path = `${batch(cluster.namespace)}/jobs?fieldManager=image-factory&fieldValidation=Strict`;
    const made = accepted<{ readonly metadata: { readonly name: string } }>(
      await cluster.api.request("POST", path, job),
      `Job of ${template.metadata.name}`,
    );
    jobs.push(made.metadata.name);
    log({ kind: "note", image, text: `Job ${made.metadata.name}` });
  }
  if (flags.detach) {
    for (const job of jobs) print(job);
    return 0;
  }
  const sleep = (ms: number) => setTimeout(ms, undefined, { signal });
  try {
    const ends = await Promise.all(
      jobs.map(async (job) => ({ job, end: await followJob(job, cluster, { print, log, signal, sleep }) })),
    );
    return worstStatus(ends.map(({ job, end }) => statusOf(job, end)));
  } catch (error) {
    if (!signal.aborted) throw error;
    log({ kind: "note", image, text: `goes on in ${jobs.join(", ")}: npm run logs IMAGE=${image}` });
    throw signal.reason;
  }
});
