import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hostPlatform } from "../../src/platform.ts";
import { tinyProgram } from "../../src/setup/tiny-program.ts";
import { decompressByXz, unpackUpx } from "../../src/setup/unpack-upx.ts";

/** Up to here tinyProgram writes headers. */
const headerSize = 64 + 56;

/** A real program, made long enough by what follows its code that a packer has something to do. */
function program(): Buffer {
  const bytes = Buffer.concat([tinyProgram(hostPlatform(), 23), Buffer.alloc(70_000, "advisories ")]);
  for (const at of [32, 40]) bytes.writeBigUInt64LE(BigInt(bytes.length), 64 + at);
  return bytes;
}

/** A block as UPX writes it: compressed where that makes it smaller. */
function block(content: Buffer, filter = 0): Buffer {
  const lzma = execFileSync("xz", ["--format=lzma", "--stdout"], { input: content });
  const parameters = Buffer.of((3 << 3) | 2, 3);
  const packed = lzma.length < content.length ? Buffer.concat([parameters, lzma.subarray(13)]) : content;
  const header = Buffer.alloc(12);
  header.writeUInt32LE(content.length, 0);
  header.writeUInt32LE(packed.length, 4);
  header.set([14, filter], 8);
  return Buffer.concat([header, packed]);
}

function packed(blocks: readonly Buffer[]): Buffer {
  const magic = Buffer.from("UPX!");
  const beforeBlocks = Buffer.alloc(16);
  return Buffer.concat([tinyProgram(hostPlatform(), 1), magic, beforeBlocks, ...blocks]);
}

test("a program is unpacked to what it was, and runs", () => {
  const original = program();
  const blocks = [block(original.subarray(0, headerSize)), block(original.subarray(headerSize))];
  const unpacked = unpackUpx(packed(blocks), decompressByXz);
  expect(unpacked.equals(original)).toBe(true);
  const dir = mkdtempSync(join(tmpdir(), "unpack-"));
  try {
    writeFileSync(join(dir, "program"), unpacked, { mode: 0o755 });
    expect(spawnSync(join(dir, "program")).status).toBe(23);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.each<[string, () => Buffer]>([
  ["it is no ELF file that UPX packed", () => program()],
  ["it is no ELF file that UPX packed", () => Buffer.from("#!/bin/sh\necho UPX!\n".padEnd(100))],
  [
    "it is packed by method 14 with filter 73",
    () => packed([block(program().subarray(0, headerSize)), block(program().subarray(headerSize), 73)]),
  ],
  [
    "instead of 70",
    () => packed([block(program().subarray(0, headerSize)), block(program().subarray(headerSize, 9_000))]),
  ],
  [
    "is damaged",
    () =>
      packed([block(program().subarray(0, headerSize)), block(program().subarray(headerSize))]).subarray(
        0,
        -20,
      ),
  ],
])("what is packed in another way stays as it is: %s", (why, file) => {
  expect(() => unpackUpx(file(), decompressByXz)).toThrow(why);
});
