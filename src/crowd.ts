import { readdirSync, writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { procText, statFields } from "./proc.ts";

const lookEveryMs = 250;
/** For lack of memory the kernel ends whoever has most of it, and this much of the machine's is added: thousandths. */
const handicap = "500";

/** A process with its threads, as /proc tells of it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly threads: number;
}

/** Makes a process, and all that it starts from now on, those that the kernel ends first for lack of memory. */
export function offerToKernel(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, handicap);
  } catch {
    // It has ended, or this is not Linux.
  }
}

/**
 * Looks four times a second whether a process and its descendants are more than `most`, threads counted, and then ends
 * them all by KILL: whoever multiplies would outrun a TERM. Where the system does not tell (not Linux) nothing is counted.
 * @returns what ends the watch.
 */
export function watchCrowd(
  pid: number,
  { most, onCrowd }: { readonly most: number; readonly onCrowd: () => void },
): () => void {
  // Most of the time one number of the kernel says that nothing can have happened.
  let harmless = most;
  const look = () => {
    const all = threadsOfAll();
    if (all <= harmless) return;
    before(() => {
      const own = descendantsOf(pid, processesNow());
      const threads = own.reduce((sum, entry) => sum + entry.threads, 0);
      harmless = all + most - threads;
      if (threads <= most) return;
      for (const entry of own) end(entry.pid);
      onCrowd();
    });
  };
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Does something ahead of ten thousand others that want a processor too, where this process may. */
function before(act: () => void): void {
  const usual = getPriority();
  try {
    setPriority(-20);
  } catch {
    // Only root may.
  }
  try {
    act();
  } finally {
    setPriority(usual);
  }
}

/** A process and all that it, its children and so on have started, the eldest first. */
export function descendantsOf(pid: number, entries: readonly ProcessEntry[]): readonly ProcessEntry[] {
  const children = Map.groupBy(entries, ({ parent }) => parent);
  const found = entries.filter((entry) => entry.pid === pid);
  for (const { pid: parent } of found) found.push(...(children.get(parent) ?? []));
  return found;
}

/** @see https://man7.org/linux/man-pages/man5/proc_loadavg.5.html */
function threadsOfAll(): number {
  return Number(/ \d+\/(\d+) /.exec(procText("/proc/loadavg"))?.[1] ?? 0);
}

function processesNow(): readonly ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => entryOf(procText(`/proc/${name}/stat`)) ?? []);
}

/** @param stat Of a process, as `statFields`. */
export function entryOf(stat: string): ProcessEntry | undefined {
  const fields = statFields(stat);
  const [pid, parent, threads] = [stat.split(" ", 1)[0], fields[1], fields[17]].map(Number);
  if (pid === undefined || parent === undefined || threads === undefined) return undefined;
  return [pid, parent, threads].every(Number.isInteger) ? { pid, parent, threads } : undefined;
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended, or is another user's.
  }
}
