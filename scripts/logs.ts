// npm run logs IMAGE=<name>: follows the newest build of an image in the cluster.
// needs:
import { setTimeout } from "node:timers/promises";
import { followJob } from "../src/cluster/follow-job.ts";
import { jobsOf } from "../src/cluster/jobs.ts";
import { contextWord, openCluster } from "../src/cluster/operator.ts";
import { main } from "../src/command/main.ts";
import { textWord } from "../src/command/options.ts";
import { FactoryError } from "../src/errors.ts";
import { readSettings } from "../src/settings.ts";
import { ownRoot } from "../src/setup/needs.ts";

const spec = {
  command: "logs",
  summary:
    "Shows the log of the newest Job of an image in the cluster, every try of it, and follows it until the Job ends. Waits for one that has not begun.",
  words: { IMAGE: textWord("<name>", "The image."), CONTEXT: contextWord },
  flags: {},
  examples: ["npm run logs IMAGE=hello"],
} as const;

await main(spec, async ({ words: { IMAGE: image, CONTEXT: context } }, { env, log, print, signal }) => {
  if (image === undefined) throw new FactoryError("usage", "logs needs IMAGE=<name>");
  const cluster = await openCluster(context, await readSettings(ownRoot, env), { env });
  const [newest] = await jobsOf(image, cluster);
  if (newest === undefined) {
    throw new FactoryError("usage", `${image}: the namespace ${cluster.namespace} has no Job of it`, {
      hint: `npm run trigger IMAGE=${image} makes one.`,
    });
  }
  const { name } = newest.metadata;
  log({ kind: "note", image, text: `Job ${name}` });
  const sleep = (ms: number) => setTimeout(ms, undefined, { signal });
  const { state, last, reason } = await followJob(name, cluster, { print, log, signal, sleep }).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw error;
    },
  );
  const code = last === undefined ? "" : `, exit status ${last.exitCode}`;
  log({ kind: "note", image, text: `${name}: ${state}${reason === undefined ? "" : ` (${reason})`}${code}` });
  return 0;
});
