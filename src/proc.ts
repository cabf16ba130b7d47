import { readFileSync } from "node:fs";

/** The text of a file below /proc; empty where there is none: not Linux, or a process that has ended. */
export function procText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * The fields of /proc/<pid>/stat behind `pid (name)`, for the name may have anything in it: state, parent, group and so on.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function statFields(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
