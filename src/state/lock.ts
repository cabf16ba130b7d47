import { constants, existsSync } from "node:fs";
import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { explainDisk } from "../disk-failure.ts";
import { FactoryError } from "../errors.ts";

export interface LockOptions {
  /** How long to wait for another holder; without it as long as it takes. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  /** Whether others may hold it too who want it shared: only who wants it alone waits then. */
  readonly shared?: boolean;
  /** Called once when the lock is held by somebody else, before waiting. */
  readonly onWait?: () => void;
}

/**
 * Runs `work` while this process alone holds the lock named by `file`. The kernel frees it when the process dies,
 * however it dies, and no holder can lose it while its event loop is busy: it is SQLite's exclusive file lock.
 * Not re-entrant: a second call for the same file waits for the first, in one process too.
 * @throws FactoryError "locked" when `waitMs` passes, and what `signal` aborts with.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await holdLock(file, options);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * The file of a lock that all have in common who write one state, whatever work folder each has. Git sees none of them:
 * a state folder may be a work tree.
 */
export async function sharedLock(stateDir: string, name: string): Promise<string> {
  const folder = join(stateDir, ".locks");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, ".gitignore"), "*\n", { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return join(folder, `${name}.lock`);
}

/** Keeps the holder reachable: a collected database would close, and free the lock before its time. */
const held = new Set<DatabaseSync>();

const firstDelayMs = 5;
const longestDelayMs = 100;

/**
 * Takes the lock as `withLock` does and keeps it until the returned function is called, or the process ends.
 * @throws FactoryError as `withLock`.
 */
export async function holdLock(file: string, options: LockOptions): Promise<() => void> {
  await mkdir(dirname(file), { recursive: true });
  const sqlite = await import("node:sqlite");
  const startedAt = performance.now();
  for (let delayMs = firstDelayMs, waited = false; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    options.signal?.throwIfAborted();
    const database = await openLock(file, sqlite);
    try {
      database.exec(options.shared === true ? "BEGIN; SELECT 1 FROM sqlite_master" : "BEGIN EXCLUSIVE");
      held.add(database);
      return () => {
        held.delete(database);
        database.close();
      };
    } catch (error) {
      database.close();
      if (!isBusy(error)) {
        // Removed by its holder between our opening and our locking: a new one is nobody's.
        if (!existsSync(file)) continue;
        throw noLock(file, error);
      }
    }
    if (!waited) options.onWait?.();
    waited = true;
    if (options.waitMs !== undefined && performance.now() - startedAt >= options.waitMs) {
      throw new FactoryError(
        "locked",
        `${file} is still held by another process after ${options.waitMs} ms`,
        {
          hint: "Wait for the other run to end, or look for it with: ps -ef | grep image-factory",
        },
      );
    }
    await sleep(delayMs, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(
      // What it was aborted with says why; the sleeper's own error does not.
      () => options.signal?.throwIfAborted(),
    );
  }
}

/**
 * @throws FactoryError "machine-lacks" with what the system says of the folder: SQLite says only that it cannot open the
 *   file. That itself must not be opened otherwise: to close it would free a lock that this process has on it.
 */
async function openLock(file: string, { DatabaseSync }: typeof import("node:sqlite")): Promise<DatabaseSync> {
  try {
    return new DatabaseSync(file, { timeout: 0 });
  } catch (error) {
    const cause = await access(dirname(file), constants.W_OK).then(
      () => error,
      (why: unknown) => why,
    );
    const explained = explainDisk(cause);
    throw explained === cause ? noLock(file, cause) : explained;
  }
}

const sqliteBusy = 5;
const sqliteNotADatabase = 26;

function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === sqliteBusy;
}

function noLock(file: string, cause: unknown): FactoryError {
  const isDamaged = (cause as { errcode?: number }).errcode === sqliteNotADatabase;
  return new FactoryError(
    isDamaged ? "state-invalid" : "machine-lacks",
    `${file} cannot be locked: ${String(cause)}`,
    {
      hint: isDamaged
        ? "npm run fsck -- --repair puts it aside."
        : `Have ${dirname(file)} on a disk that has room, can be written to and knows locks.`,
      cause,
    },
  );
}
