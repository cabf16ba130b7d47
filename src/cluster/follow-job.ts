import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import { batch, core, hasCondition, type Job, jobState, type Pod, podsOf, type Terminated } from "./jobs.ts";
import { readObject } from "./objects.ts";
import type { Cluster } from "./operator.ts";

export interface FollowDoor {
  /** A line of the build's log. */
  readonly print: (line: string) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Rejects when `signal` is aborted. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** How a Job ended. */
export interface JobEnd {
  readonly state: "complete" | "failed";
  /** Of its last try; undefined where no pod is left that could tell. */
  readonly last: Terminated | undefined;
  /** Why the Job failed, in Kubernetes' words: `BackoffLimitExceeded`, `DeadlineExceeded`, `PodFailurePolicy`. */
  readonly reason: string | undefined;
}

/** Lists tell all that a watch would, and do not go silent. */
const pollMs = 1_000;

/**
 * Prints the log of every try of a Job as it is written, until the Job has ended.
 * @throws FactoryError "outcome-unknown" where somebody removes the Job.
 */
export async function followJob(name: string, cluster: Cluster, door: FollowDoor): Promise<JobEnd> {
  const seen: Seen = { done: new Set(), last: undefined, why: undefined };
  for (;;) {
    // The Job first: pods of a Job that has ended are all there.
    const job = await readObject<Job>(cluster.api, `${batch(cluster.namespace)}/jobs/${name}`);
    if (job === undefined) {
      throw new FactoryError("outcome-unknown", `the Job ${name} is no more, and with it how it ended`, {
        hint: "npm run status shows what is published.",
      });
    }
    const state = jobState(job);
    const isOver = state === "complete" || state === "failed";
    for (const pod of await podsOf(name, cluster)) await followTry(pod, isOver, seen, cluster, door);
    if (isOver) {
      const failed = job.status?.conditions?.find(({ type }) => type === "Failed");
      return { state, last: seen.last, reason: failed?.reason };
    }
    await door.sleep(pollMs);
  }
}

/** What is known of a Job's tries so far. */
interface Seen {
  readonly done: Set<string>;
  last: Terminated | undefined;
  /** What the newest pod waits for, as it was said. */
  why: string | undefined;
}

/** Prints a try that was not printed yet, or says once what it waits for. */
async function followTry(
  pod: Pod,
  isOver: boolean,
  seen: Seen,
  cluster: Cluster,
  door: FollowDoor,
): Promise<void> {
  const { name } = pod.metadata;
  if (seen.done.has(name)) return;
  const why = waitsFor(pod);
  if (why !== undefined && !isOver) {
    if (why !== seen.why) door.log({ kind: "note", text: `${name}: ${why}` });
    seen.why = why;
    return;
  }
  if (why === undefined) seen.last = (await followPod(name, cluster, door)) ?? seen.last;
  seen.done.add(name);
}

/** Why nothing runs yet, in Kubernetes' words; undefined once a container has begun. */
function waitsFor({ status = {} }: Pod): string | undefined {
  const [container] = status.containerStatuses ?? [];
  if (container?.state?.running !== undefined || container?.state?.terminated !== undefined) return undefined;
  const waiting = container?.state?.waiting;
  if (waiting?.reason !== undefined)
    return `${waiting.reason}${waiting.message === undefined ? "" : `: ${waiting.message}`}`;
  const unscheduled = (status.conditions ?? []).find(
    ({ type, status: is }) => type === "PodScheduled" && is === "False",
  );
  return unscheduled?.message ?? "waits for a node";
}

/** Prints what the pod's container says until it ends; undefined where the pod goes before that is known. */
async function followPod(
  name: string,
  cluster: Cluster,
  { print, signal, sleep }: FollowDoor,
): Promise<Terminated | undefined> {
  const path = `${core(cluster.namespace)}/pods/${name}`;
  let since: string | undefined;
  for (;;) {
    const query = new URLSearchParams({
      follow: "true",
      timestamps: "true",
      ...(since === undefined ? {} : { sinceTime: since }),
    });
    const onLine = (line: string) => {
      const [time = "", ...words] = line.split(" ");
      // What was read before the connection went quiet comes once more.
      if (since !== undefined && time <= since) return;
      since = time;
      print(words.join(" "));
    };
    await cluster.api.follow(`${path}/log?${query}`, onLine, signal).catch((error: unknown) => {
      // The pod says whether there is more.
      if (!(error instanceof FactoryError) || error.code !== "cluster-unavailable") throw error;
    });
    const pod = await readObject<Pod>(cluster.api, path);
    const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated;
    if (pod === undefined || ended !== undefined) return ended;
    if (hasCondition(pod.status?.conditions, "DisruptionTarget") && pod.status?.phase === "Failed")
      return undefined;
    await sleep(pollMs);
  }
}
