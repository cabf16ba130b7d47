import { FactoryError } from "../errors.ts";
import type { Address } from "./address.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Digest } from "./digest.ts";
import { type Descriptor, parseIndex } from "./manifest.ts";
import { getManifest, putManifest } from "./manifests.ts";
import { isIndexType, ociIndexType } from "./media-types.ts";
import type { ReferrersDoor } from "./referrers.ts";
import type { Clock } from "./retry.ts";

export const maxTries = 12;
const shortestPauseMs = 20;

/** The index under the tag that stands in for the API: its entries read, and as it is. */
interface Fallback {
  readonly entries: readonly Descriptor[];
  readonly bytes: Uint8Array;
}

function fallbackTag(subject: Digest): string {
  return subject.replace(":", "-");
}

export async function readFallback(
  address: Address,
  subject: Digest,
  { session }: Pick<ReferrersDoor, "session">,
): Promise<Fallback | undefined> {
  const tag = fallbackTag(subject);
  const found = await getManifest(session, address, tag);
  if (found === undefined) return undefined;
  const name = `${address.host}/${address.path}:${tag}`;
  if (isIndexType(found.mediaType)) return { entries: parseIndex(found, name).manifests, bytes: found.bytes };
  throw new FactoryError("policy-refused", `${name} holds no index of referrers but ${found.mediaType}`, {
    hint: "The specification keeps this tag for referrers: remove it, and run again.",
  });
}

/**
 * Enters an artifact into the index of the fallback tag. Nothing in the protocol keeps a writer on another machine from
 * overwriting it: after a pause that is longer than such a writer needs, it is read back and entered again if it is gone.
 */
export async function writeFallback(
  address: Address,
  subject: Digest,
  own: Descriptor,
  isSuperseded: (entry: Descriptor) => boolean,
  door: ReferrersDoor,
): Promise<void> {
  const { session, clock, signal } = door;
  for (let tries = 1; tries <= maxTries; tries++) {
    const startedAt = clock.now();
    const before = await readFallback(address, subject, door);
    const isEntered = before?.entries.some(({ digest }) => digest === own.digest) === true;
    if (isEntered && before?.entries.some(isSuperseded) === false) return;
    const dropped = new Set(before?.entries.filter(isSuperseded).map(({ digest }) => digest));
    const bytes = withEntry(before?.bytes, own, dropped);
    await putManifest(session, address, fallbackTag(subject), ociIndexType, bytes);
    const took = clock.now() - startedAt;
    await clock.sleep(Math.max(2 * took, pauseMs(tries, clock)), signal);
  }
  throw new FactoryError(
    "locked",
    `${address.host}/${address.path}:${fallbackTag(subject)} lost ${own.digest} to other writers ${maxTries} times`,
    { hint: "Run the same command again when fewer machines write referrers of this image." },
  );
}

/** The index with the entry at its end; whatever else stands in it stays as it is, whoever wrote it. */
function withEntry(
  before: Uint8Array | undefined,
  own: Descriptor,
  dropped: ReadonlySet<string>,
): Uint8Array {
  const index = (
    before === undefined
      ? { schemaVersion: 2, mediaType: ociIndexType, manifests: [] }
      : JSON.parse(new TextDecoder().decode(before))
  ) as { readonly manifests: readonly { readonly digest: string }[] };
  const kept = index.manifests.filter(({ digest }) => digest !== own.digest && !dropped.has(digest));
  return canonicalJson({ ...index, manifests: [...kept, own] });
}

/** Longer with each try, and never the same for two writers. */
export function pauseMs(tries: number, { random }: Clock): number {
  return shortestPauseMs * tries * (1 + random());
}
