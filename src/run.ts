import { delimiter, isAbsolute } from "node:path";
import type { Readable } from "node:stream";
import type { execa as Execa } from "execa";
import { offerToKernel, watchCrowd } from "./crowd.ts";
import { type ErrorCode, FactoryError } from "./errors.ts";
import { longestLine, writeLog } from "./log-file.ts";
import { stopGroup, watchGroup } from "./process-group.ts";
import { interrupted, judged, mostOutput, outputOf, stopError } from "./run-failure.ts";
import { watchProgress } from "./stall.ts";

/** One process to start. There is no shell anywhere: `args` reach the tool as they are. */
export interface Command {
  readonly tool: string;
  readonly args: readonly string[];
  /** What errors call it where that is not the tool and its first word. */
  readonly name?: string;
  readonly cwd?: string;
  /** Added to the few variables of `childEnvironment`; nothing else of the factory's environment is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input; without it the tool reads an empty one. */
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  /**
   * It is stopped when it reads and writes next to nothing for so long, as "stalled" says; only while the last line that
   * it printed matches `while`, where that is given.
   */
  readonly stall?: { readonly patienceMs: number; readonly while?: RegExp };
  /** How much it may print, and what more of it means; without it 256 MiB, and "tool-failed". */
  readonly output?: { readonly mostBytes: number; readonly code: ErrorCode };
  /**
   * How many processes and threads it may be at a time, its descendants included, and what more of them mean. For lack of
   * memory such a tool is what the kernel ends first.
   */
  readonly crowd?: { readonly most: number; readonly code: ErrorCode };
  /** stdout and stderr are appended here as they come; errors name this file. */
  readonly logFile?: string;
  /** Called with each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
  /** Exit codes besides 0 that are an answer and not a failure. */
  readonly alsoOk?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It was stopped because it stood still. */
  readonly stalled?: true;
}

/** Whether a tool was stopped because it stood still: another try may find the other side awake. */
export function isStall(error: unknown): boolean {
  return error instanceof FactoryError && (error.cause as Partial<Finished> | undefined)?.stalled === true;
}

/** The door to processes; tests pass another one in. */
export type Run = (command: Command) => Promise<Finished>;

const inherited = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "LANG",
  "LC_ALL",
  "TMPDIR",
  "TZ",
  "XDG_RUNTIME_DIR",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/** What a child gets of our environment: where tools, certificates and proxies are, and nothing that could be a secret. */
export function childEnvironment(
  from: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of inherited) {
    const value = from[name];
    if (value !== undefined) kept[name] = name === "PATH" ? absoluteFolders(value) : value;
  }
  return kept;
}

/** The folders of a PATH without those that are another in each working folder: a source could have programs there. */
function absoluteFolders(path: string): string {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .join(delimiter);
}

/**
 * Starts one process in a process group of its own and waits for it. On time-out or abort the whole group gets
 * TERM, then KILL: no grandchild outlives the call.
 * @throws FactoryError "machine-lacks" when the tool is not there, "timed-out", what `signal` aborts with, the code of
 *   `output` when it prints without end, and "tool-failed" when the tool exits with a code that is not expected; its
 *   `cause` is then what it printed (Finished).
 */
export const run: Run = async (command) => {
  // Loading it takes longer than all that a command without processes does.
  const { execa } = await import("execa");
  if (command.signal?.aborted) throw interrupted(command);
  const { mostBytes } = command.output ?? mostOutput;
  const child = start(execa, command, mostBytes);
  const closeLog = writeLog(command.logFile, child.stdout, child.stderr);
  if (command.onLine !== undefined) {
    followLines(child.stdout, command.onLine);
    followLines(child.stderr, command.onLine);
  }
  const group = watchGroup(child.pid, command);
  const endStallWatch = watchStall(child, command, () => group.stop("stalled"));
  const endCrowdWatch = boundCrowd(child, command, () => group.stop("crowded"));
  child.nodeChildProcess?.once("exit", () => letGo(child));
  stopAt(mostBytes, [child.stdout, child.stderr], () => group.stop("flooded"));
  try {
    const result = await child;
    const ended = group.end();
    if (ended !== undefined) throw stopError(ended, command, outputOf(result));
    return judged(command, result);
  } finally {
    endStallWatch();
    endCrowdWatch();
    group.end();
    await closeLog();
  }
};

function start(execa: typeof Execa, command: Command, mostBytes: number) {
  try {
    return execa(command.tool, [...command.args], {
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      ...(command.input === undefined ? { stdin: "ignore" as const } : { input: command.input }),
      env: { ...childEnvironment(), ...command.env },
      extendEnv: false,
      stdout: "pipe",
      stderr: "pipe",
      reject: false,
      detached: true,
      cleanup: false,
      stripFinalNewline: false,
      // What stops the whole group comes first; this alone would let grandchildren print on.
      maxBuffer: 2 * mostBytes,
    });
  } catch (cause) {
    const text = `cannot start ${command.tool}: ${(cause as Error).message}`;
    throw new FactoryError("machine-lacks", text, { cause });
  }
}

/** Closes the pipes of a child that prints more than it may, both streams together, and says so once. */
function stopAt(mostBytes: number, streams: readonly Readable[], onFlood: () => void): void {
  let left = mostBytes;
  const spend = (chunk: string | Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    for (const stream of streams) stream.off("data", spend).destroy();
    onFlood();
  };
  for (const stream of streams) stream.on("data", spend);
}

/** How long the output of a tool that has ended is waited for. */
const pipeGraceMs = 2_000;

/**
 * Ends what an ended tool has left behind with our end of its output in its hand, which would be waited for; others that
 * it left, as git's credential cache, live on.
 */
function letGo({ pid, stdout, stderr }: Child): void {
  setTimeout(() => {
    if (stdout.closed && stderr.closed) return;
    if (pid !== undefined) stopGroup(pid, "SIGKILL");
    stdout.destroy();
    stderr.destroy();
  }, pipeGraceMs).unref();
}

type Child = ReturnType<typeof start>;

/** Watches whether the child still moves bytes; returns what ends that. */
function watchStall({ pid, stdout, stderr }: Child, { stall }: Command, onStall: () => void): () => void {
  if (stall === undefined || pid === undefined) return () => undefined;
  let lastLine = "";
  if (stall.while !== undefined) {
    for (const stream of [stdout, stderr])
      followLines(stream, (line) => {
        lastLine = line;
      });
  }
  const isWatched = () => stall.while?.test(lastLine) ?? true;
  return watchProgress(pid, { patienceMs: stall.patienceMs, isWatched, onStall });
}

/** Sees that a child can take neither all processes nor all memory from others; returns what ends that. */
function boundCrowd({ pid }: Child, { crowd }: Command, onCrowd: () => void): () => void {
  if (crowd === undefined || pid === undefined) return () => undefined;
  offerToKernel(pid);
  return watchCrowd(pid, { most: crowd.most, onCrowd });
}

function followLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, longestLine);
    for (const line of lines) onLine(line.slice(0, longestLine));
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
