import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { createTerminalLog } from "../../src/command/terminal-log.ts";

/** What a terminal of so many columns shows after these bytes: rows that were erased are gone. */
function screen(bytes: string): string {
  const rows: string[] = [""];
  let row = 0;
  for (const [part] of bytes.matchAll(/\u001b\[[0-9;?]*[A-Za-z]|\n|[^\u001b\n]+/g)) {
    if (part === "\n") rows[++row] ??= "";
    else if (part === "\u001b[2K") rows[row] = "";
    else if (/^\u001b\[\d*A$/.test(part)) row -= Number(part.slice(2, -1) || 1);
    else if (part === "\u001b[J" || part === "\u001b[0J") rows.splice(row + 1);
    else if (!part.startsWith("\u001b")) rows[row] = `${rows[row]}${part}`;
  }
  return rows.join("\n").trimEnd();
}

it("keeps every line of an error that is shown while something is being worked on", () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  let bytes = "";
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.toString();
  });
  const { log, write, close } = createTerminalLog(stream as unknown as NodeJS.WriteStream, false);
  log({ kind: "started", image: "app", platform: "linux/amd64", phase: "build" });
  log({ kind: "started", image: "other", phase: "publish" });
  log({ kind: "stopped", image: "app", platform: "linux/amd64", phase: "build" });
  write("what\n  → what to do");
  close();
  expect(screen(bytes)).toBe("app linux/amd64: build stopped\nwhat\n  → what to do");
});
