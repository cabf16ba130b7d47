import type { LogEvent } from "../log.ts";
import { onePrintableLine } from "../printable.ts";

/** One event as one line of a log, beginning with the image's name. */
export function eventLine(event: LogEvent): string {
  const subject = [event.image, event.platform].filter((part) => part !== undefined).join(" ");
  const text = `${subject === "" ? "" : `${subject}: `}${eventText(event)}`;
  return onePrintableLine(text);
}

function eventText(event: LogEvent): string {
  switch (event.kind) {
    case "note":
      return event.text;
    case "warning":
      return `warning: ${event.text}`;
    case "started":
      return `${event.phase}${event.detail === undefined ? "" : ` ${event.detail}`}`;
    case "stopped":
      return `${event.phase} stopped`;
    case "finished":
      return `${event.phase} done in ${formatSeconds(event.elapsedMs)}${event.detail === undefined ? "" : `, ${event.detail}`}`;
  }
}

export function formatSeconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
