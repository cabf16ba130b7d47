import { readdir, readFile } from "node:fs/promises";
import { statFields } from "./proc.ts";

/** How long what asks a network may stand still before it is stopped: another try may find the other side awake. */
export const stallMs = 60_000;

const leastBytes = 16 * 1024;
/** A process that computes is at work too; one that waits takes some ticks a second. */
const bytesPerTick = 256;
/** Whoever stores what was sent may be silent the longer the more it was. */
const bytesPerSecond = 8 * 1024 * 1024;

/** What a process group has moved, its computing included, and since when it moves next to nothing. */
interface Progress {
  readonly bytes: number;
  readonly atMs: number;
  readonly total: number;
}

/** The progress after another look at the sum of all bytes; a process that ends takes its own out of the sum. */
export function progressAfter(before: Progress, bytes: number, atMs: number): Progress {
  const moved = bytes - before.bytes;
  if (moved >= 0 && moved < leastBytes) return before;
  return { bytes, atMs, total: before.total + Math.max(0, moved) };
}

/** Whether it has stood for longer than `patienceMs`, and a second for every 8 MiB that it had moved before. */
export function isStalled({ atMs, total }: Progress, nowMs: number, patienceMs: number): boolean {
  return nowMs - atMs > patienceMs + (total / bytesPerSecond) * 1000;
}

/**
 * Looks now and then whether the processes of a group still compute, or read and write, files and connections alike, and
 * calls `onStall` once they stand. Where the system does not tell (not Linux, another user's process) nobody is suspected.
 * @returns what ends the watch.
 */
export function watchProgress(
  group: number,
  {
    patienceMs,
    isWatched,
    onStall,
  }: { readonly patienceMs: number; readonly isWatched: () => boolean; readonly onStall: () => void },
): () => void {
  let progress: Progress | undefined;
  const look = async () => {
    const now = performance.now();
    const bytes = isWatched() ? await bytesMoved(group) : undefined;
    if (bytes === undefined) {
      progress = undefined;
      return;
    }
    progress =
      progress === undefined ? { bytes, atMs: now, total: bytes } : progressAfter(progress, bytes, now);
    if (isStalled(progress, now, patienceMs)) onStall();
  };
  const timer = setInterval(() => void look(), patienceMs / 12);
  timer.unref();
  return () => clearInterval(timer);
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_io.5.html */
async function bytesMoved(group: number): Promise<number | undefined> {
  try {
    const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const counts = await Promise.all(ids.map((id) => bytesOf(id, group)));
    const ours = counts.filter((count) => count !== undefined);
    return ours.length === 0 ? undefined : ours.reduce((sum, count) => sum + count, 0);
  } catch {
    return undefined;
  }
}

async function bytesOf(id: string, group: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
  if (!isOf(group, statFields(stat))) return undefined;
  return workIn(stat, await readFile(`/proc/${id}/io`, "utf8").catch(() => ""));
}

/** What a process has done so far, in bytes, by its stat and io; undefined where they do not say. */
export function workIn(stat: string, io: string): number | undefined {
  const [read, written] = ["rchar", "wchar"].map(
    (name) => new RegExp(`^${name}: (\\d+)$`, "m").exec(io)?.[1],
  );
  const [user, system] = statFields(stat).slice(11, 13).map(Number);
  if (read === undefined || written === undefined || user === undefined || system === undefined)
    return undefined;
  return Number(read) + Number(written) + (user + system) * bytesPerTick;
}

function isOf(group: number, fields: readonly string[]): boolean {
  return Number(fields[2]) === group;
}
