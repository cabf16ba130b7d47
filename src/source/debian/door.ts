import type { Log } from "../../log.ts";
import type { Platform } from "../../platform.ts";
import type { Run } from "../../run.ts";

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

/** `signal` for a command, where there is one. */
export function stoppable({ signal }: Pick<DebianDoor, "signal">): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
