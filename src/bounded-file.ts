import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** Why a file is not read: `is no regular file`. */
export interface NotRead {
  readonly why: string;
}

/** /dev/null, which stands for a file that says nothing: https://docs.kernel.org/admin-guide/devices.html */
const nullDevice = (1 << 8) | 3;

/** The bytes of a regular file that has at most so many; a pipe is not waited for, and no device read. */
export async function readBounded(file: string, mostBytes: number): Promise<Buffer | NotRead> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (stats.isCharacterDevice() && stats.rdev === nullDevice) return Buffer.alloc(0);
    if (!stats.isFile()) return { why: "is no regular file" };
    if (stats.size > mostBytes) return { why: `has ${stats.size} bytes, more than ${mostBytes}` };
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
