import { isPlatform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import type { Hold } from "../state/holds.ts";

/** What is known of an image of somebody else that images here are built from. Times are ISO 8601 in UTC. */
export interface BaseRecord {
  /** Normalised, as `docker.io/library/node:22-slim`. */
  readonly reference: string;
  readonly firstDiscovered: string;
  readonly lastChecked?: string;
  /** Of the index; of the only manifest where there is no index. */
  readonly currentDigest?: Digest;
  /** When `currentDigest` was first seen in the place of another. */
  readonly lastUpdated?: string;
  readonly previousDigest?: Digest;
  /** Before it nothing is rebuilt by itself for the sake of `currentDigest`. */
  readonly rebuildEligibleAt?: string;
  /** What the image says of itself: version, source, …; the older tool's fields too. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Oldest first; entries of the older tool stay as they are. */
  readonly updateHistory: readonly unknown[];
  /** The digests that the reference had, each stay by itself, newest first. */
  readonly digests: readonly SeenDigest[];
  /** Since when its registry answers 404; undefined while it is there. */
  readonly vanishedSince?: string;
  /** Verdicts on platforms of its digests. */
  readonly scans: readonly BaseScan[];
  readonly hold?: BaseHold;
}

/** That somebody wants builds to stay on one digest of a base. */
export interface BaseHold extends Hold {
  readonly digest: Digest;
}

/** A digest with what it holds, which never changes. */
export interface BaseContent {
  readonly digest: Digest;
  /** Digest of each platform's manifest, by `linux/arm64`: of all that there are, and of a former digest of ours. */
  readonly platforms: Readonly<Record<string, Digest>>;
  readonly endOfLife?: DeclaredEnd;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface SeenDigest extends Omit<BaseContent, "metadata"> {
  readonly firstSeen: string;
}

/** An end of life that an image declares of itself. */
export interface DeclaredEnd {
  /** The last UTC day on which it gets fixes, `YYYY-MM-DD`; undefined where it only says that there are no more. */
  readonly day?: string;
  /** The label or annotation that says so. */
  readonly label: string;
}

/** What a scan said of one platform's digest by one policy. */
export interface BaseScan {
  readonly digest: Digest;
  /** Of the policy as JSON: each image may have its own. */
  readonly policy: Digest;
  /** Which database, and when its advisories were gathered: `official of 2026-11-20T00:00:00Z`. */
  readonly database: string;
  readonly verdict: "passed" | "blocked" | "unreadable";
  /** What blocks: `CVE-2026-1 in openssl 3.0.16`. */
  readonly findings: readonly string[];
}

/** What one look-up saw. A look-up that failed saw nothing, and is none. */
export type Sighting =
  | { readonly kind: "found"; readonly at: string; readonly content: BaseContent }
  | { readonly kind: "missing"; readonly at: string };

const keptUpdates = 10;
const keptDigests = 10;

/**
 * The record after a sighting; undefined for a 404 of what was never there. A digest that moved is recorded with the
 * time at which it was first seen. A sighting from before the last move, of a slower run, changes nothing.
 */
export function observe(
  reference: string,
  record: BaseRecord | undefined,
  sighting: Sighting,
): BaseRecord | undefined {
  const { at } = sighting;
  const moved = record?.digests[0]?.firstSeen ?? record?.lastUpdated;
  if (moved !== undefined && at < moved) return record;
  if (sighting.kind === "missing") {
    if (record?.currentDigest === undefined) return record;
    return { ...record, lastChecked: at, vanishedSince: record.vanishedSince ?? at };
  }
  const { vanishedSince: _, ...known } = record ?? newRecord(reference, at);
  return record?.currentDigest === undefined || record.currentDigest === sighting.content.digest
    ? stay(known, sighting.content, at)
    : move(known, record.currentDigest, sighting.content, at);
}

/**
 * Since when the reference means what it means now for these platforms: a wait for it begins here, and anew when one
 * of them moves again. That some other platform of its index moved begins nothing.
 */
export function standsSince(record: BaseRecord, platforms?: readonly string[]): string {
  const { currentDigest, lastUpdated, firstDiscovered, digests } = record;
  const [newest] = digests;
  if (newest === undefined || newest.digest !== currentDigest) return lastUpdated ?? firstDiscovered;
  const moved = digests.findIndex(
    (seen) =>
      seen !== newest &&
      !platforms?.every((platform) => seen.platforms[platform] === newest.platforms[platform]),
  );
  return (digests[(moved < 0 ? digests.length : moved) - 1] ?? newest).firstSeen;
}

/**
 * The record with the time before which nothing is rebuilt by itself for its last move, `delayMs` being the shortest
 * that an image built on it has. A run that knows only some of those images never puts it off.
 */
export function withEligibility(record: BaseRecord, delayMs: number): BaseRecord {
  if (record.lastUpdated === undefined) return record;
  const at = new Date(Date.parse(record.lastUpdated) + delayMs).toISOString();
  const earlier = record.rebuildEligibleAt !== undefined && record.rebuildEligibleAt < at;
  return earlier ? record : { ...record, rebuildEligibleAt: at };
}

/** The record of a base of which nothing is known yet. */
export function newRecord(reference: string, at: string): BaseRecord {
  return { reference, firstDiscovered: at, metadata: {}, updateHistory: [], digests: [], scans: [] };
}

function stay(record: BaseRecord, content: BaseContent, at: string): BaseRecord {
  const { digest } = content;
  const [newest] = record.digests;
  const known = newest?.digest === digest;
  return {
    ...record,
    lastChecked: at,
    currentDigest: digest,
    metadata: known ? record.metadata : { ...record.metadata, ...content.metadata },
    digests: known
      ? record.digests
      : withSeen(record, content, record.currentDigest === undefined ? at : standsSince(record)),
  };
}

function move(record: BaseRecord, previousDigest: Digest, content: BaseContent, at: string): BaseRecord {
  const { rebuildEligibleAt: _, ...rest } = record;
  const { digest } = content;
  return {
    ...rest,
    lastChecked: at,
    currentDigest: digest,
    lastUpdated: at,
    previousDigest,
    metadata: { ...record.metadata, ...content.metadata },
    updateHistory: [
      ...record.updateHistory,
      { date: at.replace(/Z$/, "+00:00"), digest, previousDigest },
    ].slice(-keptUpdates),
    digests: withSeen(record, content, at),
  };
}

function withSeen(record: BaseRecord, content: BaseContent, firstSeen: string): readonly SeenDigest[] {
  const { metadata: _, ...seen } = content;
  const former = record.digests.map((one) => ({ ...one, platforms: oursOf(one.platforms) }));
  return [{ ...seen, firstSeen }, ...former].slice(0, keptDigests);
}

function oursOf(all: SeenDigest["platforms"]): SeenDigest["platforms"] {
  return Object.fromEntries(Object.entries(all).filter(([name]) => isPlatform(name)));
}
