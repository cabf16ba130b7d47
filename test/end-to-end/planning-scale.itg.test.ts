import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LargeWorld, makeLargeWorld } from "../../bench/large-world.ts";
import { startLookUpCounter } from "../../bench/look-up-counter.ts";
import { run } from "../../src/run.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { nodeVariables, nodeWords } from "../command-start.ts";

let dir: string;
let world: LargeWorld;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-large-"));
  world = await makeLargeWorld(dir, 260);
});
afterAll(async () => {
  await world?.registry.end();
  await rm(dir, { recursive: true, force: true });
});

it("asks once for each external base, each repository and each own tag, however many images share them", async () => {
  const counter = await startLookUpCounter(dir, world.registry.address, process.env["PATH"] ?? "");
  const [shim = ""] = counter.path.split(delimiter);
  const { stdout } = await run({
    tool: process.execPath,
    args: [...nodeWords, "scripts/plan.ts"],
    cwd: ownRoot,
    env: { ...world.env, ...nodeVariables, PATH: `${shim}${delimiter}${process.env["PATH"]}` },
  });
  const { git } = await counter.questions();
  await counter.end();
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("260 unchanged");
  expect(git).toEqual([expect.stringMatching(/^ls-remote /)]);
  const asked = world.registry.takeRequests().filter((request) => request !== "GET /v2/");
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked.filter((request) => /^HEAD \/v2\/library\/os-\d+\/manifests\/1$/.test(request))).toHaveLength(
    20,
  );
  expect(
    asked.filter((request) => /^HEAD \/v2\/(?:mid|app)-\d+\/manifests\/latest$/.test(request)),
  ).toHaveLength(260);
  expect(asked).toHaveLength(280);
});
