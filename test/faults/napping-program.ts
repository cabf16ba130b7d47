import { hostPlatform } from "../../src/platform.ts";
import { tinyProgram } from "../../src/setup/tiny-program.ts";

/** A static program of this machine that sleeps so many milliseconds, under a second, and exits with 0. */
export function nappingProgram(ms: number): Uint8Array {
  const exits = tinyProgram(hostPlatform(), 0);
  const nap = hostPlatform() === "linux/amd64" ? napOnAmd64(ms * 1e6) : napOnArm64(ms * 1e6);
  const headers = 120;
  const file = Buffer.concat([exits.subarray(0, headers), nap, exits.subarray(headers)]);
  // The sizes of the one segment: in the file, and in memory.
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  return file;
}

/** push ns; push 0; mov rdi, rsp; xor esi, esi; mov eax, 35 (nanosleep); syscall */
function napOnAmd64(ns: number): Uint8Array {
  const code = Buffer.from([
    0x68, 0, 0, 0, 0, 0x6a, 0, 0x48, 0x89, 0xe7, 0x31, 0xf6, 0xb8, 35, 0, 0, 0, 0x0f, 0x05,
  ]);
  code.writeUInt32LE(ns, 1);
  return code;
}

/** Stores { 0, ns } on the stack; x0 = sp; x1 = 0; x8 = 101 (nanosleep); svc 0 */
function napOnArm64(ns: number): Uint8Array {
  const low = (0xd2800003 | ((ns & 0xffff) << 5)) >>> 0;
  const high = (0xf2a00003 | ((ns >>> 16) << 5)) >>> 0;
  const words = [
    ...[0xd10043ff, 0xd2800002, 0xf90003e2, low, high, 0xf90007e3],
    ...[0x910003e0, 0xd2800001, 0xd2800ca8, 0xd4000001],
  ];
  const code = Buffer.alloc(4 * words.length);
  for (const [index, word] of words.entries()) code.writeUInt32LE(word, 4 * index);
  return code;
}
