import { stagingTag } from "../publish/staging.ts";
import { readReceipts } from "../receipt/read.ts";
import type { Digest } from "../registry/digest.ts";
import { isOf } from "../state/tag-claim.ts";
import type { Recorded } from "./needs.ts";
import type { GcNote } from "./note.ts";
import type { Place } from "./places.ts";
import type { RetireDoor, Retired, Tags } from "./retire.ts";

const stagedTag = /^([0-9a-f]{64})(-parts)?$/;

/**
 * Staged platforms that are neither what is published nor what a lifted rollback puts forward again, once they have been
 * seen so for long enough; and with them since when each was.
 */
export async function retiredStaging(
  place: Place,
  tags: Tags,
  recorded: Recorded,
  note: GcNote,
  door: Pick<RetireDoor, "client" | "now" | "stagedMs">,
): Promise<{ readonly retired: Retired; readonly seen: GcNote["seen"] }> {
  const keys = await neededKeys(place, recorded, door);
  const retired = new Map<string, string>();
  const seen: Record<string, string> = {};
  for (const tag of Object.keys(tags)) {
    const [, key, parts] = stagedTag.exec(tag) ?? [];
    if (key === undefined || (parts === undefined && keys.has(key))) continue;
    const since = firstSeen(tag, note, door.now);
    const at = new Date(since).toISOString();
    seen[tag] = at;
    if (since > door.now - door.stagedMs) continue;
    const what = parts === undefined ? "staged platform" : "layers on their way";
    retired.set(tag, `${what}, seen unused since ${at}`);
  }
  return { retired, seen };
}

/** When gc first saw a tag, in milliseconds since 1970. */
export function firstSeen(tag: string, { seen }: GcNote, now: number): number {
  const noted = Date.parse(seen[tag] ?? "");
  // The clock of another machine may be ahead: what is yet to come is now.
  return Number.isNaN(noted) ? now : Math.min(noted, now);
}

/** The keys of what is published, and of what a rollback was from. */
async function neededKeys(
  { images, published }: Place,
  { records }: Recorded,
  { client }: Pick<RetireDoor, "client">,
): Promise<ReadonlySet<string>> {
  const left = [...records].flatMap(([image, { state, hold }]) =>
    images.includes(image) && isOf(state, published) ? (hold?.rollback?.from ?? []) : [],
  );
  const receipts = await Promise.all(left.map((digest) => readReceipts(published, digest, client)));
  const platforms: readonly { readonly key?: Digest }[] = [
    ...[...records.values()].map(({ state }) => state?.platforms ?? {}),
    ...receipts.flat().map((receipt) => receipt.platforms),
  ].flatMap((of) => Object.values(of));
  return new Set(platforms.flatMap(({ key }) => (key === undefined ? [] : [stagingTag(key)])));
}
