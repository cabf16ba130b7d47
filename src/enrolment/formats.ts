import { Cron } from "croner";
import { isTag } from "../registry/reference.ts";
import { semver } from "../semver.ts";
import { explainArchiveAddress } from "./archive.ts";
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
  "archive-address": explainArchiveAddress,
  tag: explainTag,
  value: explainValue,
  timeout: explainTimeout,
  day: explainDay,
  delay: explainDelay,
  cron: explainCron,
  "time-zone": explainTimeZone,
  "regular-expression": explainRegularExpression,
  "version-range": explainVersionRange,
  "registry-tag": explainRegistryTag,
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

/** A year is longer than anyone waits for a base to show itself. */
const longestDelayMs = 366 * 86_400_000;

function explainDelay(text: string): string | undefined {
  const ms = parseDuration(text);
  if (ms === undefined) return "expected a duration such as 12h or 7d";
  return ms <= longestDelayMs
    ? undefined
    : `expected a duration of at most ${formatDuration(longestDelayMs)}`;
}

/** What fields of a CronJob are made of; croner knows more (L, W, #, and ? for the present). */
const cronField =
  /^(?:[\d*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)+$/i;

function explainCron(text: string): string | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) return "expected five cron fields such as 0 3 * * 1";
  const foreign = fields.find((field) => !cronField.test(field));
  if (foreign !== undefined) return `expected cron fields that a CronJob knows, without ${foreign}`;
  if (/(?:^|[,-])7/.test(fields[4] ?? "")) return "expected 0 for Sunday, as in a CronJob";
  try {
    const next = new Cron(text, { paused: true, timezone: "UTC" }).nextRun(new Date("2024-01-01T00:00:00Z"));
    return next === null ? "expected cron fields that some day fits" : undefined;
  } catch (error) {
    return `expected five cron fields such as 0 3 * * 1 (${(error as Error).message.replace(/^CronPattern: /, "")})`;
  }
}

/** By name: a CronJob knows no offsets such as +01:00. */
function explainTimeZone(text: string): string | undefined {
  if (!/^[A-Za-z]/.test(text)) return "expected a time zone such as Europe/Berlin";
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return undefined;
  } catch {
    return "expected a time zone such as Europe/Berlin";
  }
}

function explainRegularExpression(text: string): string | undefined {
  try {
    new RegExp(text, "u");
    return undefined;
  } catch (error) {
    return `expected a regular expression (${(error as Error).message})`;
  }
}

function explainVersionRange(text: string): string | undefined {
  return semver().validRange(text) === null ? "expected a range of versions such as ^22.1" : undefined;
}

function explainRegistryTag(text: string): string | undefined {
  return isTag(text) ? undefined : "expected a tag";
}
