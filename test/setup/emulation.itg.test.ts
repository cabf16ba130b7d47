import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostPlatform, platforms } from "../../src/platform.ts";
import { run } from "../../src/run.ts";
import { canRun, ensureEmulation } from "../../src/setup/emulation.ts";

let workDir: string;

beforeAll(() => {
  workDir = mkdtempSync(join(tmpdir(), "emulation-"));
});

afterAll(() => rmSync(workDir, { recursive: true }));

test("programs of this machine's platform run in a root of their own", async () => {
  expect(await canRun(hostPlatform(), { run, workDir })).toBe(true);
});

test.each(platforms)(
  "once it is asked for, programs of %s run in a root that has no emulator",
  async (platform) => {
    await ensureEmulation(platform, { run, workDir, env: process.env, log: () => undefined });
    expect(await canRun(platform, { run, workDir })).toBe(true);
  },
);
