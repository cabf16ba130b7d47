import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../errors.ts";
import { keepJson, recallJson } from "../kept.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import { withLock } from "../state/lock.ts";
import { whenAbsent } from "../when-absent.ts";
import { baseName, distinctName } from "./base-name.ts";
import type { BaseHold, BaseRecord } from "./base-record.ts";
import { editRecord, parseRecord, salvagedHold } from "./record-file.ts";

export interface RecordStoreDoor {
  readonly stateDir: string;
  /** Has the lock, and what was read of each text: reading YAML takes a hundred times as long. */
  readonly workDir: string;
  readonly signal?: AbortSignal | undefined;
}

interface StoredRecord {
  readonly file: string;
  readonly text: string;
  readonly record: BaseRecord | undefined;
}

/**
 * What is recorded of every base, by its normalised reference, whatever name its file has. Of two files about one base
 * the first by name counts.
 * @throws FactoryError "state-invalid", naming the file that is damaged.
 */
export async function readBaseRecords(
  door: Pick<RecordStoreDoor, "stateDir" | "workDir">,
): Promise<ReadonlyMap<string, BaseRecord>> {
  const stored = await readStored(door);
  return new Map(
    stored.toReversed().flatMap(({ record }) => (record === undefined ? [] : [[record.reference, record]])),
  );
}

/** A file about a base that cannot be read, with the hold that can be made out in it. */
export interface DamagedRecord {
  readonly file: string;
  readonly problem: FactoryError;
  readonly held: { readonly reference: string; readonly hold: BaseHold } | undefined;
}

/** Every damaged file; the others are whole. @throws FactoryError "state-invalid" for one that cannot be opened. */
export async function findDamagedRecords(stateDir: string): Promise<readonly DamagedRecord[]> {
  const found = await Promise.all(
    (await filesIn(stateDir)).map(async (file): Promise<readonly DamagedRecord[]> => {
      const text = await readText(file);
      try {
        parseRecord(text, file);
        return [];
      } catch (problem) {
        if (!(problem instanceof FactoryError)) throw problem;
        return [{ file, problem, held: salvagedHold(text) }];
      }
    }),
  );
  return found.flat();
}

/** How a base's record becomes another one; it may be called again with what another run has written meanwhile. */
export type RecordChange = (record: BaseRecord | undefined) => BaseRecord | undefined;

/**
 * Changes the records of these bases: each is read again under a lock, changed, and its file written whole or not at
 * all, in place. A file that says the same afterwards is not touched; a later look alone is written once a day.
 * @throws FactoryError "state-invalid", and as `withLock`.
 */
export async function changeBaseRecords(
  changes: ReadonlyMap<string, RecordChange>,
  { stateDir, workDir, signal }: RecordStoreDoor,
): Promise<void> {
  if (changes.size === 0) return;
  await withLock(baseRecordsLock(workDir), signal === undefined ? {} : { signal }, async () => {
    const stored = await readStored({ stateDir, workDir });
    const byReference = new Map(stored.toReversed().map((entry) => [entry.record?.reference, entry]));
    const taken = new Set(stored.map(({ file }) => file.toLowerCase()));
    for (const [reference, change] of changes) {
      const entry = byReference.get(reference);
      const after = change(entry?.record);
      if (after === undefined || (entry !== undefined && !isNews(entry.record, after))) continue;
      const file = entry?.file ?? freeFile(stateDir, reference, taken);
      taken.add(file.toLowerCase());
      const name = file.slice(dirname(file).length + 1, -extension.length);
      const text = editRecord(entry?.text ?? "", name, after, file);
      if (text !== entry?.text) await write(file, text);
    }
  });
}

const extension = ".yaml";

/** The lock of those who write records; outside the state, which may be a git repository. */
export function baseRecordsLock(workDir: string): string {
  return join(workDir, "locks", "base-images.lock");
}

const dayMs = 86_400_000;

/** Whether there is more to write than that the base was looked at again. */
function isNews(before: BaseRecord | undefined, after: BaseRecord): boolean {
  const { lastChecked: earlier, ...rest } = before ?? { lastChecked: undefined };
  const { lastChecked: later, ...now } = after;
  if (!isDeepStrictEqual(rest, now)) return true;
  if (later === undefined) return false;
  return earlier === undefined || Date.parse(later) - Date.parse(earlier) >= dayMs;
}

function freeFile(stateDir: string, reference: string, taken: ReadonlySet<string>): string {
  const file = fileOf(stateDir, baseName(reference));
  return taken.has(file.toLowerCase()) ? fileOf(stateDir, distinctName(reference)) : file;
}

function fileOf(stateDir: string, name: string): string {
  return join(stateDir, "base-images", `${name}${extension}`);
}

async function readStored({
  stateDir,
  workDir,
}: Pick<RecordStoreDoor, "stateDir" | "workDir">): Promise<readonly StoredRecord[]> {
  const files = await filesIn(stateDir);
  const cacheFile = join(workDir, "cache", `base-records-${cacheVersion}.json`);
  const known = readCache(cacheFile);
  const stored = await Promise.all(
    files.map(async (file) => {
      const text = await readText(file);
      const key = digestOf(text);
      const record = known.get(key) ?? parseRecord(text, file);
      return { file, text, key, record };
    }),
  );
  const read = stored.flatMap(({ key, record }) => (record === undefined ? [] : [[key, record] as const]));
  if (read.some(([key]) => !known.has(key))) await keepJson(cacheFile, read);
  return stored;
}

async function filesIn(stateDir: string): Promise<readonly string[]> {
  const folder = join(stateDir, "base-images");
  const names = await readdir(folder).catch(whenAbsent([], (error) => unreadable(folder, error)));
  return names
    .filter((name) => name.endsWith(extension) && !name.endsWith(`.example${extension}`))
    .toSorted()
    .map((name) => join(folder, name));
}

function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: Error) => {
    throw unreadable(file, error);
  });
}

/** Raised when `parseRecord` makes something else of the same text. */
const cacheVersion = 2;

/** What was read of a text, by its digest. */
function readCache(file: string): ReadonlyMap<Digest, BaseRecord> {
  return new Map((recallJson(file) ?? []) as readonly (readonly [Digest, BaseRecord])[]);
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, text, { mode: 0o644 });
}

function unreadable(file: string, cause: Error): FactoryError {
  return new FactoryError("state-invalid", `${file} cannot be read: ${cause.message}`, { cause });
}
