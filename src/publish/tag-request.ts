import { FactoryError } from "../errors.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import type { Repository } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import { firstRefusal } from "../state/tag-claim.ts";
import type { HeldTags } from "./move-tags.ts";

export interface TagRequest {
  readonly tag: string;
  /** Given by `TAG=`: recorded as one that is not moved later. */
  readonly once: boolean;
  /** Made of a version file's version. */
  readonly version?: boolean;
}

/** Whose tags are to move, and what they held before where somebody else's CI may set them. */
interface TagHolder {
  readonly image: string;
  readonly repository: Repository;
  readonly heldBefore: HeldTags | undefined;
}

/**
 * Looks at every tag that is about to move, after locking.
 * @returns the digest that each of them has now.
 * @throws FactoryError "policy-refused".
 */
export async function lookAtTags(
  { image, repository, heldBefore }: TagHolder,
  tags: readonly TagRequest[],
  wanted: Digest,
  state: ImageState | undefined,
  client: RegistryClient,
): Promise<ReadonlyMap<string, Digest | undefined>> {
  const claims = await Promise.all(
    tags.map(async ({ tag, once, version = false }) => ({
      tag,
      once,
      version,
      holds: (await client.headManifest(repository, tag))?.digest,
    })),
  );
  // Tags that somebody else's CI may set are compared with what they held before.
  const guarded = heldBefore === undefined ? claims : claims.filter(({ once, version }) => once || version);
  const refusal = firstRefusal(guarded, state, repository, wanted);
  if (refusal !== undefined)
    throw new FactoryError("policy-refused", `${image}: ${refusal.why}`, { hint: refusal.remedy });
  return new Map(claims.map(({ tag, holds }) => [tag, holds]));
}
