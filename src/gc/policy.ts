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

type KeepSettings = Pick<Settings, "keepLast" | "keepFor" | "keepTags" | "keepStaged">;

/** By settings, unless images.yaml says otherwise of the image. */
export function policyOf(settings: KeepSettings, enrolment: Enrolment | undefined): KeepPolicy {
  const { last, forMs, tags } = enrolment?.keep ?? {};
  return {
    last: last ?? settings.keepLast,
    forMs: forMs ?? milliseconds(settings.keepFor),
    tags: tags ?? settings.keepTags,
  };
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
