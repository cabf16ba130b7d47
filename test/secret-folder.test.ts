import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { removeAbandonedSecrets, withSecretFolder } from "../src/secret-folder.ts";

const workDir = await mkdtemp(join(tmpdir(), "factory-secrets-"));
afterAll(() => rm(workDir, { recursive: true, force: true }));

it("a secret lies in a folder that its owner alone can enter, and is gone afterwards", async () => {
  const folder = await withSecretFolder(workDir, async (dir) => {
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    await writeFile(join(dir, "auth.json"), "x");
    await removeAbandonedSecrets(workDir);
    expect(existsSync(join(dir, "auth.json"))).toBe(true);
    return dir;
  });
  expect(existsSync(folder)).toBe(false);
});

it("it is gone too when the work fails", async () => {
  let folder = "";
  await expect(
    withSecretFolder(workDir, (dir) => {
      folder = dir;
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(existsSync(folder)).toBe(false);
});

it("what a killed process left is removed by the next, and what a living one has is not", async () => {
  const program = `import { withSecretFolder } from ${JSON.stringify(join(import.meta.dirname, "../src/secret-folder.ts"))};
await withSecretFolder(${JSON.stringify(workDir)}, async (dir) => { console.log(dir); await new Promise((resolve) => setTimeout(resolve, 600_000)); });`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program]);
  const [said] = await once(child.stdout, "data");
  const folder = String(said).trim();
  await removeAbandonedSecrets(workDir);
  expect(existsSync(folder)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  await removeAbandonedSecrets(workDir);
  expect(existsSync(folder)).toBe(false);
});
