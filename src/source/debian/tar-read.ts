import type { FileHandle } from "node:fs/promises";
import {
  blockSize,
  isExtension,
  isHeader,
  numberAt,
  paddedSize,
  pathIn,
  paxRecords,
  textAt,
} from "../tar-header.ts";
import type { TarContent, TarEntry } from "./tar-entry.ts";

/** What was read: entries, and the paths of devices and the like, which no entry stands for. */
export interface TarListing {
  readonly entries: readonly TarEntry[];
  readonly special: readonly string[];
}

/**
 * Reads the headers of a tar archive as GNU tar writes it: ustar with pax or GNU extensions. Contents are not read.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 * @throws Error for what is no such archive: it came from a tool that had just succeeded.
 */
export async function readTar(file: FileHandle): Promise<TarListing> {
  const entries: TarEntry[] = [];
  const special: string[] = [];
  let extension: Extension = {};
  for (let offset = 0; ; ) {
    const header = await readAt(file, offset, blockSize);
    if (header.every((byte) => byte === 0)) return { entries, special };
    const size = extension.size ?? numberAt(header, 124, 12);
    if (!isHeader(header)) throw new Error(`the tar archive has no header at ${offset}`);
    const type = String.fromCharCode(header[156] ?? 0);
    const content = { offset: offset + blockSize, size: hasContent(type) ? size : 0 };
    offset = content.offset + paddedSize(content.size);
    if (isExtension(type)) {
      const bytes = await readAt(file, content.offset, content.size);
      extension = { ...extension, ...extensionOf(type, bytes) };
      continue;
    }
    const entry = entryOf(type, header, extension, content);
    if (typeof entry === "string") special.push(entry);
    else entries.push(entry);
    extension = {};
  }
}

/** What a header before the entry's own says about it. */
interface Extension {
  readonly path?: string;
  readonly target?: string;
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
}

function entryOf(
  type: string,
  header: Buffer,
  extension: Extension,
  content: { readonly offset: number; readonly size: number },
): TarEntry | string {
  const path = cleanPath(extension.path ?? pathIn(header));
  const target = extension.target ?? textAt(header, 157, 100);
  const owner = {
    path,
    mode: numberAt(header, 100, 8) & 0o7777,
    uid: extension.uid ?? numberAt(header, 108, 8),
    gid: extension.gid ?? numberAt(header, 116, 8),
  };
  switch (type) {
    case "0":
    case "\0":
      return { ...owner, kind: "file", content };
    case "1":
      return { ...owner, kind: "hardlink", target: cleanPath(target) };
    case "2":
      return { ...owner, kind: "symlink", target };
    case "5":
      return { ...owner, kind: "directory" };
    default:
      return path;
  }
}

function hasContent(type: string): boolean {
  return type === "0" || type === "\0" || isExtension(type);
}

function extensionOf(type: string, bytes: Buffer): Extension {
  if (type === "g") return {};
  if (type === "L") return { path: textAt(bytes, 0, bytes.length) };
  if (type === "K") return { target: textAt(bytes, 0, bytes.length) };
  const records = new Map(paxRecords(bytes));
  const text = (key: string, name: "path" | "target") => {
    const value = records.get(key);
    return value === undefined ? {} : { [name]: value };
  };
  const number = (key: "size" | "uid" | "gid") => {
    const value = records.get(key);
    return value === undefined ? {} : { [key]: Number(value) };
  };
  return {
    ...text("path", "path"),
    ...text("linkpath", "target"),
    ...number("size"),
    ...number("uid"),
    ...number("gid"),
  };
}

function cleanPath(path: string): string {
  return path.replace(/^(?:\.?\/+)+/, "").replace(/\/+$/, "") || ".";
}

/** The bytes of a file's content. */
export async function readContent(content: TarContent, archive: FileHandle): Promise<Uint8Array> {
  return content instanceof Uint8Array ? content : readAt(archive, content.offset, content.size);
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  if (bytesRead < length) throw new Error(`the tar archive ends at ${offset + bytesRead}, within an entry`);
  return bytes;
}
