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

/** More output than this ends a child: its pipe is closed. */
const mostBytes = 256 * 1024 * 1024;

/** Starts a program, without a shell, in a process group of its own. */
export function startChild(
  tool: string,
  args: readonly string[],
  {
    cwd,
    env,
    input,
  }: {
    readonly cwd: string | undefined;
    readonly env: Readonly<Record<string, string>>;
    readonly input: string | Uint8Array | undefined;
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
  const [out, err] = [collect(stdout), collect(stderr)];
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

function collect(stream: Readable): () => string {
  const chunks: (string | Buffer)[] = [];
  let length = 0;
  stream.on("data", (chunk: string | Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > mostBytes) stream.destroy();
  });
  return () =>
    Buffer.concat(chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk))).toString(
      "utf8",
    );
}
