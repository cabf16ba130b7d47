import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { FactoryError } from "../../errors.ts";
import { damaged } from "./refusals.ts";

/** An archive on this machine. */
export interface ArchiveFile {
  readonly file: string;
  /** What messages call it: its address, or its path. */
  readonly name: string;
}

/**
 * Hands the bytes of the tar archive that a file holds, compressed or not, to `consume`. The first bytes tell which it is, not
 * its name.
 * @throws FactoryError "source-unavailable" where the compression is damaged, "source-invalid" for one that is not read.
 */
export async function expandFile(
  { file, name }: ArchiveFile,
  consume: (chunks: AsyncIterable<Buffer>) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const expander = expanderOf(await firstBytes(file), name);
  const source = createReadStream(file);
  const options = signal === undefined ? {} : { signal };
  try {
    if (expander === undefined) await pipeline(source, consume, options);
    else await pipeline(source, expander, consume, options);
  } catch (error) {
    throw explain(error, name);
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Compressions that are told by their first bytes and not read. */
const unread: readonly (readonly [string, string])[] = [
  ["fd377a585a00", "compressed by xz"],
  ["425a68", "compressed by bzip2"],
  ["5d000080", "compressed by lzma"],
  ["1f9d", "compressed by compress"],
  ["504b0304", "a zip archive"],
];

/** Fewer and larger pieces than Node's own 16 KiB. */
const chunkSize = 256 * 1024;

function expanderOf(begin: Buffer, name: string) {
  const hex = begin.toString("hex");
  if (hex.startsWith("1f8b")) return createGunzip({ chunkSize });
  if (hex.startsWith("28b52ffd")) return createZstdDecompress({ chunkSize });
  const found = unread.find(([magic]) => hex.startsWith(magic));
  if (found === undefined) return undefined;
  throw new FactoryError("source-invalid", `${name} is ${found[1]}`, {
    hint: "Read are tar, tar.gz and tar.zst: pack it as one of those.",
  });
}

function explain(error: unknown, name: string): unknown {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return /^(?:Z_|ZSTD_|ERR_ZSTD)/.test(code) ? damaged(name, message, error) : error;
}
