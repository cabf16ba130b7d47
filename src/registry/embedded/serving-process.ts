import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { FactoryError } from "../../errors.ts";
import { statFields } from "../../proc.ts";

/** A process that serves one configuration file. */
export interface ServingProcess {
  readonly pid: number;
  /** Tells it from a later process with the same id: the id of the boot and the start time since then. */
  readonly start: string;
}

/** The words behind the program's name: by them every registry is told from those of other work folders. */
export function serveArguments(configuration: string): readonly string[] {
  return ["serve", configuration];
}

/** Where `starttime` stands among the fields of a process. */
const startTimeField = 19;

/**
 * The process of this id, if it serves this configuration. A pid alone proves nothing: after a reboot another process
 * has it, and in a copied work folder it is the registry of the original.
 */
export async function servingProcess(
  pid: number,
  configuration: string,
): Promise<ServingProcess | undefined> {
  try {
    const [words, stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, "utf8"),
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ]);
    // Of a process that has ended and was not waited for, the command line is empty.
    if (!words.endsWith(`\0${serveArguments(configuration).join("\0")}\0`)) return undefined;
    const fields = statFields(stat);
    return { pid, start: `${boot.trim()} ${fields[startTimeField]}` };
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** Every process of this machine that serves this configuration, whoever remembers it. */
export async function servingProcesses(configuration: string): Promise<readonly ServingProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => servingProcess(pid, configuration)));
  return found.filter((process) => process !== undefined);
}

const pollMs = 20;

/**
 * Ends the processes: TERM, and KILL for what is still there after the grace.
 * @throws FactoryError "machine-lacks" when one belongs to another user.
 */
export async function endProcesses(
  processes: readonly ServingProcess[],
  configuration: string,
  graceMs: number,
): Promise<void> {
  await Promise.all(
    processes.map(async ({ pid, start }) => {
      const lives = async () => (await servingProcess(pid, configuration))?.start === start;
      send(pid, "SIGTERM");
      for (let waitedMs = 0; await lives(); waitedMs += pollMs) {
        if (waitedMs >= graceMs) send(pid, "SIGKILL");
        await sleep(pollMs);
      }
    }),
  );
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return;
    throw new FactoryError("machine-lacks", `the embedded registry (pid ${pid}) belongs to another user`, {
      hint: `Stop it as that user, or as root: kill ${pid}`,
      cause: error,
    });
  }
}
