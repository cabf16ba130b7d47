import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { Digest } from "../../registry/digest.ts";
import { blockSize, paddedSize } from "../tar-header.ts";
import { sizeOf, type TarEntry } from "./tar-entry.ts";

/**
 * Writes entries, in the order given and all of one time, as a tar archive whose bytes follow from them alone: ustar,
 * with a pax header before a name, target or size that does not fit. Gives the digest of what it wrote.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */
export async function writeTar(
  file: string,
  entries: readonly TarEntry[],
  source: FileHandle,
  timeSeconds: number,
): Promise<Digest> {
  const out = await open(file, "w", 0o644);
  try {
    const sink = createSink(out);
    for (const entry of entries) {
      await sink.add(headersOf(entry, timeSeconds));
      if (entry.kind !== "file") continue;
      if (entry.content instanceof Uint8Array) await sink.add(entry.content);
      else await sink.copy(source, entry.content.offset, entry.content.size);
      await sink.add(Buffer.alloc(paddedSize(sizeOf(entry.content)) - sizeOf(entry.content)));
    }
    await sink.add(Buffer.alloc(2 * blockSize));
    return await sink.end();
  } finally {
    await out.close();
  }
}

const bufferBytes = 1024 * 1024;

/** Most files are small: they are gathered in one buffer, which is hashed and written when it is full. */
function createSink(out: FileHandle) {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  let filled = 0;
  const flush = async () => {
    hash.update(buffer.subarray(0, filled));
    for (let at = 0; at < filled; ) at += (await out.write(buffer, at, filled - at)).bytesWritten;
    filled = 0;
  };
  return {
    add: async (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; ) {
        if (filled === bufferBytes) await flush();
        const part = bytes.subarray(at, at + bufferBytes - filled);
        buffer.set(part, filled);
        filled += part.length;
        at += part.length;
      }
    },
    copy: async (source: FileHandle, offset: number, size: number) => {
      for (let at = 0; at < size; ) {
        if (filled === bufferBytes) await flush();
        const wanted = Math.min(size - at, bufferBytes - filled);
        const { bytesRead } = await source.read(buffer, filled, wanted, offset + at);
        if (bytesRead === 0) throw new Error(`the archive that is copied ends ${size - at} bytes too early`);
        filled += bytesRead;
        at += bytesRead;
      }
    },
    end: async (): Promise<Digest> => {
      await flush();
      return `sha256:${hash.digest("hex")}`;
    },
  };
}

const longestName = 100;
/** Eleven octal digits, and seven for an owner. */
const largestSize = 0o77777777777;
const largestId = 0o7777777;

function headersOf(entry: TarEntry, timeSeconds: number): Buffer {
  const name = entry.kind === "directory" ? `${entry.path}/` : entry.path;
  const target = entry.kind === "symlink" || entry.kind === "hardlink" ? entry.target : "";
  const size = entry.kind === "file" ? sizeOf(entry.content) : 0;
  const records = [
    ...(needsPax(name) ? [paxRecord("path", name)] : []),
    ...(needsPax(target) ? [paxRecord("linkpath", target)] : []),
    ...(size > largestSize ? [paxRecord("size", String(size))] : []),
    ...(entry.uid > largestId ? [paxRecord("uid", String(entry.uid))] : []),
    ...(entry.gid > largestId ? [paxRecord("gid", String(entry.gid))] : []),
  ].join("");
  const own = header({
    name,
    target,
    mode: entry.mode,
    uid: entry.uid > largestId ? 0 : entry.uid,
    gid: entry.gid > largestId ? 0 : entry.gid,
    size: size > largestSize ? 0 : size,
    type: { file: "0", hardlink: "1", symlink: "2", directory: "5" }[entry.kind],
    timeSeconds,
  });
  if (records === "") return own;
  const pax = Buffer.alloc(paddedSize(records.length));
  pax.write(records, "latin1");
  const before = header({
    name: "PaxHeaders",
    target: "",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: records.length,
    type: "x",
    timeSeconds,
  });
  return Buffer.concat([before, pax, own]);
}

function needsPax(name: string): boolean {
  return name.length > longestName || /[^\x20-\x7e]/.test(name);
}

function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + String(rest.length).length;
  // Counting its own digits can make the length one digit longer.
  return `${rest.length + String(length).length}${rest}`;
}

interface Header {
  readonly name: string;
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly type: string;
  readonly timeSeconds: number;
}

function header({ name, target, mode, uid, gid, size, type, timeSeconds }: Header): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, "0")}\0`, offset, "latin1");
  block.write(name.slice(0, longestName), 0, "latin1");
  octal(mode, 100, 7);
  octal(uid, 108, 7);
  octal(gid, 116, 7);
  octal(size, 124, 11);
  octal(timeSeconds, 136, 11);
  block.write(" ".repeat(8), 148, "latin1");
  block.write(type, 156, "latin1");
  block.write(target.slice(0, longestName), 157, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
