import type { Enrolment } from "../enrolment/enrolment.ts";
import { factsOf } from "../enrolment/tags.ts";
import type { Lister } from "../source/git/listing.ts";
import { listAhead } from "../source/git/resolve.ts";

/** What of a command's words says which sources it looks at. */
export interface SourceWords {
  readonly images: readonly string[];
  /** `REF=`: taken in place of the source's ref. */
  readonly ref?: string | undefined;
  /** `SOURCE=`: a folder that is taken in place of the source. */
  readonly source?: string | undefined;
}

/** Begins to ask what opening the sources of the images of a run will wait for. */
export function beginSources(
  enrolments: readonly Enrolment[],
  { images, ref, source }: SourceWords,
  lister: Lister,
): void {
  // A folder takes the place of their sources.
  if (source !== undefined) return;
  const named = new Set(images);
  for (const enrolment of enrolments) {
    if (enrolment.source.kind !== "git" || !named.has(enrolment.name)) continue;
    listAhead(enrolment.source, { ref, wantsVersion: wantsVersion(enrolment) }, lister);
  }
}

/** Whether the tags of an image name the version that stands in its repository's tags. */
export function wantsVersion({ versionFile, tags }: Enrolment): boolean {
  return versionFile === undefined && tags.some((tag) => factsOf(tag).includes("version"));
}
