import type { Platform } from "../platform.ts";

const elfHeaderBytes = 64;
const programHeaderBytes = 56;
const loadAddress = 0x400000n;

/**
 * The smallest static program of a platform: it exits with `exitStatus` and does nothing else. Running it is the only
 * proof that programs of that platform run here.
 * Format: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
 */
export function tinyProgram(platform: Platform, exitStatus: number): Uint8Array {
  const code = platform === "linux/amd64" ? exitOnAmd64(exitStatus) : exitOnArm64(exitStatus);
  const start = elfHeaderBytes + programHeaderBytes;
  const file = Buffer.alloc(start + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bits, little endian, version 1
  file.writeUInt16LE(2, 16); // an executable
  file.writeUInt16LE(platform === "linux/amd64" ? 0x3e : 0xb7, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(loadAddress + BigInt(start), 24); // entry
  file.writeBigUInt64LE(BigInt(elfHeaderBytes), 32); // where the program header is
  file.writeUInt16LE(elfHeaderBytes, 52);
  file.writeUInt16LE(programHeaderBytes, 54);
  file.writeUInt16LE(1, 56); // program headers
  file.writeUInt32LE(1, elfHeaderBytes); // load …
  file.writeUInt32LE(0b101, elfHeaderBytes + 4); // … to read and execute
  file.writeBigUInt64LE(loadAddress, elfHeaderBytes + 16);
  file.writeBigUInt64LE(loadAddress, elfHeaderBytes + 24);
  file.writeBigUInt64LE(BigInt(file.length), elfHeaderBytes + 32);
  file.writeBigUInt64LE(BigInt(file.length), elfHeaderBytes + 40);
  file.writeBigUInt64LE(0x1000n, elfHeaderBytes + 48); // alignment
  file.set(code, start);
  return file;
}

/** mov edi, status; mov eax, 60 (exit); syscall */
function exitOnAmd64(status: number): Uint8Array {
  return Uint8Array.of(0xbf, status & 0xff, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05);
}

/** mov x0, status; mov x8, 93 (exit); svc 0 */
function exitOnArm64(status: number): Uint8Array {
  const code = Buffer.alloc(12);
  code.writeUInt32LE((0xd2800000 | ((status & 0xff) << 5)) >>> 0, 0);
  code.writeUInt32LE(0xd2800ba8, 4);
  code.writeUInt32LE(0xd4000001, 8);
  return code;
}
