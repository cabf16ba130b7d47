import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** What the files of a folder were when they were put there, by their names. */
export type FileMarks = Readonly<Record<string, FileMark>>;

interface FileMark {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** The kernel sets it at each write, and nobody else can. */
  readonly ctimeMs: number;
}

export async function markFiles(dir: string, names: readonly string[]): Promise<FileMarks> {
  const marks = await Promise.all(names.map(async (name) => [name, await markOf(join(dir, name))] as const));
  return Object.fromEntries(marks);
}

/**
 * Whether files are as they were marked, with marks of their present times; else which of them is not. One that was not
 * touched is not read: a database is a gigabyte, and hashed with each scan it would cost more than the scan.
 */
export async function checkMarks(
  dir: string,
  marks: FileMarks,
): Promise<{ readonly marks: FileMarks } | { readonly damaged: string }> {
  const now: Record<string, FileMark> = {};
  for (const [name, mark] of Object.entries(marks)) {
    const file = join(dir, name);
    const stats = await lstat(file).catch(() => undefined);
    if (stats?.isFile() !== true || stats.size !== mark.size) return { damaged: file };
    if (stats.ctimeMs === mark.ctimeMs) now[name] = mark;
    else {
      const read = await markOf(file);
      if (read.sha256 !== mark.sha256) return { damaged: file };
      now[name] = read;
    }
  }
  return { marks: now };
}

async function markOf(file: string): Promise<FileMark> {
  const { size, ctimeMs } = await lstat(file);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return { sha256: hash.digest("hex"), size, ctimeMs };
}
