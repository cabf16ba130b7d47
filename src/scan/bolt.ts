import { type FileHandle, open } from "node:fs/promises";
import { FactoryError } from "../errors.ts";

/**
 * Keys and buckets in one bucket of a bbolt file, in order; undefined when the path names no bucket. Only the pages
 * on the way are read, so that a database of a gigabyte costs a few milliseconds. Nothing is locked or written:
 * the file must not be one that somebody else is changing.
 * @throws FactoryError "database-unavailable" when the file is no bbolt database or is damaged.
 * @see https://github.com/etcd-io/bbolt/blob/v1.4.0/internal/common/page.go
 */
export async function boltKeys(
  file: string,
  path: readonly string[] = [],
): Promise<readonly string[] | undefined> {
  const handle = await open(file, "r");
  try {
    const source: Source = { file, handle, pageSize: await pageSizeOf(file, handle) };
    let root = await rootPage(source);
    for (const name of path) {
      const entry = await find(source, root, name);
      if (entry?.bucket === undefined) return undefined;
      root = entry.bucket;
    }
    const keys: string[] = [];
    for await (const entry of entriesOf(source, root)) keys.push(entry.key);
    return keys;
  } finally {
    await handle.close();
  }
}

interface Source {
  readonly file: string;
  readonly handle: FileHandle;
  readonly pageSize: number;
}

/** Where the root of a bucket is: a page of the file, or the bytes of a page that lies in the parent's leaf. */
type Root = number | Buffer;

interface Entry {
  readonly key: string;
  /** The root of the bucket, when this is one. */
  readonly bucket: Root | undefined;
}

const headerSize = 16;
const elementSize = 16;
const bucketHeaderSize = 16;
const metaSize = headerSize + 64;
const magic = 0xed0cdaed;
const formatVersion = 2;
const branchFlag = 0x01;
const leafFlag = 0x02;
const bucketFlag = 0x01;

async function pageSizeOf(file: string, handle: FileHandle): Promise<number> {
  const first = Buffer.alloc(metaSize);
  const { bytesRead } = await handle.read(first, 0, metaSize, 0);
  const size =
    bytesRead === metaSize && first.readUInt32LE(headerSize) === magic ? first.readUInt32LE(24) : 0;
  const isPowerOfTwo = (size & (size - 1)) === 0;
  if (size >= 512 && size <= 65_536 && isPowerOfTwo) return size;
  throw damaged(file, "it does not begin as a bbolt file");
}

/** The root of the newest of the two meta pages that is whole; the other one is being, or was, written. */
async function rootPage({ file, handle, pageSize }: Source): Promise<Root> {
  let newest: { readonly transaction: bigint; readonly root: number } | undefined;
  for (const page of [0, 1]) {
    const bytes = Buffer.alloc(metaSize);
    const { bytesRead } = await handle.read(bytes, 0, metaSize, page * pageSize);
    const meta = bytes.subarray(headerSize);
    if (bytesRead < metaSize || meta.readUInt32LE(0) !== magic || meta.readUInt32LE(4) !== formatVersion)
      continue;
    if (fnv1a(meta.subarray(0, 56)) !== meta.readBigUInt64LE(56)) continue;
    const transaction = meta.readBigUInt64LE(48);
    if (newest === undefined || transaction > newest.transaction) {
      newest = { transaction, root: Number(meta.readBigUInt64LE(16)) };
    }
  }
  if (newest === undefined) throw damaged(file, "neither of its meta pages is whole");
  return newest.root;
}

function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

async function find(source: Source, root: Root, name: string): Promise<Entry | undefined> {
  for await (const entry of entriesOf(source, root)) if (entry.key === name) return entry;
  return undefined;
}

/** `seen` has the pages of this tree so far: in a whole one none comes twice. */
async function* entriesOf(source: Source, root: Root, seen = new Set<Root>()): AsyncGenerator<Entry> {
  if (seen.has(root)) throw damaged(source.file, "a page of it leads back to itself");
  seen.add(root);
  const page = typeof root === "number" ? await readPage(source, root) : root;
  if (page.length < headerSize) throw damaged(source.file, "a page of it is cut off");
  const flags = page.readUInt16LE(8);
  const count = page.readUInt16LE(10);
  if (headerSize + count * elementSize > page.length) throw damaged(source.file, "a page of it is cut off");
  for (let at = headerSize; at < headerSize + count * elementSize; at += elementSize) {
    if ((flags & branchFlag) !== 0) {
      yield* entriesOf(source, Number(page.readBigUInt64LE(at + 8)), seen);
    } else if ((flags & leafFlag) !== 0) {
      yield leafEntry(source, page, at);
    } else {
      throw damaged(source.file, `a page is of the unknown kind ${flags}`);
    }
  }
}

function leafEntry({ file }: Source, page: Buffer, at: number): Entry {
  const keyAt = at + page.readUInt32LE(at + 4);
  const valueAt = keyAt + page.readUInt32LE(at + 8);
  const end = valueAt + page.readUInt32LE(at + 12);
  if (end > page.length) throw damaged(file, "an entry reaches beyond its page");
  const key = page.toString("utf8", keyAt, valueAt);
  if ((page.readUInt32LE(at) & bucketFlag) === 0) return { key, bucket: undefined };
  if (end - valueAt < bucketHeaderSize) throw damaged(file, `bucket ${JSON.stringify(key)} is cut off`);
  const root = Number(page.readBigUInt64LE(valueAt));
  return { key, bucket: root === 0 ? page.subarray(valueAt + bucketHeaderSize, end) : root };
}

/** A page with the overflow pages that belong to it. */
async function readPage({ file, handle, pageSize }: Source, id: number): Promise<Buffer> {
  const header = await readExactly(file, handle, id * pageSize, headerSize);
  return readExactly(file, handle, id * pageSize, (header.readUInt32LE(12) + 1) * pageSize);
}

async function readExactly(
  file: string,
  handle: FileHandle,
  position: number,
  length: number,
): Promise<Buffer> {
  const { size } = await handle.stat();
  if (position + length > size) throw damaged(file, "it ends before its last page");
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, position);
  if (bytesRead < length) throw damaged(file, "it ends before its last page");
  return bytes;
}

function damaged(file: string, why: string): FactoryError {
  return new FactoryError("database-unavailable", `${file} is no database that can be read: ${why}`, {
    hint: "Remove its folder; the next run fetches the database again.",
  });
}
