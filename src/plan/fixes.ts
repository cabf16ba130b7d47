import type { Platform } from "../platform.ts";
import type { Fix, ImageState } from "../state/image-state.ts";
import type { Reason } from "./reason.ts";

/** What a scan found on one platform that a rebuild would take. */
export interface FixableOn {
  readonly platform: Platform;
  readonly id: string;
  readonly package: string;
  readonly installed: string;
  readonly fixed: string;
}

/** A rebuild that did not bring the fix is tried again after this: its archive may have been behind the advisories. */
const againAfterSeconds = 24 * 60 * 60;

/**
 * The state after a scan: what a rebuild would fix now takes the place of what it would have fixed before, each with the
 * time at which it was first seen. The very same state when nothing has changed.
 */
export function withFixes(state: ImageState, found: readonly FixableOn[], now: Date): ImageState {
  const { fixes: before = [], fixesEpoch, ...rest } = state;
  if (found.length === 0) return before.length === 0 && fixesEpoch === undefined ? state : rest;
  const known = new Map(before.map((fix) => [nameOf(fix), fix.since]));
  const fixes = grouped(found).map(
    (fix): Fix => ({ ...fix, since: known.get(nameOf(fix)) ?? now.toISOString() }),
  );
  const second = Math.floor(now.getTime() / 1000);
  const isNew = fixes.some((fix) => !known.has(nameOf(fix)));
  const isOld = fixesEpoch === undefined || second - fixesEpoch >= againAfterSeconds;
  const next = { ...rest, fixes, fixesEpoch: isNew || isOld ? second : fixesEpoch };
  return JSON.stringify([fixes, next.fixesEpoch]) === JSON.stringify([before, fixesEpoch]) ? state : next;
}

/** The epoch of a rebuild that takes the fixes: later than what the image has; undefined when there is none to take. */
export function epochForFixes(state: ImageState | undefined): number | undefined {
  if (state?.fixes === undefined || state.fixes.length === 0) return undefined;
  return Math.max(state.fixesEpoch ?? 0, (state.epoch ?? 0) + 1);
}

/** Why an image is rebuilt for its fixes. */
export function fixesReason(fixes: readonly Fix[]): Extract<Reason, { kind: "fixes" }> {
  const findings = fixes.map(({ id, package: name, installed, fixed }) => ({
    id,
    package: name,
    from: installed,
    to: fixed,
  }));
  return { kind: "fixes", findings };
}

/** Reasons with what the newest publication of an enrolled base fixes; `publishedOf` gives its state. */
export function withFixesOfBases(
  reasons: readonly Reason[],
  publishedOf: (reference: string) => ImageState | undefined,
): readonly Reason[] {
  return reasons.map((reason) => {
    if (reason.kind !== "base" || reason.to === undefined) return reason;
    const fixes = publishedOf(reason.base)?.publications[0]?.fixes;
    return fixes === undefined ? reason : { ...reason, fixes };
  });
}

/** One entry for what several platforms have alike. */
function grouped(found: readonly FixableOn[]): readonly Omit<Fix, "since">[] {
  const fixes = new Map<string, Omit<Fix, "since">>();
  for (const { platform, id, package: name, installed, fixed } of found) {
    const key = [id, name, installed, fixed].join(" ");
    const platforms = [...new Set([...(fixes.get(key)?.platforms ?? []), platform])].toSorted();
    fixes.set(key, { id, package: name, installed, fixed, platforms });
  }
  return [...fixes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, fix]) => fix);
}

/** A flaw of an installed package stays the same one when a still newer version cures it too. */
function nameOf({ id, package: name, installed }: Omit<Fix, "since">): string {
  return [id, name, installed].join(" ");
}
