import { FactoryError } from "../errors.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { lookAgain } from "../registry/doubt.ts";
import { ociIndexType } from "../registry/media-types.ts";
import { formatReference, type Repository } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import type { MayMove } from "../state/repository-lock.ts";
import { uniqueTagOf } from "./record.ts";

/**
 * What each tag held when the plan was made, of an image that somebody else's CI publishes too: a tag that has moved
 * since is left where it is. Undefined for an image that is the factory's alone.
 */
export type HeldTags = Readonly<Record<string, Digest | undefined>>;

interface MovedTags {
  readonly repository: Repository;
  readonly heldBefore: HeldTags | undefined;
  readonly mayMove: MayMove;
}

/** What somebody else has put under a tag since the plan was made; `ours` is what this factory may have put there. */
export function pushedMeanwhile(
  heldBefore: HeldTags | undefined,
  held: ReadonlyMap<string, Digest | undefined>,
  ours: readonly Digest[],
): Digest | undefined {
  if (heldBefore === undefined) return undefined;
  for (const [tag, holds] of held) {
    const isKnown = holds === undefined || holds === heldBefore[tag] || ours.includes(holds);
    if (Object.hasOwn(heldBefore, tag) && !isKnown) return holds;
  }
  return undefined;
}

/**
 * Puts the same bytes under each tag in turn, then reads every one back. A tag that somebody else's CI sets too is
 * looked at once more before it moves.
 * @returns the tags that have these bytes now, and what that CI has put under another of them meanwhile.
 */
export async function putTags(
  { repository, heldBefore, mayMove }: MovedTags,
  index: { readonly digest: Digest; readonly bytes: Uint8Array },
  tags: readonly string[],
  client: RegistryClient,
): Promise<{ readonly set: readonly string[]; readonly other: Digest | undefined }> {
  const put: string[] = [];
  let other: Digest | undefined;
  for (const tag of tags) {
    if (heldBefore !== undefined && Object.hasOwn(heldBefore, tag)) {
      const held = new Map([[tag, (await client.headManifest(repository, tag))?.digest]]);
      other = pushedMeanwhile(heldBefore, held, [index.digest]);
      if (other !== undefined) break;
    }
    mayMove();
    await client.putManifest(repository, tag, ociIndexType, index.bytes);
    put.push(tag);
  }
  const set: string[] = [];
  for (const tag of put) {
    const name = formatReference({ ...repository, tag });
    const read = await lookAgain(() => client.headManifest(repository, tag), {
      fits: (found) => found?.digest === index.digest,
    }).catch((error: unknown) => {
      // A registry that does not answer now says nothing of what it has taken.
      if (!(error instanceof FactoryError) || error.exitStatus !== 75) throw error;
      const text = `${name} was set to ${index.digest} and could not be read back: ${error.message}`;
      const hint = "Run the same command again: it looks at what stands there.";
      throw new FactoryError("outcome-unknown", text, { hint, cause: error });
    });
    if (read?.digest === index.digest) set.push(tag);
    else if (heldBefore !== undefined && read !== undefined) other ??= read.digest;
    else {
      throw new FactoryError(
        "outcome-unknown",
        `${name} was set to ${index.digest} and reads as ${read?.digest ?? "nothing"}`,
        { hint: "Somebody else may have moved it. Look with: npm run status" },
      );
    }
  }
  return { set, other };
}

/** Gives a digest that the tags leave one of its own: whoever pushed it may have given it no other. */
export async function keepPullable(
  { digest }: ImageState,
  repository: Repository,
  at: string,
  client: RegistryClient,
): Promise<void> {
  const found = await client.getManifest(repository, digest);
  if (found !== undefined)
    await client.putManifest(repository, uniqueTagOf(digest, at), found.mediaType, found.bytes);
}
