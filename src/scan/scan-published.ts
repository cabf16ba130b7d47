import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { isPlatform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import { formatPlatform } from "../registry/image-platforms.ts";
import { parseIndex } from "../registry/manifest.ts";
import { isIndexType } from "../registry/media-types.ts";
import { pullReference } from "../registry/pull-reference.ts";
import { formatReference } from "../registry/reference.ts";
import type { PlatformScan, ScanTarget } from "./scan-report.ts";
import type { Scanner } from "./scanner.ts";

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
  { name, repository, platforms }: Enrolment,
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
  const target = (platform: string, digest: ScanTarget["digest"]): ScanTarget[] =>
    isPlatform(platform)
      ? [{ image: name, platform, digest, reference: pullReference(client, repository, digest) }]
      : [];
  const targets = isIndexType(document.mediaType)
    ? parseIndex(document, formatReference({ ...repository, digest: document.digest })).manifests.flatMap(
        ({ platform, digest }) => (platform === undefined ? [] : target(formatPlatform(platform), digest)),
      )
    : target(platforms[0], document.digest);
  if (isNonEmpty(targets)) return targets;
  throw new FactoryError(
    "base-platform-missing",
    `${reference} has no image for a platform that can be scanned`,
  );
}
