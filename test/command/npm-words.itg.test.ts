import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const options = resolve("src/command/options.ts");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "npm-words-"));
  const manifest = {
    name: "words",
    type: "module",
    scripts: { build: `exec "${process.execPath}" build.mjs` },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(
    join(folder, "build.mjs"),
    `import { parseWords, textWord } from ${JSON.stringify(options)};
const words = { IMAGE: textWord("<name>", ""), TAG: textWord("<tag>", "") };
const spec = { command: "build", summary: "", words, flags: { "dry-run": { description: "" }, json: { description: "" } } };
try {
  console.log(JSON.stringify(parseWords(process.argv.slice(2), process.env, spec)));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
`,
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What a script sees of a command line that went through the real npm. */
async function throughNpm(...argv: readonly string[]): Promise<unknown> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_"));
  const { stdout } = await promisify(execFile)("npm", ["run", "-s", "build", ...argv], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), npm_config_tag: "next" },
  });
  return JSON.parse(stdout);
}

describe("words that go through npm", () => {
  test("arrive whole, and flags that npm takes for itself count all the same", async () => {
    expect(await throughNpm("IMAGE=a", "--dry-run", "--json", "TAG=x=y")).toMatchObject({
      words: { IMAGE: "a", TAG: "x=y" },
      flags: { "dry-run": true, json: true },
    });
  });

  test("switch nothing on that nobody asked for, whatever npm is set up with", async () => {
    expect(await throughNpm("IMAGE=a")).toEqual({
      kind: "run",
      words: { IMAGE: "a" },
      flags: { "dry-run": false, json: false },
    });
  });

  test("are asked for by name where npm has kept one", async () => {
    expect(await throughNpm("--image=a")).toEqual({
      error: "npm has taken --image for itself; write IMAGE=<value>, without dashes",
    });
  });

  test("reach a command's own help behind --", async () => {
    expect(await throughNpm("--", "--help")).toEqual({ kind: "help" });
  });
});
