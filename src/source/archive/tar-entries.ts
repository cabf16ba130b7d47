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
import { type Bytes, readBytes } from "./bytes.ts";
import { cleanName, decode } from "./names.ts";
import { damaged, noArchive, refuseEntry } from "./refusals.ts";

/** One thing of a context archive; `path` is relative to its root, which is "". */
export type ArchiveEntry =
  | { readonly kind: "directory"; readonly path: string }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly executable: boolean;
      readonly size: number;
      /** To be read before the next entry is asked for; what is not read is passed over. */
      readonly content: () => AsyncIterable<Buffer>;
    }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  /** `target` is the path of a file of the same archive. */
  | { readonly kind: "hardlink"; readonly path: string; readonly target: string };

/** More than any name, link and comment together. */
const longestExtension = 1024 * 1024;

/** What stands before an entry's own header about it. */
interface Extension {
  readonly path?: string;
  readonly target?: string;
  readonly size?: number;
}

/**
 * Reads a tar archive that anybody may have written, strictly: what readers of tar understand in different ways is
 * refused, for else a scanner or a person could see other files than a build is sent.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 * @throws FactoryError "source-unavailable" where the archive is damaged, "source-invalid" where it is none, or has what no build
 *   can be sent.
 */
export async function* readEntries(
  chunks: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<ArchiveEntry> {
  const bytes = readBytes(chunks, name);
  let extension: Extension = {};
  for (let index = 0; ; index++) {
    const at = bytes.at();
    const header = await bytes.exactly(blockSize);
    if (header.every((byte) => byte === 0)) return assertEnd(bytes, name);
    if (!isHeader(header))
      throw index === 0 ? noArchive(name) : damaged(name, `it has no header at byte ${at}`);
    const type = typeOf(header);
    if (isExtension(type)) {
      extension = { ...extension, ...(await readExtension(type, header, bytes, name)) };
      continue;
    }
    const entry = entryOf(type, header, extension, bytes, name);
    extension = {};
    const size = entry.kind === "file" ? entry.size : 0;
    const end = bytes.at() + paddedSize(size);
    yield entry;
    await bytes.pass(end - bytes.at());
  }
}

function entryOf(
  type: string,
  header: Buffer,
  extension: Extension,
  bytes: Bytes,
  archive: string,
): ArchiveEntry {
  const raw = decode(extension.path ?? pathIn(header), archive);
  const path = cleanName(raw, archive);
  const size = extension.size ?? numberAt(header, 124, 12);
  const mode = numberAt(header, 100, 8);
  const target = () => decode(extension.target ?? textAt(header, 157, 100), archive);
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(mode))
    throw refuseEntry(archive, raw, "its size or mode is no number");
  // In archives of before 1988 a name's last character tells a directory.
  const kind = type === "file" && raw.endsWith("/") ? "directory" : type;
  if (kind !== "file" && size !== 0)
    throw refuseEntry(
      archive,
      raw,
      `it is a ${kind} with a content of its own, which readers of tar take for different things`,
    );
  switch (kind) {
    case "file": {
      const begin = bytes.at();
      const content = () => bytes.upTo(begin + size);
      return { kind, path, executable: (mode & 0o111) !== 0, size, content };
    }
    case "directory":
      return { kind, path };
    case "link":
      return { kind, path, target: target() };
    case "hardlink":
      return { kind, path, target: cleanName(target(), archive) };
    default:
      throw refuseEntry(archive, raw, kind);
  }
}

const types: Readonly<Record<string, string>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "link",
  "5": "directory",
};

/** Why an entry of such a type cannot be sent. */
const unsendable: Readonly<Record<string, string>> = {
  "3": "it is a device",
  "4": "it is a device",
  "6": "it is a pipe",
  S: "it is stored sparse, and may be larger than anything",
};

function typeOf(header: Buffer): string {
  const flag = String.fromCharCode(header[156] ?? 0);
  if (isExtension(flag)) return flag;
  return (
    types[flag] ??
    unsendable[flag] ??
    `its type is ${JSON.stringify(flag)}, which is no file, directory or link`
  );
}

async function readExtension(
  type: string,
  header: Buffer,
  bytes: Bytes,
  archive: string,
): Promise<Extension> {
  const size = numberAt(header, 124, 12);
  if (!(size <= longestExtension))
    throw refuseEntry(archive, pathIn(header), `what is said of it has more than ${longestExtension} bytes`);
  const content = (await bytes.exactly(paddedSize(size))).subarray(0, size);
  if (type === "L") return { path: textAt(content, 0, size) };
  if (type === "K") return { target: textAt(content, 0, size) };
  return extensionOf(type, content, archive);
}

function extensionOf(type: string, content: Buffer, archive: string): Extension {
  let found: Extension = {};
  for (const [key, value] of recordsOf(content, archive)) {
    if (key.startsWith("GNU.sparse.")) throw refuseEntry(archive, "", unsendable["S"] ?? "");
    const said = readRecord(key, value);
    if (said === undefined) continue;
    if (type === "g") throw refuseEntry(archive, "", `its pax header sets ${key} for all entries`);
    if (said.size !== undefined && !Number.isSafeInteger(said.size))
      throw refuseEntry(archive, "", "its pax header has a size that is no number");
    found = { ...found, ...said };
  }
  return found;
}

function recordsOf(content: Buffer, archive: string): readonly (readonly [string, string])[] {
  try {
    return [...paxRecords(content)];
  } catch (error) {
    throw damaged(archive, (error as Error).message);
  }
}

/** Times, owners, comments and attributes are nothing to a build. */
function readRecord(key: string, value: string): Extension | undefined {
  if (key === "path") return { path: value };
  if (key === "linkpath") return { target: value };
  if (key === "size") return { size: /^\d+$/.test(value) ? Number(value) : Number.NaN };
  return undefined;
}

/** Two blocks of zeros, filled up with more of them: what comes after would be seen by some readers and not by others. */
async function assertEnd(bytes: Bytes, archive: string): Promise<void> {
  for await (const chunk of bytes.upTo(Number.POSITIVE_INFINITY)) {
    if (chunk.some((byte) => byte !== 0)) throw damaged(archive, "something stands behind its end");
  }
}
