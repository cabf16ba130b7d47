import { access, constants, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Run } from "../../run.ts";
import { withLock } from "../../state/lock.ts";
import { drainSeconds, host } from "./configuration.ts";
import { newCredentials, passwordLine, readCredentials, writeCredentials } from "./credentials.ts";
import { type DaemonRecord, readRecord, writeRecord } from "./daemon-record.ts";
import { type EmbeddedRegistryFiles, embeddedRegistryFiles } from "./folders.ts";
import { launchRegistry } from "./launch.ts";
import { probeRegistry } from "./probe.ts";
import { endProcesses, servingProcess, servingProcesses } from "./serving-process.ts";
import { storedBytes } from "./stored-bytes.ts";

export interface EmbeddedRegistryDoor {
  readonly workDir: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

export type EmbeddedRegistryStatus = {
  /** The folder of what it stores. */
  readonly data: string;
  /** Whether that folder is there: without it nothing was ever published. */
  readonly hasData: boolean;
} & (
  | { readonly running: false; readonly address?: undefined }
  | {
      readonly running: true;
      /** `127.0.0.1:<port>`. */
      readonly address: string;
      readonly pid: number;
      /** ISO 8601. */
      readonly startedAt: string;
    }
);

/** How long one that no longer answers as ours gets to end. */
const leftoverGraceMs = 2_000;

/**
 * Makes sure that the registry of this work folder runs, and leaves it running. One that already does costs a few
 * file reads and one round of requests; callers in any number of processes wait for one start.
 * @throws FactoryError "machine-lacks" without docker-registry or a writable folder, "registry-unavailable" when it
 *   ends at its start or has stopped answering.
 */
export async function ensureEmbeddedRegistry(
  door: EmbeddedRegistryDoor,
): Promise<{ readonly address: string; readonly started: boolean }> {
  const files = embeddedRegistryFiles(door.workDir);
  const running = await findRunning(files);
  if (running !== undefined) return { address: addressOf(running), started: false };
  await makeFolders(files);
  return locked(files, door, async () => {
    const since = await findRunning(files);
    if (since !== undefined) return { address: addressOf(since), started: false };
    const address = addressOf(await start(files));
    door.log({
      kind: "note",
      text: `started a registry for this folder at ${address} (npm run registry -- stop ends it)`,
    });
    return { address, started: true };
  });
}

/** Ends the registry of this work folder, after the pushes that are under way; false when it did not run. */
export async function stopEmbeddedRegistry(door: EmbeddedRegistryDoor): Promise<boolean> {
  const files = embeddedRegistryFiles(door.workDir);
  return locked(files, door, async () => {
    const processes = await servingProcesses(files.configuration);
    await endProcesses(processes, files.configuration, (drainSeconds + 2) * 1000);
    return processes.length > 0;
  });
}

/**
 * Frees what no manifest names any more, by the registry's own collector. It does not run meanwhile, for a blob whose
 * manifest is still to come would go too: the caller makes sure that nobody uses it.
 * @returns the bytes that are free now.
 */
export async function freeEmbeddedRegistry(
  door: EmbeddedRegistryDoor & { readonly run: Run },
): Promise<number> {
  const files = embeddedRegistryFiles(door.workDir);
  return locked(files, door, async () => {
    const before = await storedBytes(files.data);
    const processes = await servingProcesses(files.configuration);
    await endProcesses(processes, files.configuration, (drainSeconds + 2) * 1000);
    try {
      // Should this process die, its collector must not go on beside a registry that is started anew.
      const collector = ["docker-registry", "garbage-collect", files.configuration];
      await door.run({ tool: "setpriv", args: ["--pdeathsig", "KILL", "--", ...collector] });
    } finally {
      if (processes.length > 0) await start(files);
    }
    return before - (await storedBytes(files.data));
  });
}

/** @throws FactoryError "registry-unavailable" when it runs and does not answer. */
export async function embeddedRegistryStatus(workDir: string): Promise<EmbeddedRegistryStatus> {
  const files = embeddedRegistryFiles(workDir);
  const [running, hasData] = await Promise.all([findRunning(files), isThere(files.data)]);
  const data = { data: files.data, hasData };
  if (running === undefined) return { ...data, running: false };
  const { pid, startedAt } = running;
  return { ...data, running: true, address: addressOf(running), pid, startedAt };
}

function addressOf({ port }: { readonly port: number }): string {
  return `${host}:${port}`;
}

function locked<T>(
  files: EmbeddedRegistryFiles,
  { signal }: EmbeddedRegistryDoor,
  work: () => Promise<T>,
): Promise<T> {
  return withLock(files.lock, signal === undefined ? {} : { signal }, work);
}

/** The registry that runs, proven by its process, whose command line names our files, and by our password. */
async function findRunning(files: EmbeddedRegistryFiles): Promise<DaemonRecord | undefined> {
  const record = await readRecord(files.record);
  if (record === undefined) return undefined;
  const process = await servingProcess(record.pid, files.configuration);
  if (process?.start !== record.start) return undefined;
  const credentials = await readCredentials(files.authFile, addressOf(record));
  if (credentials === undefined) return undefined;
  const answer = await probeRegistry(record.port, credentials);
  if (answer !== "silent") return answer === "ours" ? record : undefined;
  // Busy or stuck: others may be pushing to it, so it is not ours to kill here.
  throw new FactoryError(
    "registry-unavailable",
    `the embedded registry at ${addressOf(record)} (pid ${record.pid}) runs and does not answer`,
    { hint: "Try again; if it stays silent, end it with npm run registry -- stop." },
  );
}

async function start(files: EmbeddedRegistryFiles): Promise<DaemonRecord> {
  // One that nobody can use any more: its record or its password was lost, or the work folder was deleted under it.
  await endProcesses(await servingProcesses(files.configuration), files.configuration, leftoverGraceMs);
  const before = await readRecord(files.record);
  const former = before === undefined ? undefined : addressOf(before);
  const kept = former === undefined ? undefined : await readCredentials(files.authFile, former);
  const credentials = kept ?? newCredentials();
  await writeFileAtomic(files.passwords, await passwordLine(credentials), { mode: 0o600 });
  const launched = await launchRegistry(files, credentials, before?.port);
  const record = { ...launched, startedAt: new Date().toISOString() };
  await writeCredentials(files.authFile, credentials, { now: addressOf(record), before: former });
  await writeRecord(files.record, record);
  return record;
}

async function makeFolders(files: EmbeddedRegistryFiles): Promise<void> {
  try {
    await mkdir(files.data, { recursive: true, mode: 0o700 });
    await mkdir(dirname(files.log), { recursive: true });
    await Promise.all([files.dir, files.data].map((dir) => access(dir, constants.W_OK)));
  } catch (error) {
    throw new FactoryError(
      "machine-lacks",
      `the embedded registry cannot write to ${files.dir}: ${(error as Error).message}`,
      { hint: "Make the folder writable, or set workDir in factory.yaml.", cause: error },
    );
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
