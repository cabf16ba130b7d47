import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FactoryError } from "../src/errors.ts";
import { childEnvironment } from "../src/run.ts";
import { ownRoot } from "../src/setup/needs.ts";

/** One command whose time counts, from its first word to its end. */
export interface Measured {
  readonly tool: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ends the command and all that it started. */
  readonly signal: AbortSignal;
}

export interface Measurement {
  readonly elapsedMs: number;
  /** Peak memory of each Node script that ran, in bytes, by the end of its path. */
  readonly peaks: readonly { readonly script: string; readonly bytes: number }[];
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command and takes its time.
 * @throws FactoryError "tool-failed" when it fails: a run that did not do its job has no time; what `signal` aborts with.
 */
export async function measure({ tool, args, cwd, env, signal }: Measured): Promise<Measurement> {
  const memory = join(tmpdir(), `bench-memory-${randomUUID()}`);
  signal.throwIfAborted();
  const startedAt = performance.now();
  const child = spawn(tool, args, {
    cwd,
    env: {
      ...childEnvironment(),
      ...env,
      NODE_OPTIONS: `--require=${join(import.meta.dirname, "peak-memory.cjs")}`,
      BENCH_MEMORY: memory,
      // As start.sh has it: the factory's scripts and those of the bench are compiled once.
      NODE_COMPILE_CACHE: join(ownRoot, "node_modules/.cache/node"),
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stop = () => child.pid !== undefined && process.kill(-child.pid, "SIGTERM");
  signal.addEventListener("abort", stop);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
    });
  }
  const [status] = await once(child, "close");
  const elapsedMs = performance.now() - startedAt;
  signal.removeEventListener("abort", stop);
  const noted = await readFile(memory, "utf8").catch(() => "");
  await rm(memory, { force: true });
  signal.throwIfAborted();
  if (status !== 0) {
    const words = [tool, ...args].join(" ");
    throw new FactoryError("tool-failed", `${words} in ${cwd} ended with ${status}`, {
      problems: `${output.stdout}\n${output.stderr}`.trim().split("\n").slice(-40),
    });
  }
  const peaks = [...noted.matchAll(/^(\d+) (.*)$/gm)].map(([, kilobytes, script = ""]) => ({
    script,
    bytes: Number(kilobytes) * 1024,
  }));
  return { elapsedMs, peaks, ...output };
}

/** The middle one, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1);
  return (low + high) / 2;
}
