import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FactoryError } from "../src/errors.ts";
import { keepSecret } from "../src/redact.ts";
import { childEnvironment, run } from "../src/run.ts";

describe("run", () => {
  it("hands arguments to the tool as they are, with no shell in between", async () => {
    const { stdout } = await run({ tool: "printf", args: ["%s|", "$HOME", "a b", "*", "'"] });
    expect(stdout).toBe("$HOME|a b|*|'|");
  });

  it("gives a child no variable that could be a secret", async () => {
    expect(
      childEnvironment({ PATH: "/bin", GITHUB_TOKEN: "x", FACTORY_REGISTRY: "y", npm_config_json: "true" }),
    ).toEqual({ PATH: "/bin" });
    process.env["CANARY"] = "canary";
    const { stdout } = await run({ tool: "env", args: [], env: { OWN: "1" } });
    expect(stdout).toContain("OWN=1");
    expect(stdout).not.toContain("CANARY");
  });

  it("gives a child no folder of PATH that is another one wherever it works", () => {
    expect(childEnvironment({ PATH: ".:/bin::bin:/usr/bin:" })).toEqual({ PATH: "/bin:/usr/bin" });
  });

  it("fails with what the tool said last, and keeps all of it as the cause", async () => {
    const failing = run({ tool: "sh", args: ["-c", "echo one >&2; echo two >&2; exit 3"] });
    await expect(failing).rejects.toMatchObject({
      code: "tool-failed",
      message: "sh -c exited with 3: one | two",
      cause: { exitCode: 3, stderr: "one\ntwo\n" },
    });
  });

  it("takes an exit code that is an answer for one", async () => {
    expect(await run({ tool: "sh", args: ["-c", "exit 1"], alsoOk: [1] })).toMatchObject({ exitCode: 1 });
  });

  it("says that a tool is not there", async () => {
    await expect(run({ tool: "no-such-tool", args: [] })).rejects.toMatchObject({
      code: "machine-lacks",
      exitStatus: 69,
    });
  });

  it("says that a tool is not there when the folder to start it in is not", async () => {
    await expect(run({ tool: "true", args: [], cwd: "/no-such-folder" })).rejects.toMatchObject({
      code: "machine-lacks",
    });
  });

  it("says what the system says of arguments that no program can be given", async () => {
    const failing = run({ tool: "true", args: ["a\0b"] });
    await expect(failing).rejects.toMatchObject({
      code: "machine-lacks",
      message: expect.stringContaining("null bytes"),
    });
  });

  it("gives a tool its input, also one that does not read it", async () => {
    expect(await run({ tool: "cat", args: [], input: "é\n" })).toMatchObject({ stdout: "é\n" });
    expect(await run({ tool: "true", args: [], input: "x".repeat(1_000_000) })).toMatchObject({
      exitCode: 0,
    });
  });

  it("keeps characters whole that come in pieces", async () => {
    const words = ["-c", "printf '\\303'; sleep 0.1; printf '\\251'"];
    expect((await run({ tool: "sh", args: words })).stdout).toBe("é");
    expect((await run({ tool: "sh", args: words, onLine: () => undefined })).stdout).toBe("é");
  });

  it("names the signal that ended a tool", async () => {
    await expect(run({ tool: "sh", args: ["-c", "kill -9 $$"] })).rejects.toMatchObject({
      code: "tool-failed",
      message: "sh -c was ended by SIGKILL",
    });
  });

  it("ends grandchildren too when the time is up", async () => {
    const marker = `sleep 3${Math.floor(Math.random() * 1e6)}`;
    const slow = run({ tool: "sh", args: ["-c", `${marker} & ${marker}`], timeoutMs: 200 });
    await expect(slow).rejects.toMatchObject({ code: "timed-out", exitStatus: 124 });
    const { stdout } = await run({ tool: "ps", args: ["-eo", "args"], alsoOk: [1] });
    expect(stdout).not.toContain(marker);
  });

  it("ends with what the signal was aborted with", async () => {
    const stop = new AbortController();
    const why = new FactoryError("terminated", "stopped by SIGTERM");
    const slow = run({ tool: "sleep", args: ["30"], signal: stop.signal });
    stop.abort(why);
    await expect(slow).rejects.toBe(why);
    await expect(run({ tool: "true", args: [], signal: stop.signal })).rejects.toBe(why);
  });

  it("copies all output to the log file and names it when the tool fails", async () => {
    const logFile = join(tmpdir(), `run-test-${process.pid}.log`);
    const failing = run({ tool: "sh", args: ["-c", "echo out; echo err >&2; exit 1"], logFile });
    await expect(failing).rejects.toThrow(logFile);
    const text = await readFile(logFile, "utf8");
    expect(text.split("\n").toSorted()).toEqual(["", "err", "out"]);
  });

  it("writes no secret that is known into the log file, though it comes in pieces", async () => {
    keepSecret("kept-out-of-logs");
    const logFile = join(tmpdir(), `run-test-${process.pid}-secret.log`);
    const script = "printf 'a kept-out'; sleep 0.1; printf -- '-of-logs b\\nkept-out-of-logs'";
    const { stdout } = await run({ tool: "sh", args: ["-c", script], logFile });
    expect(stdout).toBe("a kept-out-of-logs b\nkept-out-of-logs");
    expect(await readFile(logFile, "utf8")).toBe("a *** b\n***");
  });

  it("says of a tool that found no room what to do", async () => {
    const failing = run({ tool: "sh", args: ["-c", "cat /proc/version > /dev/full"] });
    await expect(failing).rejects.toMatchObject({
      code: "machine-lacks",
      hint: expect.stringContaining("Make room"),
    });
  });

  it("hands on each line as it comes", async () => {
    const lines: string[] = [];
    await run({ tool: "printf", args: ["a\\nb"], onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["a", "b"]);
  });

  it("does not wait for what an ended tool has left behind with its output in its hand", async () => {
    const marker = `sleep 4${Math.floor(Math.random() * 1e6)}`;
    const { stdout } = await run({ tool: "sh", args: ["-c", `echo done; ${marker} & exit 0`] });
    expect(stdout).toBe("done\n");
    const left = await run({ tool: "ps", args: ["-eo", "args"], alsoOk: [1] });
    expect(left.stdout).not.toContain(marker);
  });

  it("stops a tool that stands still, and only while it says what it waits for", async () => {
    const stall = { patienceMs: 300, while: /^waiting$/ };
    const standing = run({ tool: "sh", args: ["-c", "echo waiting; exec sleep 30"], stall });
    await expect(standing).rejects.toMatchObject({
      code: "tool-failed",
      message: expect.stringContaining("sh -c stood still"),
    });
    const working = "echo waiting; echo working; sleep 1; echo waiting";
    expect((await run({ tool: "sh", args: ["-c", working], stall })).exitCode).toBe(0);
  });

  it("ends a tool that multiplies, with all that it has started, and none that only lives on", async () => {
    const crowd = { most: 30, code: "build-failed" } as const;
    const marker = `sleep 5${Math.floor(Math.random() * 1e6)}`;
    const script = `i=0; while [ $i -lt 40 ]; do setsid ${marker} & i=$((i+1)); done; wait`;
    await expect(run({ tool: "sh", args: ["-c", script], crowd })).rejects.toMatchObject({
      code: "build-failed",
      message: "sh -c was more than 30 processes and threads at a time",
    });
    const left = await run({ tool: "ps", args: ["-eo", "args"] });
    expect(left.stdout).not.toContain(`\n${marker}`);
    expect((await run({ tool: "sh", args: ["-c", "sleep 0.6 & wait"], crowd })).exitCode).toBe(0);
  });

  it("offers what may multiply to the kernel for the day when memory is short, and nothing else", async () => {
    const own = await readFile("/proc/self/oom_score_adj", "utf8");
    const args = ["-c", "sleep 0.2; cat /proc/self/oom_score_adj"];
    expect((await run({ tool: "sh", args })).stdout).toBe(own);
    const crowd = { most: 1000, code: "build-failed" } as const;
    expect((await run({ tool: "sh", args, crowd })).stdout).toBe("500\n");
  });
});
