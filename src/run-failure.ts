import { diskHint, saysDiskFailure } from "./disk-failure.ts";
import { FactoryError, stoppedBy } from "./errors.ts";
import type { Stopped } from "./process-group.ts";
import type { Command, Finished } from "./run.ts";

/** What a tool may print where its command names nothing else. */
export const mostOutput = { mostBytes: 256 * 1024 * 1024, code: "tool-failed" } as const;

/** What it means that a tool was stopped, and what to do about it. */
export function stopError(why: Stopped, command: Command, finished: Finished): FactoryError {
  const subject = nameOf(command);
  const log = seeLog(command);
  switch (why) {
    case "aborted":
      return interrupted(command);
    case "timed-out":
      return new FactoryError("timed-out", `${subject} did not end within ${command.timeoutMs} ms${log}`);
    case "stalled": {
      const text = `${subject} stood still: it neither sent nor received anything to speak of${log}`;
      return new FactoryError("tool-failed", text, { cause: { ...finished, stalled: true } });
    }
    case "flooded": {
      const { mostBytes, code } = command.output ?? mostOutput;
      return new FactoryError(code, `${subject} printed more than ${mostBytes} bytes${log}`, {
        hint: "See what it prints over and over, and stop that.",
      });
    }
    case "crowded":
      return new FactoryError(
        command.crowd?.code ?? "tool-failed",
        `${subject} was more than ${command.crowd?.most} processes and threads at a time${log}`,
        { hint: "See what it starts over and over, and stop that." },
      );
  }
}

/** How a process ended, as execa tells. */
interface Result {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  readonly originalMessage?: string | undefined;
}

/** What an ended process printed. */
export function outputOf({ exitCode, stdout, stderr }: Result): Finished {
  return { exitCode: exitCode ?? 128, stdout: String(stdout ?? ""), stderr: String(stderr ?? "") };
}

/** What an ended process means: an answer, or one of the errors of `run`. */
export function judged(command: Command, result: Result): Finished {
  if (result.exitCode === undefined && result.signal === undefined) {
    throw new FactoryError(
      "machine-lacks",
      `cannot start ${command.tool}: ${result.originalMessage ?? "not found"}`,
      {
        hint: `Install ${command.tool}: npm run setup, or npm run doctor to see what this machine lacks.`,
        cause: result,
      },
    );
  }
  const finished = outputOf(result);
  if (result.signal !== undefined) {
    throw new FactoryError(
      "tool-failed",
      `${nameOf(command)} was ended by ${result.signal}${seeLog(command)}`,
      { hint: killedHint, cause: finished },
    );
  }
  if (finished.exitCode === 0 || command.alsoOk?.includes(finished.exitCode)) return finished;
  const said = lastLines(finished.stderr || finished.stdout);
  const text = `${nameOf(command)} exited with ${finished.exitCode}: ${said}${seeLog(command)}`;
  if (saysDiskFailure(said))
    throw new FactoryError("machine-lacks", text, { hint: diskHint, cause: finished });
  throw new FactoryError("tool-failed", text, { cause: finished });
}

/** What to do about a child that somebody else has ended. */
export const killedHint = "Try again; the kernel says in dmesg when it was for lack of memory.";

/** The error of a command whose caller does not want it any more. */
export function interrupted(command: Command): FactoryError {
  return stoppedBy(command.signal, `${nameOf(command)} was stopped`);
}

/** Tool and subcommand: enough to know it by, and no operand. */
function nameOf({ tool, args, name }: Command): string {
  return name ?? `${tool} ${args[0] ?? ""}`.trim();
}

function seeLog(command: Command): string {
  return command.logFile === undefined ? "" : ` (full output: ${command.logFile})`;
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-3).join(" | ").slice(0, 600);
}
