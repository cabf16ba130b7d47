import type { Log } from "../../log.ts";
import type { Platform } from "../../platform.ts";
import { type Command, type Finished, isStall, type Run } from "../../run.ts";

/** What a root made of Debian packages needs from outside. */
export interface DebianDoor {
  readonly run: Run;
  readonly log: Log;
  /** Work folder of the factory; package lists and packages are kept below its `cache`. */
  readonly workDir: string;
  /** Base address of the archive that settings name, for sources that name none. */
  readonly mirror: string | undefined;
  /** Makes sure that programs of a foreign platform run here, for packages that are configured. */
  readonly ensureEmulation: (platform: Platform) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Tools answer in English, whatever the machine speaks: their messages are read. */
export const plainEnglish = { LC_ALL: "C", LANG: "C" } as const;

/** How long an archive may send next to nothing: apt itself waits for ever for one that sends a byte now and then. */
const patienceMs = 60_000;

/** Runs a tool of apt that downloads; one that stands still is stopped and begun once more. */
export async function runApt(
  command: Pick<Command, "tool" | "args" | "alsoOk" | "timeoutMs">,
  door: DebianDoor,
): Promise<Finished> {
  const once = () => door.run({ ...command, env: plainEnglish, stall: { patienceMs }, ...stoppable(door) });
  try {
    return await once();
  } catch (error) {
    if (isStall(error)) return once();
    throw error;
  }
}

/** `signal` for a command, where there is one. */
export function stoppable({ signal }: Pick<DebianDoor, "signal">): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
