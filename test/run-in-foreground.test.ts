import { expect, test } from "vitest";
import { runInForeground } from "../src/run.ts";

const sh = (script: string, env: Readonly<Record<string, string>> = {}) =>
  runInForeground({ tool: "sh", args: ["-c", script], env });

test("the exit status is the process's own", async () => {
  expect(await sh("exit 77")).toBe(77);
});

test("a process that a signal ended has 128 and the signal's number", async () => {
  expect(await sh("kill -TERM $$")).toBe(143);
});

test("a signal to this process is passed on, and does not end this one", async () => {
  // The shell asks its parent to stop, and says by its status that the wish came back to it.
  expect(await sh('trap "exit 7" TERM; kill -TERM $PPID; while :; do sleep 0.01; done')).toBe(7);
});

test("a tool that is not there is this machine's lack", async () => {
  await expect(runInForeground({ tool: "no-such-tool", args: [] })).rejects.toMatchObject({
    code: "machine-lacks",
  });
});
