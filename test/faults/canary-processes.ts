import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Canaries, canariesIn } from "./canary-search.ts";
import { descendantsOf } from "./descendants.ts";

/**
 * Who is meant to have a secret in the environment, by the command line: the factory itself, which was given it so, and the
 * one child that it is for, with what that runs. A step of a Dockerfile is meant to have none, and no command line any.
 */
const meant: Readonly<Record<string, RegExp>> = {
  token: /^(?:\S*\/)?(?:node|git) |git-remote-|^(?:\/bin\/)?sh -c answer|FACTORY_GIT/,
  variable: /^(?:\S*\/)?node /,
  proxy: /^(?!docker-registry )/,
};

/** Looks at every process below the factory until `isOver`, and tells where a canary was seen that is not meant to be there. */
export async function watchProcesses(
  factory: number,
  canaries: Canaries,
  isOver: () => boolean,
): Promise<{ readonly defects: readonly string[]; readonly seen: number }> {
  const defects = new Set<string>();
  const known = new Map<number, string>();
  for (; !isOver(); await sleep(2)) {
    const all = [{ pid: factory, line: textOf(`/proc/${factory}/cmdline`) }, ...descendantsOf(factory)];
    for (const { pid, line } of all) {
      if (line === "" || known.get(pid) === line) continue;
      known.set(pid, line);
      for (const name of canariesIn(Buffer.from(line), canaries))
        defects.add(`${name} in a command line: ${line.slice(0, 60)}`);
      // What a process is between its fork and its exec is known by the line it had before.
      const environ = textOf(`/proc/${pid}/environ`);
      const now = textOf(`/proc/${pid}/cmdline`);
      for (const name of canariesIn(Buffer.from(environ), canaries))
        if (now === line && (isStep(pid) || meant[name]?.test(line) !== true))
          defects.add(`${name} in the environment of: ${line.slice(0, 60)}`);
    }
  }
  return { defects: [...defects], seen: known.size };
}

/** Whether the program is the one that the canary image runs. */
function isStep(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith("/bin/busybox");
  } catch {
    return false;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
