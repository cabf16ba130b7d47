import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Bytes in the files of a folder; 0 when there is none. Files that are deleted meanwhile do not count. */
export async function storedBytes(dir: string): Promise<number> {
  const entries = (await readdir(dir, { recursive: true, withFileTypes: true }).catch(ifAbsent)) ?? [];
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(ifAbsent))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
