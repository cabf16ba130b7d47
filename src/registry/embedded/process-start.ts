import { readFile } from "node:fs/promises";

/** The field of /proc/<pid>/stat that holds the start time, counted behind the name of the program. */
const startTimeField = 19;

/**
 * What tells a process from a later one that got the same id: its start time since boot, with the id of that boot.
 * Undefined when there is no such process.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ]);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended, though nobody has asked how.
    return fields[0] === "Z" ? undefined : `${boot.trim()} ${fields[startTimeField]}`;
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
