import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { finished as streamFinished } from "node:stream/promises";
import { diskHint } from "./disk-failure.ts";
import { FactoryError } from "./errors.ts";
import { redact } from "./redact.ts";

/** Of a line that is longer nobody reads more. */
export const longestLine = 64 * 1024;

/**
 * Copies what a child prints to its log file, where it has one, without secrets. The returned function ends that.
 * @throws FactoryError "machine-lacks", when it ends, for a file that could not be written.
 */
export function writeLog(logFile: string | undefined, ...streams: readonly Readable[]): () => Promise<void> {
  if (logFile === undefined) return async () => undefined;
  const log = createWriteStream(logFile, { flags: "a", mode: 0o600 });
  const finished = streamFinished(log).then(
    () => undefined,
    (error: unknown) => error,
  );
  const flushes = streams.map((stream) => copyLines(stream, (bytes) => log.write(bytes)));
  return async () => {
    for (const flush of flushes) flush();
    log.end();
    const cause = await finished;
    if (cause === undefined) return;
    const text = `cannot write ${logFile}: ${String(cause)}`;
    throw new FactoryError("machine-lacks", text, { hint: diskHint, cause });
  };
}

/** Passes whole lines on, each without secrets; what is longer than anybody reads goes on in pieces. */
function copyLines(stream: Readable, write: (bytes: Buffer) => void): () => void {
  let rest = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer | string) => {
    const bytes = Buffer.concat([rest, Buffer.from(chunk)]);
    const end = bytes.length > longestLine ? bytes.length : bytes.lastIndexOf("\n") + 1;
    rest = bytes.subarray(end);
    if (end > 0) write(withoutSecrets(bytes.subarray(0, end)));
  });
  return () => write(withoutSecrets(rest));
}

/** The same bytes where there is nothing to hide, be they text or not. */
function withoutSecrets(bytes: Buffer): Buffer {
  const text = bytes.toString();
  const hidden = redact(text);
  return hidden === text ? bytes : Buffer.from(hidden);
}
