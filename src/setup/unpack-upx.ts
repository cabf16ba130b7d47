import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

// node unpack-upx.ts PACKED PROGRAM: writes the program that UPX packed. The quick Trivy comes packed, and unpacking
// itself at every start costs it 2 s of a core. Exit 1: it is not packed as this file knows it; the packed one works.

/** Decompresses a whole LZMA stream with its 13-byte header (the format of .lzma files). */
export type DecompressLzma = (stream: Uint8Array) => Uint8Array;

const elfHeaderSize = 64;
const programHeaderSize = 56;
const blockHeaderSize = 12;
const lzmaMethod = 14;
const loadable = 1;
/** More than any program that is packed this way: a damaged size must not take all memory. */
const maxProgramBytes = 1 << 30;

/**
 * The program in a 64-bit ELF file that UPX packed with LZMA and without filters: its header and loadable segments, each
 * where its headers say. Section headers, which nothing needs to run, are left out.
 * @throws Error that says what is different.
 * @see https://github.com/upx/upx/blob/v5.0.2/doc/loader.txt
 */
export function unpackUpx(packed: Buffer, decompress: DecompressLzma): Buffer {
  let at = packed.indexOf("UPX!", elfHeaderSize) + 20;
  if (at < 20 || packed.readUInt32BE(0) !== 0x7f454c46) throw new Error("it is no ELF file that UPX packed");
  const next = (): Buffer => {
    const [size, packedSize, method, filter] = [
      packed.readUInt32LE(at),
      packed.readUInt32LE(at + 4),
      packed.readUInt8(at + 8),
      packed.readUInt8(at + 9),
    ];
    const start = at + blockHeaderSize;
    const data = packed.subarray(start, start + packedSize);
    if (size > maxProgramBytes || data.length < packedSize) throw new Error(`the block at ${at} is damaged`);
    at = start + packedSize;
    if (size === packedSize) return data;
    if (method !== lzmaMethod || filter !== 0) {
      throw new Error(`it is packed by method ${method} with filter ${filter}`);
    }
    const bytes = Buffer.from(decompress(lzmaFile(data, size)));
    if (bytes.length !== size) throw new Error(`a block of ${size} bytes has ${bytes.length}`);
    return bytes;
  };
  const header = next();
  const segments = loadableSegments(header);
  const program = Buffer.alloc(Math.max(...segments.map(({ offset, size }) => offset + size)));
  for (const { offset, size } of segments) {
    const begin = offset === 0 ? header.length : 0;
    const block = next();
    if (block.length !== size - begin) {
      throw new Error(`the segment at ${offset} has ${block.length + begin} bytes instead of ${size}`);
    }
    block.copy(program, offset + begin);
  }
  header.copy(program);
  program.writeBigUInt64LE(0n, 40);
  program.fill(0, 60, elfHeaderSize);
  return program;
}

function loadableSegments(header: Buffer): readonly { readonly offset: number; readonly size: number }[] {
  const first = Number(header.readBigUInt64LE(32));
  const count = header.readUInt16LE(56);
  const segments = Array.from({ length: count }, (_, index) => {
    const at = first + index * programHeaderSize;
    return {
      type: header.readUInt32LE(at),
      offset: Number(header.readBigUInt64LE(at + 8)),
      size: Number(header.readBigUInt64LE(at + 32)),
    };
  }).filter(({ type }) => type === loadable);
  if (segments.length > 0 && segments.every(({ offset, size }) => offset + size <= maxProgramBytes))
    return segments;
  throw new Error("its headers name no segments that can be loaded");
}

/** A .lzma file of UPX's stream, which begins with its parameters in two bytes of its own. */
function lzmaFile(data: Buffer, size: number): Buffer {
  const positionBits = data.readUInt8(0) & 7;
  const [literalPositionBits, literalContextBits] = [data.readUInt8(1) >> 4, data.readUInt8(1) & 15];
  const header = Buffer.alloc(13);
  header.writeUInt8((positionBits * 5 + literalPositionBits) * 9 + literalContextBits, 0);
  header.writeUInt32LE(2 ** Math.max(12, Math.ceil(Math.log2(size))), 1);
  header.writeBigUInt64LE(BigInt(size), 5);
  return Buffer.concat([header, data.subarray(2)]);
}

/** Decompresses by xz, which Debian has unless it was made very small. */
export const decompressByXz: DecompressLzma = (stream) => {
  const { stdout, status, error, stderr } = spawnSync("xz", ["--format=lzma", "--decompress", "--stdout"], {
    input: stream,
    maxBuffer: maxProgramBytes,
  });
  if (status !== 0) throw error ?? new Error(`xz: ${stderr.toString().trim()}`);
  return stdout;
};

if (import.meta.main) {
  const [packed = "", program = ""] = process.argv.slice(2);
  try {
    writeFileSync(program, unpackUpx(readFileSync(packed), decompressByXz), { mode: 0o755 });
  } catch (error) {
    console.error(`set-up: ${packed} stays packed: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
