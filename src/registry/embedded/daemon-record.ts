import { readFile } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../../errors.ts";
import type { ServingProcess } from "./serving-process.ts";

/** Which process serves which port: a hint, always checked against the process itself. It outlives the process, for the port. */
export interface DaemonRecord extends ServingProcess {
  readonly port: number;
  /** ISO 8601. */
  readonly startedAt: string;
}

/**
 * What was last written; undefined when that is missing or damaged, for the next start writes another.
 * @throws FactoryError "machine-lacks" when it may not be read.
 */
export async function readRecord(file: string): Promise<DaemonRecord | undefined> {
  let record: Partial<DaemonRecord> | null;
  try {
    record = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new FactoryError("machine-lacks", `${file} cannot be read: ${(error as Error).message}`, {
      hint: "Run as the user whose work folder it is, or set workDir in factory.yaml.",
      cause: error,
    });
  }
  const { port, pid, start, startedAt } = record ?? {};
  if (typeof port !== "number" || typeof pid !== "number") return undefined;
  if (typeof start !== "string" || typeof startedAt !== "string") return undefined;
  return { port, pid, start, startedAt };
}

export async function writeRecord(file: string, record: DaemonRecord): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
}
