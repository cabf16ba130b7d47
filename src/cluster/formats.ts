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
  keep: explainKeep,
};

function explainAddress(text: string): string | undefined {
  const address = parseGitAddress(text, "/");
  if ("expected" in address) return address.expected;
  return address.url.startsWith("/") ? "expected an https or ssh address, which pods reach" : undefined;
}

function explainKeep(text: string): string | undefined {
  const ms = parseDuration(text);
  if (ms === undefined) return "expected a duration such as 12h or 1d";
  return ms < 3_600_000 || ms > 366 * 86_400_000 ? "expected a duration between 1h and 366d" : undefined;
}
