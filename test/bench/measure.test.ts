import { expect, test } from "vitest";
import { measure } from "../../bench/measure.ts";

const command = (script: string, signal = new AbortController().signal) => ({
  tool: process.execPath,
  args: ["-e", script],
  cwd: import.meta.dirname,
  env: { BENCH_WORD: "given" },
  signal,
});

test("what a command printed is kept, and the peak memory of each Node in it", async () => {
  const measured = await measure(command("console.log(process.env.BENCH_WORD)"));
  expect(measured.stdout).toBe("given\n");
  expect(measured.peaks).toHaveLength(1);
  expect(measured.peaks[0]?.bytes).toBeGreaterThan(10e6);
});

test("a command that fails has no time", async () => {
  await expect(measure(command("console.error('no disk'); process.exit(3)"))).rejects.toMatchObject({
    code: "tool-failed",
    message: expect.stringContaining("ended with 3"),
    problems: ["no disk"],
  });
});

test("a command that is told to stop ends with all that it started", async () => {
  const stop = new AbortController();
  const script =
    "require('child_process').spawn('sleep', ['60'], { stdio: 'inherit' }); setInterval(() => {}, 1000)";
  const measuring = measure(command(script, stop.signal));
  setTimeout(() => stop.abort(new Error("enough")), 300);
  await expect(measuring).rejects.toThrow("enough");
});

test("a command never begins when the bench was told to stop before", async () => {
  await expect(measure(command("", AbortSignal.abort(new Error("enough"))))).rejects.toThrow("enough");
});
