import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../src/run.ts";
import { locateTrivy } from "../../src/setup/trivy.ts";

let workDir: string;

beforeAll(() => {
  workDir = mkdtempSync(join(tmpdir(), "trivy-"));
});

afterAll(() => rmSync(workDir, { recursive: true }));

test("the Trivy of this machine takes the flags that it is said to know, and dies of the others", async () => {
  const trivy = await locateTrivy({ workDir, env: process.env, run });
  for (const flag of ["--disable-telemetry", "--skip-version-check"] as const) {
    const { exitCode } = await run({ tool: trivy.path, args: ["image", flag, "--help"], alsoOk: [1] });
    expect([flag, exitCode]).toEqual([flag, trivy.flags.includes(flag) ? 0 : 1]);
  }
});
