// npm run check [test…]: format, lint, types, dead code and tests, as CI runs them; with words, only the tests that they name.
// needs: git buildah runc mmdebstrap registry qemu-arm64 qemu-amd64 trivy
import { dirname } from "node:path";
import { $, argv, chalk } from "zx";
import { runInForeground } from "../src/run.ts";

// The tools are started by this Node, whatever the system has.
const PATH = `node_modules/.bin:${dirname(process.execPath)}:${process.env["PATH"]}`;
const tool = $({ env: { ...process.env, PATH, FORCE_COLOR: process.stderr.isTTY ? "1" : "0" }, nothrow: true, quiet: true });

const checks = await Promise.all([
  tool`biome ci --error-on-warnings`,
  tool`tsc -p .`,
  tool`knip`,
]);
const failed = checks.filter((check) => check.exitCode !== 0);
for (const check of failed) console.error(`${check.stdout}${check.stderr}`);
if (failed.length > 0) {
  console.error(chalk.red(`check: ${failed.map((check) => check.fullCmd).join(", ")} failed; the tests were not run`));
  process.exit(1);
}
console.error("check: format, lint, types and dead code are in order");
