import type { Digest } from "../registry/digest.ts";

/** A manifest that a repository has: what it names, and what it weighs. */
export interface StoredManifest {
  readonly digest: Digest;
  /** Bytes of the manifest itself. */
  readonly size: number;
  /** The manifests of an index. */
  readonly children: readonly Digest[];
  /** Config and layers. */
  readonly blobs: readonly StoredBlob[];
  /** What a referrer belongs to. */
  readonly subject?: Digest;
  /** Whether the factory wrote it beside its subject: it goes where that goes. */
  readonly own: boolean;
  /** Of a kind that the factory does not read: every digest in its text. */
  readonly mentions: readonly Digest[];
}

export interface StoredBlob {
  readonly digest: Digest;
  readonly size: number;
}

/** What a registry was seen to have of one repository. */
export interface Inventory {
  readonly tags: Readonly<Record<string, Digest>>;
  /** Of each tag and candidate: what it holds, down to the images of every index, and their referrers. */
  readonly manifests: readonly StoredManifest[];
  /** The subjects of fallback tags that the registry does not have (any more). */
  readonly absent: readonly Digest[];
}

export interface SweepRequest {
  /** Tags that a policy lets go, if nothing else needs what they hold. */
  readonly retired: ReadonlySet<string>;
  /** What may go although no tag holds it. */
  readonly candidates: readonly Digest[];
  /** What is needed from outside of the registry: stays, and so does some index that has it. */
  readonly needed: Digests;
  /** What runs: stays, with every index that has it, for any of them may be what a pod names. */
  readonly inUse: Digests;
}

interface Digests {
  readonly has: (digest: Digest) => boolean;
}

/** What goes of one repository. */
export interface Sweep {
  /** In the order in which they have to go: an index before its images, a subject before its referrers. */
  readonly manifests: readonly Digest[];
  /** Those that hold what goes, and those whose digest a tag that stays holds too and nothing else needs. */
  readonly tags: readonly string[];
}

/**
 * What nothing needs any more. Pure: whatever a tag that stays, an index that stays, a referrer of somebody else or
 * `needed` leads to is not in the answer, and neither is anything that only happens to be there.
 */
export function sweep({ tags, manifests, absent }: Inventory, request: SweepRequest): Sweep {
  const { retired, candidates, needed, inUse } = request;
  const known = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  const entries = Object.entries(tags);
  const ownPart = ownParts(manifests, entries);
  const orphaned = entries.filter(([tag, digest]) => {
    const subject = fallbackSubject(tag);
    return subject !== undefined && absent.includes(subject) && isAllOwn(digest, known);
  });
  const begun = [
    ...entries.filter(([tag]) => retired.has(tag)).map(([, digest]) => digest),
    ...orphaned.map(([, digest]) => digest),
    ...candidates,
  ];
  const mayGo = reached(begun, (digest) => ownPart.get(digest) ?? [], known);

  const staying = entries.filter(([tag]) => !retired.has(tag));
  const roots = [
    ...manifests.filter(({ digest }) => !mayGo.has(digest)).map(({ digest }) => digest),
    ...staying.flatMap(([tag, digest]) => {
      const attached = attachedTo(tag);
      if (attached === undefined) return [digest];
      return attached.fallback ? [] : [digest, attached.subject];
    }),
    ...manifests.filter(isOfOthers).map(({ digest }) => digest),
    ...running(manifests, inUse),
  ];
  const leadsTo = (digest: Digest): readonly Digest[] => {
    const { subject, mentions = [] } = known.get(digest) ?? {};
    return [...(ownPart.get(digest) ?? []), ...(subject === undefined ? [] : [subject]), ...mentions];
  };
  const alreadyStay = reached(roots, leadsTo, known);
  const stays = reached([...roots, ...neededOf(manifests, needed, alreadyStay)], leadsTo, known);

  const going = new Set([...mayGo].filter((digest) => !stays.has(digest)));
  const named = new Set(staying.filter(([tag]) => attachedTo(tag) === undefined).map(([, digest]) => digest));
  return {
    manifests: inOrder(going, ownPart),
    tags: entries
      .filter(
        ([tag, digest]) =>
          going.has(digest) ||
          (retired.has(tag) && named.has(digest) && !needed.has(digest) && !inUse.has(digest)),
      )
      .map(([tag]) => tag),
  };
}

/** What goes where a manifest goes: the images of an index, our referrers, the list of referrers under a fallback tag. */
function ownParts(
  manifests: readonly StoredManifest[],
  tags: readonly (readonly [string, Digest])[],
): ReadonlyMap<Digest, readonly Digest[]> {
  const parts = new Map<Digest, Digest[]>(manifests.map(({ digest, children }) => [digest, [...children]]));
  for (const { digest, subject, own } of manifests) {
    if (own && subject !== undefined) parts.get(subject)?.push(digest);
  }
  for (const [tag, digest] of tags) {
    const subject = fallbackSubject(tag);
    if (subject !== undefined) parts.get(subject)?.push(digest);
  }
  return parts;
}

function isAllOwn(digest: Digest, known: ReadonlyMap<Digest, StoredManifest>): boolean {
  const list = known.get(digest);
  return (
    list?.mentions.length === 0 &&
    list.blobs.length === 0 &&
    list.children.every((child) => known.get(child)?.own !== false)
  );
}

/** A referrer that somebody else wrote, or what may be one: whatever it names stays. */
function isOfOthers({ own, subject, mentions }: StoredManifest): boolean {
  return !own && (subject !== undefined || mentions.length > 0);
}

/** Also by the digest of its config, which is what some container runtimes call an image; and each index that has one. */
function running(manifests: readonly StoredManifest[], inUse: Digests): readonly Digest[] {
  const isNamed = ({ digest, blobs }: StoredManifest) =>
    [digest, ...blobs.slice(0, 1).map((config) => config.digest)].some((one) => inUse.has(one));
  const named = new Set(manifests.filter(isNamed).map(({ digest }) => digest));
  const indexes = manifests.filter(({ children }) => children.some((child) => named.has(child)));
  return [...named, ...indexes.map(({ digest }) => digest)];
}

/** What is needed; of an image that no index has which stays anyway, those that have it too: it is found by them. */
function neededOf(
  manifests: readonly StoredManifest[],
  needed: Digests,
  stay: ReadonlySet<Digest>,
): readonly Digest[] {
  const found = new Set(
    manifests.filter(({ digest }) => stay.has(digest)).flatMap(({ children }) => children),
  );
  return manifests
    .filter(
      ({ digest, children }) =>
        needed.has(digest) || children.some((child) => needed.has(child) && !found.has(child)),
    )
    .map(({ digest }) => digest);
}

const attachedPattern = /^sha256-([0-9a-f]{64})(\..+)?$/;

/** What a tag belongs to that stands in for the referrers API, or that cosign gives to signatures. */
function attachedTo(tag: string): { readonly subject: Digest; readonly fallback: boolean } | undefined {
  const [, hex, suffix] = attachedPattern.exec(tag) ?? [];
  return hex === undefined ? undefined : { subject: `sha256:${hex}`, fallback: suffix === undefined };
}

/** Whether a tag only stands for what belongs to a digest. */
export function isAttached(tag: string): boolean {
  return attachedPattern.test(tag);
}

/** The subject whose referrers are listed under this tag; undefined for any other tag. */
export function fallbackSubject(tag: string): Digest | undefined {
  const attached = attachedTo(tag);
  return attached?.fallback === true ? attached.subject : undefined;
}

function reached(
  from: readonly Digest[],
  next: (digest: Digest) => readonly Digest[],
  known: ReadonlyMap<Digest, StoredManifest>,
): ReadonlySet<Digest> {
  const found = new Set<Digest>();
  const open = [...from];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (found.has(digest) || !known.has(digest)) continue;
    found.add(digest);
    open.push(...next(digest));
  }
  return found;
}

/** Each before its parts, so that whoever is stopped in between leaves no index that lacks one. */
function inOrder(
  going: ReadonlySet<Digest>,
  parts: ReadonlyMap<Digest, readonly Digest[]>,
): readonly Digest[] {
  const done = new Set<Digest>();
  const ordered: Digest[] = [];
  const visit = (digest: Digest): void => {
    if (done.has(digest) || !going.has(digest)) return;
    done.add(digest);
    for (const part of parts.get(digest) ?? []) visit(part);
    ordered.unshift(digest);
  };
  for (const digest of going) visit(digest);
  return ordered;
}

/** Bytes of blobs and manifests that go and that nothing else has which was looked at, each counted once. */
export function freedBytes(
  repositories: readonly { readonly inventory: Inventory; readonly going: ReadonlySet<Digest> }[],
): number {
  const freed = new Map<Digest, number>();
  const stay = new Set<Digest>();
  for (const { inventory, going } of repositories) {
    for (const manifest of inventory.manifests) {
      const parts = [{ digest: manifest.digest, size: manifest.size }, ...manifest.blobs];
      for (const { digest, size } of parts)
        if (going.has(manifest.digest)) freed.set(digest, size);
        else stay.add(digest);
    }
  }
  return [...freed].reduce((sum, [digest, size]) => (stay.has(digest) ? sum : sum + size), 0);
}
