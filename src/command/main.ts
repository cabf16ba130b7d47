import { explainDisk } from "../disk-failure.ts";
import { type ExitStatus, exitStatus, FactoryError, worstStatus } from "../errors.ts";
import type { Log, LogEvent } from "../log.ts";
import { printable } from "../printable.ts";
import { stopEverything } from "../process-group.ts";
import { keepProxyPasswords, redact } from "../redact.ts";
import { eventLine } from "./event-line.ts";
import { type CommandSpec, type Flag, helpText, type ParsedWords, parseWords, type Word } from "./options.ts";

type Words = Readonly<Record<string, Word<unknown>>>;
type Flags = Readonly<Record<string, Flag>>;
type Run<W extends Words, F extends Flags> = Extract<ParsedWords<W, F>, { kind: "run" }>;

/** What a command works with besides its own words. */
export interface Session {
  readonly log: Log;
  /** Aborts with a FactoryError when the command is told to stop. */
  readonly signal: AbortSignal;
  /** One line of result to stdout. */
  readonly print: (line: string) => void;
  /** An error that does not end the command, with its remedy, to stderr. */
  readonly showError: (error: unknown) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Adds what has to be done before the command ends, however it ends. */
  readonly atEnd: (work: () => Promise<void>) => void;
}

/**
 * The one place where a script begins and ends: reads its words, prints errors with their remedy, hands signals on,
 * and exits with the status that says what to do next. `work` may return a status other than 0.
 */
export async function main<W extends Words, F extends Flags>(
  spec: CommandSpec<W, F>,
  work: (options: Run<W, F>, session: Session) => Promise<ExitStatus | undefined>,
): Promise<never> {
  const env = process.env;
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) {
      // The second time nobody wants to wait for a clean end.
      stopEverything("SIGKILL");
      process.exit(signal === "SIGTERM" ? 143 : 130);
    }
    const code = signal === "SIGTERM" ? "terminated" : "interrupted";
    stop.abort(new FactoryError(code, `stopped by ${signal}`));
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  keepProxyPasswords(env);
  const { log: show, write, close } = await openLog(process.stderr, env);
  const log: Log = (event) => show(redacted(event));
  const showError = (error: unknown) => write(redact(formatError(error)));
  const endings: (() => Promise<void>)[] = [];
  const errors: unknown[] = [];
  let done: ExitStatus = 0;
  const atEnd = (ending: () => Promise<void>) => void endings.push(ending);
  const session: Session = { log, signal: stop.signal, print, showError, env, atEnd };
  try {
    const options = parseWords(process.argv.slice(2), env, spec);
    if (options.kind === "help") {
      print(helpText(spec));
    } else {
      done = (await orElsewhere(() => work(options, session), spec, session)) ?? 0;
    }
  } catch (error) {
    errors.push(explainDisk(error));
  }
  for (const ending of endings) await ending().catch((error: unknown) => errors.push(explainDisk(error)));
  close();
  for (const error of errors) process.stderr.write(`${redact(formatError(error))}\n`);
  await flushed(process.stdout);
  process.exit(worstStatus([done, ...errors.map(exitStatus)]));
}

/** Does the command's work here or, if this machine lacks a tool for it, from its beginning in the builder image. */
async function orElsewhere(
  work: () => Promise<ExitStatus | undefined>,
  { command, elsewhere }: CommandSpec,
  session: Session,
): Promise<ExitStatus | undefined> {
  try {
    return await work();
  } catch (error) {
    const lacks = error instanceof FactoryError && error.code === "tools-missing";
    if (!lacks || elsewhere === undefined || session.env["FACTORY_BUILDER"] === "1") throw error;
    const { runElsewhere } = await import("../setup/build-elsewhere.ts");
    return runElsewhere(command.replaceAll(":", "-"), process.argv.slice(2), session, error);
  }
}

/** An error as a person reads it on stderr: what, then each problem, then what to do; a bug with its stack. */
function formatError(error: unknown): string {
  if (!(error instanceof FactoryError)) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `this is a bug of the image factory: ${detail}`;
  }
  const lines = [error.message, ...new Set(error.problems.map((problem) => `  ${problem}`))];
  if (error.hint !== undefined) lines.push(`  → ${error.hint}`);
  return lines.map((line) => bounded(printable(line))).join("\n");
}

/** A value that is quoted may be of any length; whoever reads the error needs its beginning. */
function bounded(text: string): string {
  const most = 2_000;
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} characters more)`;
}

/** The same for programs: code and exit status beside what a person reads. */
export function errorJson(error: unknown): object {
  if (!(error instanceof FactoryError))
    return { code: "bug", exitStatus: exitStatus(error), message: String(error) };
  const { code, message, hint, problems } = error;
  return { code, exitStatus: error.exitStatus, message, hint, problems };
}

/** The stream that events and errors go to. */
export interface OpenLog {
  readonly log: Log;
  /** Lines as they are, above whatever is shown live. */
  readonly write: (text: string) => void;
  /** Leaves the terminal as it was. */
  readonly close: () => void;
}

async function openLog(stream: NodeJS.WriteStream, env: Session["env"]): Promise<OpenLog> {
  if (!stream.isTTY || env["TERM"] === "dumb" || env["CI"] !== undefined) {
    const write = (text: string) => void stream.write(`${text}\n`);
    return { log: (event) => write(eventLine(event)), write, close: () => undefined };
  }
  const { createTerminalLog } = await import("./terminal-log.ts");
  return createTerminalLog(stream, env["NO_COLOR"] === undefined || env["NO_COLOR"] === "");
}

function print(line: string): void {
  process.stdout.write(`${redact(line)}\n`);
}

function redacted(event: LogEvent): LogEvent {
  const fields = Object.entries(event).map(([name, value]) => [
    name,
    typeof value === "string" ? redact(value) : value,
  ]);
  return Object.fromEntries(fields) as LogEvent;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
