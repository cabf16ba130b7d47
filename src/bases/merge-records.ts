import { isDeepStrictEqual } from "node:util";
import type { Versions } from "../state/remote/merge-image.ts";
import type { BaseHold, BaseRecord, SeenDigest } from "./base-record.ts";
import { editRecord, parseRecord } from "./record-file.ts";

/**
 * The record of a base of which two runs saw something: what the reference means is what was seen later, each digest
 * stands since it was first seen by either. The text is theirs with what we saw in it.
 * @throws FactoryError "state-invalid".
 */
export function mergeBaseRecord(name: string, file: string, { base, ours, theirs }: Versions): string {
  const [o, t] = [parseRecord(ours, file), parseRecord(theirs, file)];
  if (o === undefined || t === undefined || o.reference !== t.reference) return theirs;
  const before = base === undefined ? undefined : parseRecord(base, file);
  return editRecord(theirs, name, mergeRecords(before, o, t), file);
}

function mergeRecords(before: BaseRecord | undefined, ours: BaseRecord, theirs: BaseRecord): BaseRecord {
  const [later, earlier] = movedAt(ours) > movedAt(theirs) ? [ours, theirs] : [theirs, ours];
  const { lastUpdated: _, rebuildEligibleAt: __, vanishedSince: ___, hold: ____, ...record } = later;
  const isSame = later.currentDigest === earlier.currentDigest;
  const [looked, former] =
    (ours.lastChecked ?? "") > (theirs.lastChecked ?? "") ? [ours, theirs] : [theirs, ours];
  const optional = {
    lastChecked: looked.lastChecked ?? former.lastChecked,
    lastUpdated: isSame ? first(later.lastUpdated, earlier.lastUpdated) : later.lastUpdated,
    rebuildEligibleAt: isSame
      ? first(later.rebuildEligibleAt, earlier.rebuildEligibleAt)
      : later.rebuildEligibleAt,
    vanishedSince: looked.vanishedSince,
    hold: mergeHold(before?.hold, ours.hold, theirs.hold),
  };
  const known = Object.entries(optional).filter(([, value]) => value !== undefined);
  return {
    ...record,
    ...Object.fromEntries(known),
    firstDiscovered: first(ours.firstDiscovered, theirs.firstDiscovered) ?? later.firstDiscovered,
    digests: mergeDigests(later.digests, earlier.digests),
    scans: [
      ...later.scans,
      ...earlier.scans.filter(
        ({ digest, policy }) => !later.scans.some((scan) => scan.digest === digest && scan.policy === policy),
      ),
    ],
  };
}

function movedAt({ lastUpdated, firstDiscovered }: BaseRecord): string {
  return lastUpdated ?? firstDiscovered;
}

function first(...times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).toSorted()[0];
}

/** Newest first; the same digest twice in a row is one stay, which both saw begin. */
function mergeDigests(later: readonly SeenDigest[], earlier: readonly SeenDigest[]): readonly SeenDigest[] {
  const all = [...later, ...earlier].toSorted((a, b) => b.firstSeen.localeCompare(a.firstSeen));
  const stays = all.filter((seen, index) => seen.digest !== all[index + 1]?.digest);
  return stays.slice(0, Math.max(later.length, earlier.length, 10));
}

function mergeHold(
  before: BaseHold | undefined,
  ours: BaseHold | undefined,
  theirs: BaseHold | undefined,
): BaseHold | undefined {
  if (isDeepStrictEqual(before, ours)) return theirs;
  if (isDeepStrictEqual(before, theirs)) return ours;
  return ours ?? theirs;
}
