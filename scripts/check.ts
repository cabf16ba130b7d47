// npm run check [word…]: format, lint, types, dead code and tests, as CI runs them; with words, only the tests so named.
// needs: git buildah runc mmdebstrap registry qemu-arm64 qemu-amd64 trivy
import { dirname } from "node:path";
import { $ } from "zx";
import { runInForeground } from "../src/run.ts";

// The tools run on this Node, whatever the system has.
const PATH = `node_modules/.bin:${dirname(process.execPath)}:${process.env["PATH"]}`;
const FORCE_COLOR = process.stderr.isTTY && process.env["NO_COLOR"] === undefined ? "1" : "0";
const quietly = $({ env: { ...process.env, PATH, FORCE_COLOR }, nothrow: true, quiet: true });
const words = process.argv.slice(2);

console.error("check: format, lint, types, dead code");
const checks = await Promise.all([quietly`biome ci`, quietly`tsc --project .`, quietly`knip`]);
for (const check of checks) {
  if (check.exitCode !== 0) console.error(`${check.stdout}${check.stderr}`);
}
if (checks.some((check) => check.exitCode !== 0)) {
  console.error("check: failed, see above; the tests were not run");
  process.exit(1);
}

console.error("check: tests");
process.exitCode = await runInForeground({
  tool: process.execPath,
  args: ["node_modules/vitest/vitest.mjs", "run", ...(words.length === 0 ? ["--coverage"] : words)],
  env: { ...withoutNpm(process.env), PATH },
});

/** What `npm test` says to npm is not for the npm that a test starts. */
function withoutNpm(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("npm_"),
    ),
  );
}
