import type { GcNote } from "./note.ts";
import type { RetireDoor, Retired, Tags } from "./retire.ts";
import { firstSeen } from "./retire-staging.ts";

/** buildah's name for a step on a base. */
const layerTag = /^[0-9a-f]{64}$/;

/**
 * Layers of a cache that were first seen long enough ago, and with them since when each was: in use or not, for a
 * registry tells of no pulls, and one that is needed again is built again.
 */
export function retiredLayers(
  tags: Tags,
  note: GcNote,
  { now, stagedMs }: Pick<RetireDoor, "now" | "stagedMs">,
): { readonly retired: Retired; readonly seen: GcNote["seen"] } {
  const since = Object.keys(tags)
    .filter((tag) => layerTag.test(tag))
    .map((tag) => ({ tag, since: firstSeen(tag, note, now) }));
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    retired: new Map(
      since
        .filter(({ since }) => since <= now - stagedMs)
        .map(({ tag, since }) => [tag, `cached layer, seen since ${at(since)}`]),
    ),
    seen: Object.fromEntries(since.map(({ tag, since }) => [tag, at(since)])),
  };
}
