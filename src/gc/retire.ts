import { matchingTags } from "../bases/tag-expression.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { renderTags } from "../enrolment/tags.ts";
import { type ReceiptReader, readReceipts } from "../receipt/read.ts";
import type { Receipt } from "../receipt/receipt.ts";
import type { Digest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";
import type { Recorded } from "./needs.ts";
import type { Place } from "./places.ts";
import type { KeepPolicy } from "./policy.ts";
import { retiredVersions, type Version, versionOf } from "./versions.ts";

/** Tags that a policy lets go, each with the reason. */
export type Retired = ReadonlyMap<string, string>;

export type Tags = Readonly<Record<string, Digest>>;

export interface RetireDoor {
  readonly client: ReceiptReader;
  readonly enrolments: ReadonlyMap<string, Enrolment>;
  readonly policyOf: (image: string) => KeepPolicy;
  readonly stagedMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Receipts = (digest: Digest) => Promise<readonly Receipt[]>;

/**
 * The tags of superseded publications: unique tags, and of others those that the factory set by itself and that no rule
 * keeps: somebody has asked for what a promotion has set. A publication whose receipt names an image that is not of this factory is somebody else's.
 */
export async function retiredPublications(
  place: Place,
  tags: Tags,
  recorded: Recorded,
  door: RetireDoor,
): Promise<Retired> {
  const receipts = receiptsOf(place.repository, door.client);
  const retired = new Map<string, string>();
  for (const { image, versions } of await byImage(place, tags, recorded, receipts)) {
    const policy = door.policyOf(image);
    const gone = retiredVersions(versions, policy, door.now);
    for (const { tag, at } of gone) retired.set(tag, `superseded publication of ${image}, ${at}`);
    if (policy.tags === undefined || gone.length === 0) continue;
    const digests = new Set(gone.map(({ digest }) => digest));
    const others = Object.entries(tags).filter(
      ([tag, digest]) => digests.has(digest) && versionOf(tag, digest) === undefined,
    );
    const names = others.map(([tag]) => tag);
    const kept = new Set([...matchingTags(policy.tags, names), ...movingTags(door.enrolments.get(image))]);
    for (const [tag, digest] of others) {
      const told = [recorded.records.get(image)?.state, ...(await receipts(digest))];
      const left = told.flatMap((one) => one?.tags[tag] ?? []).filter((state) => state.digest === digest);
      const isOurs = left.length > 0 && left.every(({ promoted }) => promoted !== true);
      if (isOurs && !kept.has(tag)) retired.set(tag, `tag of a superseded publication of ${image}`);
    }
  }
  return retired;
}

/** Tags that the next publication moves: where one of them is now is nobody's version. */
function movingTags(enrolment: Enrolment | undefined): readonly string[] {
  return enrolment === undefined ? [] : renderTags(enrolment, {}).tags;
}

interface ImageVersions {
  readonly image: string;
  readonly versions: readonly Version[];
}

/** The publications in a repository by image; those that nobody knows of, left by runs that died, by themselves. */
async function byImage(
  { images }: Place,
  tags: Tags,
  { records }: Recorded,
  receipts: Receipts,
): Promise<readonly ImageVersions[]> {
  const owners = new Map(
    images.flatMap((name) =>
      (records.get(name)?.state?.publications ?? []).map(({ uniqueTag }) => [uniqueTag, name] as const),
    ),
  );
  const versions = Object.entries(tags).flatMap(([tag, digest]) => versionOf(tag, digest) ?? []);
  const owned = await Promise.all(
    versions.map(async (version) => ({
      version,
      owner: owners.get(version.tag) ?? ownerIn(await receipts(version.digest), version),
    })),
  );
  const of = (image: string | undefined) =>
    owned.filter(({ owner }) => owner === image).map(({ version }) => version);
  const [anyImage = ""] = images;
  return [
    ...images.map((image) => ({ image, versions: of(image) })),
    { image: anyImage, versions: of(undefined) },
  ];
}

function ownerIn(receipts: readonly Receipt[], { tag }: Version): string | undefined {
  return receipts.find(({ publication }) => publication.uniqueTag === tag)?.image;
}

/** Receipts by digest, each read once. */
function receiptsOf(repository: Repository, client: ReceiptReader): Receipts {
  const read = new Map<Digest, Promise<readonly Receipt[]>>();
  return (digest) => {
    const receipts = read.get(digest) ?? readReceipts(repository, digest, client);
    read.set(digest, receipts);
    return receipts;
  };
}
