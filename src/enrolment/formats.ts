import { explainRegistry, explainRepository } from "./destination.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { parseGitAddress } from "./git-address.ts";
import { explainGitRef } from "./git-ref.ts";
import { explainTag } from "./tags.ts";
import { explainValue } from "./values.ts";

/** The formats of images.schema.json: what is wrong with a text, as `expected …`, or undefined. */
export const formats: Readonly<Record<string, (text: string) => string | undefined>> = {
  registry: explainRegistry,
  repository: explainRepository,
  "git-address": (text) => {
    const address = parseGitAddress(text, "/");
    return "expected" in address ? address.expected : undefined;
  },
  "git-ref": explainGitRef,
  tag: explainTag,
  value: explainValue,
  timeout: explainTimeout,
  day: explainDay,
};

/** What a timer of Node can hold, in whole days. */
const longestMs = 24 * 86_400_000;

function explainTimeout(text: string): string | undefined {
  const ms = parseDuration(text);
  if (ms === undefined) return "expected a duration such as 30m, 1h30m or 2d";
  if (ms >= 1_000 && ms <= longestMs) return undefined;
  return `expected a duration between 1s and ${formatDuration(longestMs)}`;
}

/** `YYYY-MM-DD` of a day that the calendar has. */
function explainDay(text: string): string | undefined {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
  return exists ? undefined : "expected a day of the calendar as YYYY-MM-DD";
}
