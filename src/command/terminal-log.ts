import { createLogUpdate } from "log-update";
import type { LogEvent } from "../log.ts";
import { eventLine, formatSeconds } from "./event-line.ts";
import type { OpenLog } from "./main.ts";

type Stream = NodeJS.WriteStream;

const redrawMs = 200;

/**
 * A log for somebody who watches: what is finished scrolls by, and below it stands one line for each platform that is
 * being worked on. `close` leaves the terminal as it was.
 */
export function createTerminalLog(stream: Stream, color: boolean): OpenLog {
  const update = createLogUpdate(stream, { showCursor: true });
  const dim = (text: string) => (color ? `\u001b[2m${text}\u001b[22m` : text);
  const yellow = (text: string) => (color ? `\u001b[33m${text}\u001b[39m` : text);
  const active = new Map<string, { text: string; readonly since: number }>();
  const draw = () => {
    const now = performance.now();
    const lines = [...active].map(([subject, { text, since }]) =>
      fitted(`${subject}: ${text} ${dim(formatSeconds(now - since))}`, stream.columns ?? 80),
    );
    if (lines.length === 0) update.clear();
    else update(lines.join("\n"));
  };
  const timer = setInterval(draw, redrawMs);
  timer.unref();
  const print = (line: string) => {
    update.clear();
    stream.write(`${line}\n`);
    draw();
  };
  return {
    log: (event) => {
      const subject = subjectOf(event);
      if (event.kind === "started") {
        active.set(subject, {
          text: eventLine({ ...event, image: "", platform: "" })
            .trim()
            .replace(/^: /, ""),
          since: performance.now(),
        });
        draw();
      } else if (event.kind === "finished" || event.kind === "stopped") {
        active.delete(subject);
        print(eventLine(event));
      } else if (event.kind === "warning") {
        print(yellow(eventLine(event)));
      } else {
        const current = active.get(subject);
        if (current === undefined) print(eventLine(event));
        else current.text = event.text;
      }
    },
    write: print,
    close: () => {
      clearInterval(timer);
      update.clear();
      update.done();
    },
  };
}

function subjectOf({ image, platform }: LogEvent): string {
  return [image, platform].filter((part) => part !== undefined).join(" ");
}

/** One line of the screen: a longer one would push the others about. */
function fitted(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}
