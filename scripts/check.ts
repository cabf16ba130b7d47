// npm run check [word…]: format, lint, types, dead code and tests, as CI runs them; with words, only the tests so named.
// needs: git buildah runc mmdebstrap registry qemu-arm64 qemu-amd64 trivy
import { dirname } from "node:path";
import { $ } from "zx";
import { helpText } from "../src/command/options.ts";
import { runInForeground } from "../src/run-in-foreground.ts";

const spec = {
  command: "check",
  summary:
    "Checks format, lint, types and dead code, then runs the tests: all of them, or those whose paths contain one of the words. CI runs the same.",
  words: {},
  flags: {},
  examples: ["npm test", "npm run check test/plan"],
} as const;

const words = process.argv.slice(2);
if (words.includes("--help")) {
  console.log(helpText(spec));
  process.exit(0);
}

// The tools run on this Node, whatever the system has.
const PATH = `node_modules/.bin:${dirname(process.execPath)}:${process.env["PATH"]}`;
const colored = process.stderr.isTTY && process.env["NO_COLOR"] === undefined;
const env = { ...process.env, PATH, ...(colored ? { FORCE_COLOR: "1" } : {}) };
const quietly = $({ env, nothrow: true, quiet: true });

console.error("check: format, lint, types, dead code");
const checks = await Promise.all([
  quietly`biome ci --colors=${colored ? "force" : "off"}`,
  quietly`tsc --project .`,
  quietly`knip`,
]);
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
