import type { Digest } from "../registry/digest.ts";
import { activeHold, type Hold } from "../state/holds.ts";
import type { ImageState } from "../state/image-state.ts";
import type { ImageRecord } from "../state/state-file.ts";
import type { TagRequest } from "./tag-request.ts";

/** An index under its tags in the registry, read back. */
export interface PublishedImage {
  readonly image: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** "superseded": something else was published while this run worked, and stays; `digest` is that. */
  readonly outcome: "published" | "superseded";
}

/** An image whose tags somebody wants to stay: nothing was moved. */
export interface HeldImage {
  readonly image: string;
  readonly outcome: "held";
  readonly hold: Hold;
  /** What is published of it. */
  readonly digest: Digest | undefined;
}

/** What becomes of an image that is held now, unless at this digest; a hold may have come since the plan was made. */
export function heldImage(
  { image, allowHeld }: { readonly image: string; readonly allowHeld: boolean },
  digest: Digest,
  record: ImageRecord,
  { clock }: { readonly clock: () => Date },
): HeldImage | undefined {
  const hold = allowHeld ? undefined : activeHold(record.hold, clock().getTime());
  return hold === undefined || hold.instead?.digest === digest
    ? undefined
    : { image, outcome: "held", hold, digest: record.state?.digest };
}

/** Something else was published meanwhile, and is recorded. */
export function supersededBy(image: string, { digest, tags }: ImageState): PublishedImage {
  return { image, digest, tags: Object.keys(tags), outcome: "superseded" };
}

/** Something else was published meanwhile, and holds the tags. */
export function superseded(image: string, digest: Digest, tags: readonly TagRequest[]): PublishedImage {
  return { image, digest, tags: tags.map(({ tag }) => tag), outcome: "superseded" };
}
