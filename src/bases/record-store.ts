import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../errors.ts";
import { withLock } from "../state/lock.ts";
import { baseName, distinctName } from "./base-name.ts";
import type { BaseRecord } from "./base-record.ts";
import { editRecord, parseRecord } from "./record-file.ts";

export interface RecordStoreDoor {
  readonly stateDir: string;
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
export async function readBaseRecords(stateDir: string): Promise<ReadonlyMap<string, BaseRecord>> {
  const stored = await readStored(stateDir);
  return new Map(
    stored.toReversed().flatMap(({ record }) => (record === undefined ? [] : [[record.reference, record]])),
  );
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
  await withLock(lockFile(workDir), signal === undefined ? {} : { signal }, async () => {
    const stored = await readStored(stateDir);
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

/** Outside the state, which may be a git repository. */
function lockFile(workDir: string): string {
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

async function readStored(stateDir: string): Promise<readonly StoredRecord[]> {
  const folder = join(stateDir, "base-images");
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw unreadable(folder, error);
  });
  const files = names
    .filter((name) => name.endsWith(extension) && !name.endsWith(`.example${extension}`))
    .toSorted()
    .map((name) => join(folder, name));
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, "utf8").catch((error: Error) => {
        throw unreadable(file, error);
      });
      return { file, text, record: parseRecord(text, file) };
    }),
  );
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, text, { mode: 0o644 });
}

function unreadable(file: string, cause: Error): FactoryError {
  return new FactoryError("state-invalid", `${file} cannot be read: ${cause.message}`, { cause });
}
