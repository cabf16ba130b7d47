import type { Digest } from "../registry/digest.ts";
import { shortDigest } from "../registry/digest.ts";
import type { KeepPolicy } from "./policy.ts";

/** A publication as its unique tag tells of it. */
export interface Version {
  readonly tag: string;
  readonly digest: Digest;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

const uniqueTag = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{12})$/;

/** The publication that a tag is of; undefined for a tag that is no unique tag, or holds another digest than it says. */
export function versionOf(tag: string, digest: Digest): Version | undefined {
  const [, year, month, day, hour, minute, second, short] = uniqueTag.exec(tag) ?? [];
  if (short !== shortDigest(digest)) return undefined;
  const at = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  return Number.isNaN(Date.parse(at)) ? undefined : { tag, digest, at };
}

/**
 * The unique tags of one image that its policy lets go. A digest is as old as its latest publication, and one that was
 * published several times counts once. `now` is in milliseconds since 1970.
 */
export function retiredVersions(
  versions: readonly Version[],
  { last, forMs }: Pick<KeepPolicy, "last" | "forMs">,
  now: number,
): readonly Version[] {
  const newestFirst = versions.toSorted((one, other) => (one.at < other.at ? 1 : -1));
  const digests = [...new Set(newestFirst.map(({ digest }) => digest))];
  const kept = new Set(
    digests.filter((digest, index) => {
      const newest = newestFirst.find((version) => version.digest === digest);
      return index < last || newest === undefined || Date.parse(newest.at) > now - forMs;
    }),
  );
  return versions.filter(({ digest }) => !kept.has(digest));
}
