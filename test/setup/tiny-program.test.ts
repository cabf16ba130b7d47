import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostPlatform, platforms } from "../../src/platform.ts";
import { runInForeground } from "../../src/run-in-foreground.ts";
import { tinyProgram } from "../../src/setup/tiny-program.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tiny-"));
});

afterEach(() => rmSync(dir, { recursive: true }));

test.each([0, 1, 113, 255])("a program of this machine's platform exits with %i", async (status) => {
  const file = join(dir, "program");
  writeFileSync(file, tinyProgram(hostPlatform(), status));
  chmodSync(file, 0o755);
  expect(await runInForeground({ tool: file, args: [] })).toBe(status);
});

test("programs are static ELF files of their platform, no bigger than they have to be", () => {
  const machines = platforms.map((platform) => {
    const file = Buffer.from(tinyProgram(platform, 0));
    return [file.subarray(0, 4).toString("latin1"), file.readUInt16LE(18), file.length];
  });
  expect(machines).toEqual([
    ["\u007fELF", 0x3e, 132],
    ["\u007fELF", 0xb7, 132],
  ]);
});
