import { setTimeout as sleep } from "node:timers/promises";
import type { Ended, Started } from "../end-to-end/world.ts";
import { type CaseResult, type Expected, runCase } from "./case.ts";
import { type Descendant, descendantsOf } from "./descendants.ts";
import type { FaultWorld } from "./fault-world.ts";

/** What a build runs, by what its command line says. */
const children = {
  "buildah build": /^buildah .* build /,
  "buildah push": /^buildah .* push /,
  git: /^git /,
  "a step's process": /^\/nap/,
  Trivy: /trivy image /,
} as const;

export type Child = keyof typeof children;
export const childNames = Object.keys(children) as readonly Child[];

/** When a signal is sent: at the registry's n-th request, at the n-th line that the build prints, or after a time. */
export type Moment = { readonly request: number } | { readonly line: number } | { readonly ms: number };

/** When and how a build is ended, or one of its children. */
export type Kill = { readonly signal: "SIGKILL" | "SIGTERM" } & (
  | {
      /** "all": the factory and every process below it at once, as a container ends. */
      readonly victim: "factory" | "all";
      readonly at: Moment;
      /** How the run after it is ended, too. */
      readonly again?: Kill;
    }
  | {
      readonly victim: Child;
      /** Which one of this kind, from 1, and how long after it began. */
      readonly nth: number;
      readonly ms: number;
    }
);

export function killTitle(kill: Kill): string {
  const { signal, victim } = kill;
  if (!("at" in kill)) return `${signal} to ${victim} ${kill.nth}, ${kill.ms} ms old`;
  const { at, again } = kill;
  const when =
    "ms" in at ? `after ${at.ms} ms` : "line" in at ? `at line ${at.line}` : `at request ${at.request}`;
  return `${signal}${victim === "all" ? " to all" : ""} ${when}${again === undefined ? "" : `, then ${killTitle(again)}`}`;
}

/**
 * A kill may come too late; what is told to stop by TERM says so and tidies up, unless it had hardly begun; what is
 * killed says nothing. A factory whose child is killed lives: it tries again, or says that another try can cure it.
 */
function expectedOfKill(kill: Kill): Expected {
  const last = "at" in kill ? (kill.again ?? kill) : kill;
  const deadlineMs = 6 * 60_000;
  if (!("at" in last)) return { codes: [0, 75], deadlineMs, explains: false, tidies: true };
  const isTold = last.signal === "SIGTERM";
  return { codes: isTold ? [0, 143, null] : [0, null], deadlineMs, explains: false, tidies: isTold };
}

/** One case of a kill; `met` counts the processes that got a signal. */
export async function runKillCase(kill: Kill, fault: FaultWorld): Promise<CaseResult> {
  let hits = 0;
  const untold: string[] = [];
  const result = await runCase(killTitle(kill), fault, expectedOfKill(kill), async () => {
    const before = await fault.standing();
    const first = await runKilled(kill, fault);
    hits += first.hits;
    const again = "at" in kill ? kill.again : undefined;
    if (again === undefined) {
      if (!("at" in kill)) untold.push(...lacksOf(first.ended, before, await fault.standing()));
      return first.ended;
    }
    const second = await runKilled(again, fault);
    hits += second.hits;
    return second.ended;
  });
  return { ...result, met: hits, defects: [...result.defects, ...untold] };
}

/** A factory that lives on tells the truth, and what to do. */
function lacksOf(
  { status, stderr }: Ended,
  before: string | undefined,
  after: string | undefined,
): readonly string[] {
  if (status === 0) return [];
  return [
    ...(before === after ? [] : [`exit ${status}, and the tag has moved`]),
    ...(/^ {2}→ /m.test(stderr) ? [] : ["the error has no remedy"]),
  ];
}

/** Runs a build and ends it, or a child of it, as it says. */
async function runKilled(
  kill: Kill,
  { world, proxy, image }: FaultWorld,
): Promise<{ readonly ended: Ended; readonly hits: number }> {
  let hits = 0;
  let onMoment: () => void = () => undefined;
  const at = "at" in kill ? kill.at : undefined;
  proxy.begin(undefined, (count) => {
    if (at !== undefined && "request" in at && count === at.request) onMoment();
  });
  const started = world.start("build", `IMAGE=${image()}`);
  let isOver = false;
  const ended = started.ended.finally(() => {
    isOver = true;
  });
  onMoment = () => {
    if (!isOver) hits += send(kill, started);
  };
  if (at === undefined)
    hits += await killChild(kill as Extract<Kill, { nth: number }>, started.pid, () => isOver);
  else if ("ms" in at) await Promise.race([sleep(at.ms, undefined, { ref: false }).then(onMoment), ended]);
  else if ("line" in at)
    await started.says(new RegExp(`^(?:.*\n){${at.line}}`)).then(onMoment, () => undefined);
  return { ended: await ended, hits };
}

function send({ signal, victim }: Kill, started: Started): number {
  const below = victim === "all" ? descendantsOf(started.pid) : [];
  return [started.pid, ...below.map(({ pid }) => pid)].filter((pid) => signalled(pid, signal)).length;
}

/** Looks for the child until there is one, or the build is over. */
async function killChild(
  { victim, nth, ms, signal }: Extract<Kill, { nth: number }>,
  factory: number,
  isOver: () => boolean,
): Promise<number> {
  const seen = new Set<number>();
  for (; !isOver(); await sleep(1)) {
    for (const { pid } of descendantsOf(factory).filter((child) => isA(child, victim))) {
      seen.add(pid);
      if (seen.size < nth) continue;
      await sleep(ms);
      return signalled(pid, signal) ? 1 : 0;
    }
  }
  return 0;
}

function isA({ line }: Descendant, child: Child): boolean {
  return children[child].test(line);
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
