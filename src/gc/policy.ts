import { parseDuration } from "../enrolment/duration.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import type { Settings } from "../settings.ts";

/** What is kept of an image's publications: whatever one of the rules keeps stays. */
export interface KeepPolicy {
  /** The newest so many digests. */
  readonly last: number;
  /** Those that were published within this time. */
  readonly forMs: number;
  /** Regular expression of the tags that keep what they name; undefined is every tag. */
  readonly tags: string | undefined;
}

type KeepSettings = Pick<Settings, "keepLast" | "keepFor" | "keepTags" | "keepStaged" | "publish">;

/** What Kargo keeps of its Freight by default, which names digests: the newest so many, and those that are young. */
const freight = { last: 20, forMs: 336 * 3_600_000 };

/** By settings, unless images.yaml says otherwise of the image; where Kargo moves the tags, never less than its Freight. */
export function policyOf(settings: KeepSettings, enrolment: Enrolment | undefined): KeepPolicy {
  const { keep } = enrolment ?? {};
  const last = keep?.last ?? settings.keepLast;
  const forMs = keep?.forMs ?? milliseconds(settings.keepFor);
  const tags = keep?.tags ?? settings.keepTags;
  if (settings.publish === "tags") return { last, forMs, tags };
  return { last: Math.max(last, freight.last), forMs: Math.max(forMs, freight.forMs), tags };
}

/** How long a staged platform stays that nothing needs. */
export function stagedMs({ keepStaged }: KeepSettings): number {
  return milliseconds(keepStaged);
}

function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new TypeError(`settings passed ${text} for a duration`);
  return ms;
}
