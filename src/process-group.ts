/** From TERM to KILL, for a child that does not end by itself. */
const graceMs = 5_000;

/** Why a process group was stopped. */
export type Stopped = "timed-out" | "aborted" | "flooded" | "stalled" | "crowded";

/** Stops a process group when its time is up or the caller aborts; `end` stops watching and says why it was stopped. */
export function watchGroup(
  pid: number | undefined,
  { timeoutMs, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
) {
  let stopped: Stopped | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (why: Stopped) => {
    if (stopped !== undefined || pid === undefined) return;
    stopped = why;
    stopGroup(pid, "SIGTERM");
    killTimer = setTimeout(() => stopGroup(pid, "SIGKILL"), graceMs);
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop("timed-out"), timeoutMs);
  const onAbort = () => stop("aborted");
  signal?.addEventListener("abort", onAbort, { once: true });
  if (pid !== undefined) liveGroups.add(pid);
  return {
    stop,
    end: () => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      signal?.removeEventListener("abort", onAbort);
      if (pid !== undefined && liveGroups.delete(pid) && stopped !== undefined) stopGroup(pid, "SIGKILL");
      return stopped;
    },
  };
}

const liveGroups = new Set<number>();

/** Ends every process group that is still running; for the exit handler of a script. */
export function stopEverything(signal: NodeJS.Signals): void {
  for (const pid of liveGroups) stopGroup(pid, signal);
}

/** Sends a signal to every process of a group; one that has ended is none. */
export function stopGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
