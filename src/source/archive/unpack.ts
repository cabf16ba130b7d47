import * as fs from "node:fs";
import { join } from "node:path";
import { FactoryError } from "../../errors.ts";
import { throwIfStopped } from "../sent-files.ts";
import { type ArchiveFile, expandFile } from "./expand.ts";
import { createPlaces, type Placed, type Places } from "./names.ts";
import { refuseEntry, smaller } from "./refusals.ts";
import { type ArchiveEntry, readEntries } from "./tar-entries.ts";

interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes that it may become. @default as `mostUnpacked` */
  readonly mostBytes?: number;
}

/** Where entries go; undefined only looks whether each can be sent. */
type Destination = string | undefined;

const gibibyte = 1024 ** 3;
/** Text seldom gets smaller than a fiftieth; what gets much smaller was made to fill a disk. */
const mostExpansion = 200;
/** So much is written whatever it was packed into. */
const harmlessBytes = gibibyte / 4;
const mostBytesEver = 8 * gibibyte;

/** Bytes that an archive of this size may become. */
export function mostUnpacked(packedBytes: number): number {
  return Math.min(mostBytesEver, Math.max(harmlessBytes, packedBytes * mostExpansion));
}

/**
 * Reads an archive to its end and writes nothing: what this passes can be unpacked.
 * @throws FactoryError as `readEntries`.
 */
export async function inspectArchive(archive: ArchiveFile, options: ReadOptions = {}): Promise<void> {
  await readArchive(archive, undefined, options);
}

/**
 * Writes the files, directories and links of an archive into an empty folder of this user's own. Everything goes below
 * it: no name leads out, and nothing is written through a link, for each path is one thing.
 * @throws FactoryError as `readEntries`; what was written until then stays.
 */
export async function unpackArchive(
  archive: ArchiveFile,
  to: string,
  options: ReadOptions = {},
): Promise<void> {
  await readArchive(archive, to, options);
}

async function readArchive(
  { file, name }: ArchiveFile,
  to: Destination,
  { signal, mostBytes = mostUnpacked(fs.statSync(file).size) }: ReadOptions,
) {
  const consume = (chunks: AsyncIterable<Buffer>) => writeEntries(bounded(chunks, mostBytes, name), to, name);
  try {
    await expandFile({ file, name }, consume, signal);
  } catch (error) {
    throwIfStopped(signal);
    throw error;
  }
}

async function writeEntries(chunks: AsyncIterable<Buffer>, to: Destination, archive: string): Promise<void> {
  const places = createPlaces(archive);
  const writer = to === undefined ? undefined : createWriter(to, archive);
  let copied = 0;
  for await (const entry of readEntries(chunks, archive)) {
    const placed = placedOf(entry, places, archive);
    // Each hard link becomes a file of its own, so that it counts in full.
    if (entry.kind === "hardlink" && placed.kind === "file") copied += placed.size;
    if (copied > mostCopied)
      throw new FactoryError("source-invalid", `${archive} has more than ${mostCopied} bytes in hard links`, {
        hint: smaller,
      });
    const above = places.place(entry.path, placed);
    for (const directory of above) writer?.directory(directory);
    await writer?.entry(entry);
  }
}

function placedOf(entry: ArchiveEntry, places: Places, archive: string): Placed {
  const { kind, path } = entry;
  if (path === "" && kind !== "directory") throw refuseEntry(archive, ".", `its root is a ${kind}`);
  if (kind === "link") checkLink(entry, archive);
  if (kind === "hardlink") return places.fileAt(entry.target, path);
  return kind === "file" ? { kind, size: entry.size } : { kind };
}

const mostCopied = 2 * gibibyte;

function checkLink({ path, target }: Extract<ArchiveEntry, { kind: "link" }>, archive: string): void {
  if (target === "" || target.includes("\0") || Buffer.byteLength(target) > 4_095)
    throw refuseEntry(archive, path, "it is a link to what can be no path");
}

const createNew =
  fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;

function createWriter(to: string, archive: string) {
  const made = new Set([""]);
  const guarded = <T>(path: string, work: (at: string) => T): T => {
    try {
      return work(join(to, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw refuseEntry(archive, path, "this disk takes its name for that of another entry");
    }
  };
  const directory = (path: string) => {
    if (made.has(path)) return;
    guarded(path, (at) => fs.mkdirSync(at, { mode: 0o700 }));
    made.add(path);
  };
  const entry = async (found: ArchiveEntry): Promise<void> => {
    const { path } = found;
    switch (found.kind) {
      case "directory":
        return directory(path);
      case "link":
        return guarded(path, (at) => fs.symlinkSync(found.target, at));
      case "hardlink":
        return guarded(path, (at) => fs.copyFileSync(join(to, found.target), at, fs.constants.COPYFILE_EXCL));
      case "file": {
        const file = guarded(path, (at) => fs.openSync(at, createNew, found.executable ? 0o700 : 0o600));
        try {
          for await (const chunk of found.content())
            for (let at = 0; at < chunk.length; ) at += fs.writeSync(file, chunk, at);
        } finally {
          fs.closeSync(file);
        }
      }
    }
  };
  return { directory, entry };
}

async function* bounded(chunks: AsyncIterable<Buffer>, most: number, name: string): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > most)
      throw new FactoryError(
        "source-invalid",
        `${name} becomes more than ${most} bytes when it is unpacked`,
        {
          hint: smaller,
        },
      );
    yield chunk;
  }
}
