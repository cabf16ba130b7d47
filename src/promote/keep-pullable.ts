import { isUniqueTag, uniqueTagOf } from "../publish/record.ts";
import type { Promotion } from "../receipt/promotion.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";
import { type HeldTags, isOwn, type MoveRequest } from "./move-tags.ts";

/**
 * Gives what is promoted to another repository the tag there that names its publication, and what the tags leave one if
 * it has none: neither is lost when the tags move on.
 */
export async function keepPullable(
  request: MoveRequest,
  { at, digest }: Promotion,
  held: HeldTags,
  client: RegistryClient,
): Promise<void> {
  const { subject, target } = request;
  const { repository } = target;
  const left = new Set([...held.values()].filter((holds) => holds !== undefined && holds !== digest));
  if (isOwn(request) && left.size === 0) return;
  const names = (await client.listTags(repository)).filter(isUniqueTag);
  const nameOf = (of: Digest) => names.find((tag) => tag.endsWith(`-${shortDigest(of)}`));
  for (const of of left) {
    const found =
      of === undefined || nameOf(of) !== undefined ? undefined : await client.getManifest(repository, of);
    if (found !== undefined)
      await client.putManifest(repository, uniqueTagOf(found.digest, at), found.mediaType, found.bytes);
  }
  const own = subject.uniqueTag ?? nameOf(digest) ?? uniqueTagOf(digest, at);
  const { mediaType, bytes } = subject.document;
  if (!isOwn(request) && !names.includes(own)) await client.putManifest(repository, own, mediaType, bytes);
}
