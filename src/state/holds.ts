import { formatMinute } from "../minute.ts";
import { type Digest, isDigest } from "../registry/digest.ts";

/** Why somebody wants what is published to stay: recorded under `factory.hold` of an image's file. */
export interface Hold {
  readonly why: string;
  /** ISO 8601 in UTC: since when. */
  readonly at: string;
  /** ISO 8601 in UTC: when it ends by itself; undefined is when it is lifted. */
  readonly until?: string;
  /** Who asked for it, by the name that the machine has for them. */
  readonly by?: string;
  /** Of a rollback: where the tags were, and where they are to stay. */
  readonly rollback?: { readonly from: Digest; readonly to: Digest };
  /** Of a build of something else than images.yaml names: the digest that is to stay. */
  readonly instead?: { readonly digest: Digest };
}

/** The hold while it lasts: one that has reached its end is none. `now` is in milliseconds since 1970. */
export function activeHold(hold: Hold | undefined, now: number): Hold | undefined {
  return hold?.until !== undefined && Date.parse(hold.until) <= now ? undefined : hold;
}

/** A hold as a person reads it: `held until 2026-12-01 00:00 UTC: the new libc crashes`. */
export function formatHold({ why, until, rollback }: Pick<Hold, "why" | "until" | "rollback">): string {
  return `held${rollback === undefined ? "" : " by rollback"}${until === undefined ? "" : ` until ${formatMinute(until)}`}: ${why}`;
}

/** Whether a value of a file is a hold; `until` and `by` may be missing. */
export function isHold(value: unknown): value is Hold {
  const { why, at, until, by, rollback, instead } = (value ?? {}) as Partial<Record<keyof Hold, unknown>>;
  const isTime = (time: unknown) => typeof time === "string" && !Number.isNaN(Date.parse(time));
  return (
    typeof why === "string" &&
    isTime(at) &&
    (until === undefined || isTime(until)) &&
    (by === undefined || typeof by === "string") &&
    (rollback === undefined || areDigests(rollback, ["from", "to"])) &&
    (instead === undefined || areDigests(instead, ["digest"]))
  );
}

function areDigests(value: unknown, names: readonly string[]): boolean {
  const digests = (value ?? {}) as Readonly<Record<string, unknown>>;
  return names.map((name) => digests[name]).every((digest) => typeof digest === "string" && isDigest(digest));
}

const dayMs = 86_400_000;

/**
 * When a hold ends that `UNTIL=` names: a UTC day holds through its whole length, a time needs its zone. ISO 8601 in UTC;
 * undefined for any other text.
 */
export function parseUntil(text: string): string | undefined {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  if (!isDay && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text))
    return undefined;
  const time = Date.parse(isDay ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(time)) return undefined;
  // Date.parse takes the 31st of a shorter month for a day of the next.
  if (isDay && !new Date(time).toISOString().startsWith(text)) return undefined;
  return new Date(isDay ? time + dayMs : time).toISOString();
}
