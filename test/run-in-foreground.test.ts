import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { runInForeground } from "../src/run-in-foreground.ts";

const sh = (script: string, env: Readonly<Record<string, string>> = {}) =>
  runInForeground({ tool: "sh", args: ["-c", script], env });

test("the exit status is the process's own", async () => {
  expect(await sh("exit 77")).toBe(77);
});

test("a process that a signal ended has 128 and the signal's number", async () => {
  expect(await sh("kill -TERM $$")).toBe(143);
});

test("a signal to the process that waits is passed on, and does not end that one", () => {
  // The shell asks its parent to stop, and says by its status that the wish came back to it.
  const script = 'trap "exit 7" TERM; kill -TERM $PPID; while :; do sleep 0.01; done';
  const module = new URL("../src/run-in-foreground.ts", import.meta.url).href;
  const program = `const { runInForeground } = await import(${JSON.stringify(module)});
    console.log("status", await runInForeground({ tool: "sh", args: ["-c", ${JSON.stringify(script)}] }));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(stdout).toBe("status 7\n");
});

test("a tool that is not there is this machine's lack", async () => {
  await expect(runInForeground({ tool: "no-such-tool", args: [] })).rejects.toMatchObject({
    code: "machine-lacks",
  });
});
