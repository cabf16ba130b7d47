import { readdirSync, readFileSync } from "node:fs";

/** A process below another one. */
export interface Descendant {
  readonly pid: number;
  /** Its command line, blanks between the words. */
  readonly line: string;
}

/**
 * Every process that descends from `pid`, children before theirs.
 * @see https://man7.org/linux/man-pages/man5/proc_tid_children.5.html
 */
export function descendantsOf(pid: number): readonly Descendant[] {
  return childrenOf(pid).flatMap((child) => [
    { pid: child, line: textOf(`/proc/${child}/cmdline`).replaceAll("\0", " ").trim() },
    ...descendantsOf(child),
  ]);
}

function childrenOf(pid: number): readonly number[] {
  return namesIn(`/proc/${pid}/task`).flatMap((task) =>
    textOf(`/proc/${pid}/task/${task}/children`)
      .split(" ")
      .filter((word) => word !== "")
      .map(Number),
  );
}

/** Empty for what has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
