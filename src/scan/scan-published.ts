import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { type Platform, platforms } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { parseImageConfig } from "../registry/image-config.ts";
import { childFor, runsOn } from "../registry/image-platforms.ts";
import { type ManifestDocument, parseImageManifest, parseIndex } from "../registry/manifest.ts";
import { isIndexType } from "../registry/media-types.ts";
import { pullReference } from "../registry/pull-reference.ts";
import { formatReference, type Repository } from "../registry/reference.ts";
import type { PlatformScan, ScanTarget } from "./scan-report.ts";
import type { Scanner } from "./scanner.ts";

/** Configs are small; an answer above this is none. */
const maxConfigBytes = 8 * 1024 * 1024;

/**
 * Scans every platform of what a tag or digest of an enrolled image's repository holds, with today's database.
 * @throws FactoryError "base-missing" when there is nothing under that name.
 */
export async function scanPublished(
  enrolment: Enrolment,
  tagOrDigest: string,
  { client, scan }: { readonly client: RegistryClient; readonly scan: Scanner["rescan"] },
): Promise<NonEmpty<PlatformScan>> {
  const targets = await targetsOf(enrolment, tagOrDigest, client);
  const address = client.addressOf(enrolment.repository);
  const [first, ...rest] = await Promise.all(targets.map((target) => scan(target, enrolment, address)));
  if (first === undefined) throw new Error(`${enrolment.name} has no platform`);
  return [first, ...rest];
}

async function targetsOf(
  { name, repository }: Enrolment,
  tagOrDigest: string,
  client: RegistryClient,
): Promise<NonEmpty<ScanTarget>> {
  const reference = tagOrDigest.startsWith("sha256:") ? `${name}@${tagOrDigest}` : `${name}:${tagOrDigest}`;
  const document = await client.getManifest(repository, tagOrDigest);
  if (document === undefined) {
    throw new FactoryError("base-missing", `${reference} is not published`, {
      hint: `npm run build IMAGE=${name}`,
    });
  }
  const digestOf = await digestsOf(document, repository, client);
  const targets = platforms.flatMap((platform): ScanTarget[] => {
    const digest = digestOf(platform);
    if (digest === undefined) return [];
    return [{ image: name, platform, digest, reference: pullReference(client, repository, digest) }];
  });
  if (isNonEmpty(targets)) return targets;
  throw new FactoryError(
    "base-platform-missing",
    `${reference} has no image for a platform that can be scanned`,
  );
}

/** The manifest of each platform in an index; an image that stands alone is of the platform that its config says. */
async function digestsOf(
  document: ManifestDocument,
  repository: Repository,
  client: RegistryClient,
): Promise<(platform: Platform) => Digest | undefined> {
  const name = formatReference({ ...repository, digest: document.digest });
  if (isIndexType(document.mediaType)) {
    const index = parseIndex(document, name);
    return (platform) => childFor(index, platform)?.digest;
  }
  const { config } = parseImageManifest(document, name);
  const bytes = await client.getBlob(repository, config.digest, { maxBytes: maxConfigBytes });
  if (bytes === undefined)
    throw new FactoryError("base-unusable", `${name} lacks its config ${config.digest} in the registry`);
  const described = parseImageConfig(bytes, name);
  return (platform) => (runsOn(described, platform) ? document.digest : undefined);
}
