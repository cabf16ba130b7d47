import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { platforms } from "../../src/platform.ts";
import { run } from "../../src/run.ts";
import { examine, wouldBuild } from "../../src/setup/doctor.ts";
import { ensureEmulation } from "../../src/setup/emulation.ts";

let workDir: string;

beforeAll(() => {
  workDir = mkdtempSync(join(tmpdir(), "doctor-"));
});

afterAll(() => rmSync(workDir, { recursive: true }));

test("a machine that has been set up would build, and each tool was found by using it", async () => {
  for (const platform of platforms) {
    await ensureEmulation(platform, { run, workDir, env: process.env, log: () => undefined });
  }
  const findings = await examine({
    platforms,
    repositories: [],
    checkPush: async () => undefined,
    describeCredentials: async () => undefined,
    presentDatabase: async () => undefined,
    workDir,
    env: process.env,
    run,
    now: new Date(),
  });
  expect(findings.filter(({ verdict }) => verdict === "lacks")).toEqual([]);
  expect(wouldBuild(findings)).toBe(true);
  expect(findings.map(({ topic }) => topic)).toEqual([
    "buildah",
    "storage",
    "isolation",
    ...platforms,
    "git",
    "trivy",
    "database",
    "disk",
    "proxies",
  ]);
});
