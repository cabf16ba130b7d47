import type { Enrolment } from "../enrolment/enrolment.ts";
import { selectImages } from "../enrolment/selection.ts";
import { FactoryError } from "../errors.ts";
import { missingParts } from "../publish/completeness.ts";
import { publicationsOf } from "../receipt/history.ts";
import { readReceipts } from "../receipt/read.ts";
import { publicationAt } from "../receipt/rollback-target.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, isDigest } from "../registry/digest.ts";
import type { ManifestDocument } from "../registry/manifest.ts";
import { formatReference, formatRepository, type Reference, type Repository } from "../registry/reference.ts";
import { activeHold, formatHold } from "../state/holds.ts";
import { type ImageRecord, readRecord } from "../state/state-file.ts";
import { isOf } from "../state/tag-claim.ts";

/** What is promoted: one digest of one repository, whole. */
export interface Subject {
  /** The image's name, or its repository where it is not enrolled. */
  readonly name: string;
  readonly enrolment: Enrolment | undefined;
  readonly repository: Repository;
  readonly document: ManifestDocument;
  /** Whether the registry has the factory's receipt of it. */
  readonly hasReceipt: boolean;
  /** The tag that names its publication for ever; undefined where it was not published by a factory. */
  readonly uniqueTag: string | undefined;
}

/** What names it: one image and perhaps one of its publications, or a reference. */
export type SubjectWords =
  | { readonly image: string; readonly publication: string | undefined }
  | { readonly from: Reference };

interface SubjectDoor {
  readonly client: RegistryClient;
  readonly stateDir: string;
  readonly enrolments: readonly Enrolment[];
  readonly named: (repository: Repository) => Repository;
}

/**
 * Finds what is to be promoted and makes sure that its registry has the whole of it.
 * @throws FactoryError "usage" when there is no such thing, "policy-refused" when a part of it is missing.
 */
export async function findSubject(words: SubjectWords, door: SubjectDoor): Promise<Subject> {
  const { enrolment, repository, digest, uniqueTag } = await find(words, door);
  const { client } = door;
  const reference = formatReference({ ...repository, digest });
  const missing = await missingParts(repository, digest, client);
  const document = missing.length > 0 ? undefined : await client.getManifest(repository, digest);
  if (document === undefined) {
    throw new FactoryError("policy-refused", `${reference} is not complete, so it is not promoted`, {
      problems: missing.map((part) => `it lacks ${part}`),
      hint:
        enrolment === undefined
          ? "Choose another digest with FROM=."
          : `Choose another publication: npm run history IMAGE=${enrolment.name}.`,
    });
  }
  const [receipt] = await readReceipts(repository, digest, client);
  return {
    name: enrolment?.name ?? formatRepository(repository),
    enrolment,
    repository,
    document,
    hasReceipt: receipt !== undefined,
    uniqueTag: receipt?.publication.uniqueTag ?? uniqueTag,
  };
}

interface Found {
  readonly enrolment: Enrolment | undefined;
  readonly repository: Repository;
  readonly digest: Digest;
  readonly uniqueTag: string | undefined;
}

async function find(words: SubjectWords, door: SubjectDoor): Promise<Found> {
  if ("from" in words) return findReference(words.from, door);
  const [enrolment, ...more] = selectImages(door.enrolments, words.image);
  if (more.length > 0) throw new FactoryError("usage", "a promotion is of one image: IMAGE=<name>");
  const { name, repository } = enrolment;
  const { state } = await readRecord(door.stateDir, name);
  const own = isOf(state, repository) ? state : undefined;
  const publications = await publicationsOf(repository, own, door.client);
  const { publication: asked } = words;
  const standing = own?.digest ?? publications[0]?.digest;
  const digest = asked === undefined ? standing : publicationAt(asked, publications)?.digest;
  if (digest === undefined && asked !== undefined) {
    throw new FactoryError("usage", `${name}: there is no publication ${asked}`, {
      hint: `npm run history IMAGE=${name} lists what was published: DIGEST=<digest|n>.`,
    });
  }
  if (digest === undefined) {
    throw new FactoryError("usage", `${name} is not published yet`, { hint: `npm run build IMAGE=${name}` });
  }
  const uniqueTag = publications.find((publication) => publication.digest === digest)?.uniqueTag;
  return { enrolment, repository, digest, uniqueTag };
}

/** An enrolled image by its reference is that image, with its holds and its policy. */
async function findReference(
  { tag = "latest", digest: pinned, ...given }: Reference,
  { client, stateDir, enrolments, named }: SubjectDoor,
): Promise<Found> {
  const repository = named(given);
  const digest = pinned ?? (await client.headManifest(repository, tag))?.digest;
  if (digest === undefined || !isDigest(digest)) {
    throw new FactoryError("usage", `FROM: ${formatReference({ ...repository, tag })} is not there`, {
      hint: "Look at the tags of that repository.",
    });
  }
  const here = enrolments.filter((one) => formatRepository(one.repository) === formatRepository(repository));
  const states = await Promise.all(here.map(async ({ name }) => (await readRecord(stateDir, name)).state));
  const knows = states.findIndex((state) => state?.publications.some((entry) => entry.digest === digest));
  return { enrolment: here[Math.max(knows, 0)], repository, digest, uniqueTag: undefined };
}

/**
 * Makes sure that nobody wants the tags of an image to stay. What a rollback has put back, or an emergency has put there,
 * may be promoted: the hold is there for that digest.
 * @throws FactoryError "policy-refused".
 */
export function checkHold(
  image: string,
  digest: Digest,
  record: Pick<ImageRecord, "hold">,
  { allowHeld, now }: { readonly allowHeld: boolean; readonly now: number },
): void {
  const hold = activeHold(record.hold, now);
  const stays = hold?.rollback?.to ?? hold?.instead?.digest;
  if (hold === undefined || stays === digest || allowHeld) return;
  throw new FactoryError("policy-refused", `${image} is ${formatHold(hold)}`, {
    hint: `Lift it (npm run lift IMAGE=${image}), or promote all the same: ALLOW=held WHY=….`,
  });
}
