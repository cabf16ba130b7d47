import type { NonEmpty } from "../non-empty.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";
import { formatRepository } from "../registry/reference.ts";
import type { PassedScan, PlatformScan } from "../scan/scan-report.ts";
import type {
  Fix,
  ImageState,
  PlatformState,
  Publication,
  ScanState,
  TagState,
  Unfinished,
} from "../state/image-state.ts";
import { isOf } from "../state/tag-claim.ts";
import { type PublishedVersion, plainVersion } from "../state/version.ts";
import type { PublishRequest } from "./publish.ts";
import type { TagRequest } from "./tag-request.ts";

/** How many publications are remembered; registries keep more. */
export const rememberedPublications = 200;

/**
 * What this publication is called: as before where the same digest stands already, or where a run died while it
 * published it, for the same bytes are one version; else by a tag that no other has.
 */
export function publicationOf(
  { index: { digest }, repository, next }: PublishRequest,
  state: ImageState | undefined,
  unfinished: readonly Unfinished[],
  at: string,
): Unfinished {
  const newest = isOf(state, repository) ? state.publications[0] : undefined;
  if (newest?.digest === digest) return withVersion(newest, next);
  // What a rollback left is put forward again: it goes by the version that it had.
  if (newest?.rollback?.from === digest) {
    const left = state?.publications.find((entry) => entry.digest === digest);
    const version = left?.version === undefined ? {} : { version: left.version };
    return withVersion({ digest, uniqueTag: uniqueTagOf(digest, at), at, ...version }, next);
  }
  const begun = unfinished.find((entry) => entry.digest === digest);
  if (begun !== undefined) return withVersion(begun, next);
  return withVersion({ digest, uniqueTag: uniqueTagOf(digest, at), at }, next);
}

/** The tag by which a digest stays pullable when no other names it: `<UTC time>-<first 12 of the digest>`. */
export function uniqueTagOf(digest: Digest, at: string): string {
  return `${at.replaceAll(/[-:]|\.\d+/g, "")}-${shortDigest(digest)}`;
}

export function isUniqueTag(tag: string): boolean {
  return /^\d{8}T\d{6}Z-[0-9a-f]{12}$/.test(tag);
}

function withVersion<T extends Unfinished>(publication: T, next: PublishedVersion | undefined): T {
  return next === undefined || publication.version !== undefined
    ? publication
    : { ...publication, version: next };
}

/** What of the state a version is that the standing digest had none of. */
export function versioned(
  { publications: [newest, ...earlier] }: ImageState,
  next: PublishedVersion | undefined,
): Pick<ImageState, "publications" | "version"> | undefined {
  if (newest === undefined || next === undefined || newest.version !== undefined) return undefined;
  return { publications: [{ ...newest, version: next }, ...earlier], version: plainVersion(next.tag) };
}

/** A publication that was read back. */
export interface Published {
  readonly publication: Unfinished;
  readonly tagStates: Readonly<Record<string, TagState>>;
  readonly at: string;
}

/** The state after a publication. */
export function recorded(
  request: PublishRequest,
  before: ImageState | undefined,
  { publication, tagStates, at }: Published,
): ImageState {
  const { index, repository, annotations, commit, epoch } = request;
  const version = publication.version === undefined ? request.version : plainVersion(publication.version.tag);
  return {
    digest: index.digest,
    repository: formatRepository(repository),
    platforms: Object.fromEntries(
      index.scans.map(({ platform: staged }) => {
        const { platform, key, digest } = staged;
        const inputs = request.inputs[platform];
        if (inputs === undefined) throw new Error(`no inputs for ${platform}`);
        const known = before?.platforms[platform];
        const builtBy = staged.builtBy ?? (known?.digest === digest ? known.builtBy : undefined);
        const packages = request.packages?.[platform];
        const state: PlatformState = {
          ...{ key, digest, inputs },
          ...(packages === undefined ? {} : { packages }),
          ...(builtBy === undefined ? {} : { builtBy }),
        };
        return [platform, state];
      }),
    ),
    annotations,
    ...(commit === undefined ? {} : { commit }),
    ...(version === undefined ? {} : { version }),
    ...(epoch === undefined ? {} : { epoch }),
    tags: { ...(isOf(before, repository) ? before.tags : {}), ...tagStates },
    publications: publicationsWith(publication, request, before, previousOf(tagStates, before, index.digest)),
    scan: scanState(index.scans, at),
  };
}

/** What the first tag had before; of a publication without tags, what was published before. */
function previousOf(
  tagStates: Published["tagStates"],
  before: ImageState | undefined,
  digest: Digest,
): Digest | undefined {
  const [first] = Object.values(tagStates);
  if (first !== undefined) return first.previous;
  return before?.digest === digest ? undefined : before?.digest;
}

/** Newest first; one that is published again stays one. */
function publicationsWith(
  { digest, uniqueTag, at, version }: Unfinished,
  { allowed, index, reasons }: PublishRequest,
  before: ImageState | undefined,
  previous: Digest | undefined,
): readonly Publication[] {
  const earlier = before?.publications ?? [];
  const known = earlier.find((entry) => entry.uniqueTag === uniqueTag);
  const fixes = idsFixed(before?.fixes ?? [], index.scans);
  const newest: Publication = {
    ...(known ?? { digest, uniqueTag, at, ...(previous === undefined ? {} : { previous }), reasons }),
    ...(version === undefined ? {} : { version }),
    ...(fixes.length === 0 ? {} : { fixes }),
    ...(allowed === undefined ? {} : { allowed }),
  };
  return [newest, ...earlier.filter((entry) => entry !== known)].slice(0, rememberedPublications);
}

function idsFixed(fixable: readonly Fix[], scans: NonEmpty<PassedScan>): readonly string[] {
  const findings = scans.flatMap(({ report }) => report.findings);
  const gone = fixable.filter(
    (fix) => !findings.some((finding) => finding.id === fix.id && finding.package === fix.package),
  );
  return [...new Set(gone.map(({ id }) => id))];
}

/** Where tags are after they were set; `held` is what each had before. */
export function tagStatesOf(
  tags: readonly TagRequest[],
  held: ReadonlyMap<string, Digest | undefined>,
  digest: Digest,
  at: string,
): Readonly<Record<string, TagState>> {
  return Object.fromEntries(
    tags.map(({ tag, once }) => {
      const previous = held.get(tag);
      const replaced = previous === undefined || previous === digest ? {} : { previous };
      return [tag, { digest, at, ...replaced, ...(once ? { once } : {}) }];
    }),
  );
}

/** One verdict for all platforms: as weak as the weakest database, as old as the oldest. */
export function scanState(scans: NonEmpty<PlatformScan>, at: string): ScanState {
  const databases = scans.map(({ report }) => report.database);
  const updatedAt = databases.map((database) => database.updatedAt).toSorted()[0] ?? at;
  const sample = databases.some(({ kind }) => kind === "sample");
  const verdict = scans.every((scan) => scan.verdict === "passed") ? "passed" : "blocked";
  return { verdict, at, database: sample ? "sample" : "official", databaseUpdatedAt: updatedAt };
}
