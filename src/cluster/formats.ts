import { parseDuration } from "../enrolment/duration.ts";
import { formats as enrolmentFormats } from "../enrolment/formats.ts";
import { parseGitAddress } from "../enrolment/git-address.ts";

const shared = ["git-ref", "cron", "time-zone"] as const;

/** The formats of cluster.schema.json: what is wrong with a text, as `expected …`, or undefined. */
export const formats: Readonly<Record<string, (text: string) => string | undefined>> = {
  ...Object.fromEntries(
    shared.map((name) => [name, (text: string) => enrolmentFormats[name]?.(text)] as const),
  ),
  "git-address": explainAddress,
  keep: (text) => explainDuration(text, "1h", "366d"),
  interval: (text) => explainDuration(text, "1m", "7d"),
};

function explainAddress(text: string): string | undefined {
  const address = parseGitAddress(text, "/");
  if ("expected" in address) return address.expected;
  return address.url.startsWith("/") ? "expected an https or ssh address, which pods reach" : undefined;
}

function explainDuration(text: string, least: string, most: string): string | undefined {
  const ms = parseDuration(text);
  if (ms === undefined) return `expected a duration such as ${least}`;
  const isWithin = ms >= (parseDuration(least) ?? 0) && ms <= (parseDuration(most) ?? 0);
  return isWithin ? undefined : `expected a duration between ${least} and ${most}`;
}
