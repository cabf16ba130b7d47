import { matchingTags } from "../bases/tag-expression.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { renderTags } from "../enrolment/tags.ts";
import { stagingTag } from "../publish/staging.ts";
import { type ReceiptReader, readReceipts } from "../receipt/read.ts";
import type { Receipt } from "../receipt/receipt.ts";
import type { Digest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";
import { isOf } from "../state/tag-claim.ts";
import type { GcNote } from "./note.ts";
import type { Recorded } from "./needs.ts";
import type { Place } from "./places.ts";
import type { KeepPolicy } from "./policy.ts";
import { retiredVersions, type Version, versionOf } from "./versions.ts";

/** Tags that a policy lets go, each with the reason. */
export type Retired = ReadonlyMap<string, string>;

type Tags = Readonly<Record<string, Digest>>;

export interface RetireDoor {
  readonly client: ReceiptReader;
  readonly enrolments: ReadonlyMap<string, Enrolment>;
  readonly policyOf: (image: string) => KeepPolicy;
  readonly stagedMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The tags of superseded publications: unique tags, and of others those that the factory set and that no rule keeps. A
 * publication whose receipt names an image that is not of this factory is somebody else's.
 */
export async function retiredPublications(
  { repository, images }: Place,
  tags: Tags,
  { records }: Recorded,
  door: RetireDoor,
): Promise<Retired> {
  const receipts = receiptCache(repository, door.client);
  const owners = new Map<string, string>(
    images.flatMap((name) =>
      (records.get(name)?.state?.publications ?? []).map(({ uniqueTag }) => [uniqueTag, name] as const),
    ),
  );
  const versions = Object.entries(tags).flatMap(([tag, digest]) => versionOf(tag, digest) ?? []);
  const byImage = new Map<string, Version[]>();
  for (const version of versions) {
    const owner = owners.get(version.tag) ?? ownerIn(await receipts(version.digest), version);
    // Nobody's: left by a run that died before it wrote its receipt. Each image's policy is as good as another's.
    const image = owner ?? images[0] ?? "";
    if (!images.includes(image)) continue;
    const group = `${owner === undefined ? "?" : ""}${image}`;
    byImage.set(group, [...(byImage.get(group) ?? []), version]);
  }
  const retired = new Map<string, string>();
  for (const [group, own] of byImage) {
    const image = group.replace(/^\?/, "");
    const policy = door.policyOf(image);
    const gone = retiredVersions(own, policy, door.now);
    for (const { tag, at } of gone) retired.set(tag, `superseded publication of ${image}, ${at}`);
    if (policy.tags === undefined) continue;
    const state = records.get(image)?.state;
    const kept = new Set(own.filter((version) => !gone.includes(version)).map(({ digest }) => digest));
    const digests = new Set(gone.map(({ digest }) => digest).filter((digest) => !kept.has(digest)));
    const named = Object.entries(tags).filter(
      ([tag, digest]) => digests.has(digest) && versionOf(tag, digest) === undefined,
    );
    const enrolment = door.enrolments.get(image);
    const matched = new Set(
      matchingTags(
        policy.tags,
        named.map(([tag]) => tag),
      ),
    );
    const moving = new Set(enrolment === undefined ? [] : renderTags(enrolment, {}).tags);
    for (const [tag, digest] of named) {
      if (matched.has(tag) || moving.has(tag)) continue;
      const isOurs =
        state?.tags[tag]?.digest === digest ||
        (await receipts(digest)).some((receipt) => receipt.tags[tag]?.digest === digest);
      if (isOurs) retired.set(tag, `tag of a superseded publication of ${image}`);
    }
  }
  return retired;
}

function ownerIn(receipts: readonly Receipt[], { tag }: Version): string | undefined {
  return receipts.find(({ publication }) => publication.uniqueTag === tag)?.image;
}

function receiptCache(repository: Repository, client: ReceiptReader) {
  const read = new Map<Digest, Promise<readonly Receipt[]>>();
  return (digest: Digest): Promise<readonly Receipt[]> => {
    const receipts = read.get(digest) ?? readReceipts(repository, digest, client);
    read.set(digest, receipts);
    return receipts;
  };
}

const stagedTag = /^([0-9a-f]{64})(-parts)?$/;

/**
 * Staged platforms that are neither what is published nor what a lifted rollback puts forward again, once they have been
 * seen so for long enough; and with them since when each was.
 */
export async function retiredStaging(
  place: Place,
  tags: Tags,
  { records }: Recorded,
  note: GcNote,
  door: RetireDoor,
): Promise<{ readonly retired: Retired; readonly seen: GcNote["seen"] }> {
  const keys = new Set<string>();
  for (const [image, { state, hold }] of records) {
    for (const { key } of Object.values(state?.platforms ?? {})) if (key !== undefined) keys.add(stagingTag(key));
    const left = hold?.rollback?.from;
    if (left === undefined || !place.images.includes(image) || !isOf(state, place.published)) continue;
    for (const { platforms } of await readReceipts(place.published, left, door.client))
      for (const { key } of Object.values(platforms)) if (key !== undefined) keys.add(stagingTag(key));
  }
  const retired = new Map<string, string>();
  const seen: Record<string, string> = {};
  for (const tag of Object.keys(tags)) {
    const [, key, parts] = stagedTag.exec(tag) ?? [];
    if (key === undefined || (parts === undefined && keys.has(key))) continue;
    const noted = Date.parse(note.seen[tag] ?? "");
    // The clock of another machine may be ahead: what is yet to come is now.
    const since = Number.isNaN(noted) ? door.now : Math.min(noted, door.now);
    const at = new Date(since).toISOString();
    seen[tag] = at;
    if (since <= door.now - door.stagedMs)
      retired.set(tag, `${parts === undefined ? "staged platform" : "layers on their way"}, unused since ${at}`);
  }
  return { retired, seen };
}
