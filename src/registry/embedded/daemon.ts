import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { childEnvironment } from "../../run.ts";
import { withLock } from "../../state/lock.ts";
import { drainSeconds, host, registryConfiguration } from "./configuration.ts";
import {
  newCredentials,
  passwordLine,
  type RegistryCredentials,
  readCredentials,
  writeCredentials,
} from "./credentials.ts";
import { type EmbeddedRegistryFiles, embeddedRegistryFiles } from "./folders.ts";
import { probeRegistry } from "./probe.ts";
import { processStart } from "./process-start.ts";

export interface EmbeddedRegistryDoor {
  readonly workDir: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

export interface EmbeddedRegistryStatus {
  readonly running: boolean;
  /** `127.0.0.1:<port>`; undefined when it never ran. */
  readonly address: string | undefined;
  readonly pid: number | undefined;
  /** ISO 8601; undefined when it does not run. */
  readonly startedAt: string | undefined;
  readonly data: string;
  /** Whether it has ever stored anything. */
  readonly hasData: boolean;
}

/** Which process serves which port: a hint, always checked against the process itself. */
interface DaemonRecord {
  readonly port: number;
  readonly pid: number;
  /** What tells the process from a later one with the same id. */
  readonly start: string;
  readonly startedAt: string;
}

/** Tried first; then any that is free. */
const preferredPort = 5500;
const readyWithinMs = 20_000;

/**
 * Makes sure that the registry of this work folder runs, and leaves it running. One that already does costs one round
 * of requests and starts no process; callers in any process wait for one start.
 * @throws FactoryError "machine-lacks" without docker-registry, "registry-unavailable" when it dies at start.
 */
export async function ensureEmbeddedRegistry(
  door: EmbeddedRegistryDoor,
): Promise<{ address: string; started: boolean }> {
  const files = embeddedRegistryFiles(door.workDir);
  const running = await findRunning(files);
  if (running !== undefined) return { address: addressOf(running.port), started: false };
  return withLock(files.lock, door.signal === undefined ? {} : { signal: door.signal }, async () => {
    const since = await findRunning(files);
    if (since !== undefined) return { address: addressOf(since.port), started: false };
    const record = await start(files);
    door.log({
      kind: "note",
      text: `started a registry for this folder at ${addressOf(record.port)} (npm run registry -- stop ends it)`,
    });
    return { address: addressOf(record.port), started: true };
  });
}

/** Ends the registry of this work folder, after the pushes that are under way; false when it did not run. */
export async function stopEmbeddedRegistry(door: EmbeddedRegistryDoor): Promise<boolean> {
  const files = embeddedRegistryFiles(door.workDir);
  return withLock(files.lock, door.signal === undefined ? {} : { signal: door.signal }, async () => {
    const record = await readRecord(files);
    if (record === undefined || (await processStart(record.pid)) !== record.start) return false;
    process.kill(record.pid, "SIGTERM");
    for (let waitedMs = 0; (await processStart(record.pid)) === record.start; waitedMs += 50) {
      if (waitedMs > (drainSeconds + 2) * 1000) process.kill(record.pid, "SIGKILL");
      await sleep(50);
    }
    return true;
  });
}

export async function embeddedRegistryStatus(workDir: string): Promise<EmbeddedRegistryStatus> {
  const files = embeddedRegistryFiles(workDir);
  const [record, running, data] = await Promise.all([
    readRecord(files),
    findRunning(files),
    stat(files.data).catch(() => undefined),
  ]);
  return {
    running: running !== undefined,
    address: record === undefined ? undefined : addressOf(record.port),
    pid: running?.pid,
    startedAt: running?.startedAt,
    data: files.data,
    hasData: data !== undefined,
  };
}

function addressOf(port: number): string {
  return `${host}:${port}`;
}

/** The registry that runs, proven by its process and by the password that only ours knows. */
async function findRunning(files: EmbeddedRegistryFiles): Promise<DaemonRecord | undefined> {
  const record = await readRecord(files);
  if (record === undefined || (await processStart(record.pid)) !== record.start) return undefined;
  const credentials = await readCredentials(files.authFile, addressOf(record.port));
  if (credentials === undefined) return undefined;
  const answer = await probeRegistry(record.port, credentials);
  return answer === "ours" ? record : undefined;
}

async function start(files: EmbeddedRegistryFiles): Promise<DaemonRecord> {
  const before = await readRecord(files);
  // A process of ours that no longer answers as ours (its password file was lost) would keep the port.
  if (before !== undefined && (await processStart(before.pid)) === before.start)
    process.kill(before.pid, "SIGKILL");
  await makeFolders(files);
  const former = before === undefined ? undefined : addressOf(before.port);
  const credentials =
    (former === undefined ? undefined : await readCredentials(files.authFile, former)) ?? newCredentials();
  const port = await freePort([before?.port, preferredPort]);
  await writeFileAtomic(files.passwords, await passwordLine(credentials), { mode: 0o600 });
  await writeFileAtomic(
    files.configuration,
    registryConfiguration(files, { port, httpSecret: randomBytes(32).toString("base64url") }),
    { mode: 0o600 },
  );
  await writeCredentials(files.authFile, credentials, { now: addressOf(port), before: former });
  return launch(files, port, credentials);
}

async function makeFolders(files: EmbeddedRegistryFiles): Promise<void> {
  try {
    await mkdir(files.data, { recursive: true, mode: 0o700 });
    await mkdir(new URL(".", `file://${files.log}`).pathname, { recursive: true });
  } catch (error) {
    throw new FactoryError(
      "machine-lacks",
      `the embedded registry cannot write to ${files.dir}: ${(error as Error).message}`,
      {
        hint: "Make the folder writable, or set workDir in factory.yaml.",
        cause: error,
      },
    );
  }
}

async function launch(
  files: EmbeddedRegistryFiles,
  port: number,
  credentials: RegistryCredentials,
): Promise<DaemonRecord> {
  const output = openSync(files.log, "a", 0o600);
  const child = spawn("docker-registry", ["serve", files.configuration], {
    detached: true,
    stdio: ["ignore", output, output],
    env: childEnvironment(),
    cwd: files.dir,
  });
  closeSync(output);
  let ended: string | undefined;
  child.on("error", (error: NodeJS.ErrnoException) => {
    ended = error.code === "ENOENT" ? "absent" : error.message;
  });
  child.on("exit", (code, signal) => {
    ended ??= `exited with ${code ?? signal}`;
  });
  for (let waitedMs = 0; waitedMs < readyWithinMs && ended === undefined; waitedMs += 20) {
    if ((await probeRegistry(port, credentials)) === "ours" && child.pid !== undefined) {
      const record = {
        port,
        pid: child.pid,
        start: (await processStart(child.pid)) ?? "",
        startedAt: new Date().toISOString(),
      };
      await writeFileAtomic(files.record, `${JSON.stringify(record)}\n`, { mode: 0o600 });
      child.removeAllListeners();
      child.unref();
      return record;
    }
    await sleep(20);
  }
  if (ended === undefined) child.kill("SIGKILL");
  throw await startFailure(files, ended);
}

async function startFailure(files: EmbeddedRegistryFiles, ended: string | undefined): Promise<FactoryError> {
  if (ended === "absent") {
    return new FactoryError(
      "machine-lacks",
      "there is no docker-registry on PATH for the embedded registry",
      {
        hint: "npm run setup installs it, or set registry in factory.yaml.",
      },
    );
  }
  const said = (await readFile(files.log, "utf8").catch(() => "")).trim().split("\n").at(-1) ?? "";
  return new FactoryError(
    "registry-unavailable",
    `the embedded registry ${ended ?? `did not answer within ${readyWithinMs / 1000} s`}: ${said.slice(0, 300)}`,
    { hint: `Its log is ${files.log}` },
  );
}

/** The first of these ports that nothing listens on, else any. */
async function freePort(wanted: readonly (number | undefined)[]): Promise<number> {
  for (const port of [...wanted.filter((port) => port !== undefined), 0]) {
    const found = await tryPort(port);
    if (found !== undefined) return found;
  }
  throw new FactoryError("registry-unavailable", `no port of ${host} is free for the embedded registry`);
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}

async function readRecord(files: EmbeddedRegistryFiles): Promise<DaemonRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(files.record, "utf8")) as Partial<DaemonRecord>;
    const { port, pid, start, startedAt } = record;
    if (typeof port !== "number" || typeof pid !== "number" || start === undefined || startedAt === undefined)
      return undefined;
    return { port, pid, start, startedAt };
  } catch {
    // Absent or damaged: it is a hint, and the next start writes another.
    return undefined;
  }
}
