import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const generator = join("sample", "trivy-db");
const execute = promisify(execFile);
const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOTOOLCHAIN: "local" };

test("each database in the repository is what the generator makes of its description", async (context) => {
  try {
    await execute("go", ["mod", "download"], { cwd: generator, env });
  } catch (error) {
    return context.skip(`needs Go and its modules: ${String(error).split("\n")[0]}`);
  }
  const { stdout } = await execute("go", ["test", "-vet=off", "-v", "."], { cwd: generator, env }).catch(
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => ({
      stdout: stdout + stderr,
    }),
  );
  expect(stdout).toContain("--- PASS: TestRepositoryHasWhatDescriptionsSay");
});
