import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";

/** How a child ended: by itself, by a signal, or not at all because it could not be started. */
export type Ended =
  | { readonly kind: "exited"; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "signalled"; readonly signal: string; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "not started"; readonly problem: Error };

export interface Child {
  /** Undefined for one that could not be started. */
  readonly pid: number | undefined;
  /** stdout and stderr; none for one that could not be started. */
  readonly streams: readonly Readable[];
  /** Resolves when it has ended and all that it printed was read. */
  readonly ended: Promise<Ended>;
}

/** Starts a program, without a shell, in a process group of its own. */
export function startChild(
  tool: string,
  args: readonly string[],
  {
    cwd,
    env,
    input,
    mostBytes,
    onFlood,
  }: {
    readonly cwd: string | undefined;
    readonly env: Readonly<Record<string, string>>;
    readonly input: string | Uint8Array | undefined;
    /** What it may print; its pipes are closed on more. */
    readonly mostBytes: number;
    readonly onFlood: () => void;
  },
): Child {
  let child: ChildProcess;
  try {
    const stdin = input === undefined ? "ignore" : "pipe";
    child = spawn(tool, args, { cwd, env, stdio: [stdin, "pipe", "pipe"], detached: true });
  } catch (problem) {
    return notStarted(problem as Error);
  }
  const { pid, stdin, stdout, stderr } = child;
  const failed = new Promise<Error>((resolve) => child.once("error", resolve));
  if (stdout === null || stderr === null || pid === undefined) {
    return {
      pid: undefined,
      streams: [],
      ended: failed.then((problem) => ({ kind: "not started", problem })),
    };
  }
  // A tool need not read all that it is given.
  stdin?.on("error", () => undefined).end(input);
  let left = mostBytes;
  const spend = (bytes: number) => {
    left -= bytes;
    if (left >= 0) return;
    stdout.destroy();
    stderr.destroy();
    onFlood();
  };
  const [out, err] = [collect(stdout, spend), collect(stderr, spend)];
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (exitCode, signal) => {
      const output = { stdout: out(), stderr: err() };
      resolve(
        signal === null
          ? { kind: "exited", exitCode: exitCode ?? 128, ...output }
          : { kind: "signalled", signal, ...output },
      );
    });
  });
  return { pid, streams: [stdout, stderr], ended };
}

function notStarted(problem: Error): Child {
  return { pid: undefined, streams: [], ended: Promise.resolve({ kind: "not started", problem }) };
}

function collect(stream: Readable, spend: (bytes: number) => void): () => string {
  const chunks: (string | Buffer)[] = [];
  stream.on("data", (chunk: string | Buffer) => {
    chunks.push(chunk);
    spend(chunk.length);
  });
  return () =>
    Buffer.concat(chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk))).toString(
      "utf8",
    );
}
