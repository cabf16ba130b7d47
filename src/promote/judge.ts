import { parseDuration } from "../enrolment/duration.ts";
import { defaultPolicy, defaultScanTime } from "../enrolment/entry.ts";
import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { isPlatform, type Platform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import { parseImageConfig } from "../registry/image-config.ts";
import { isAttestation } from "../registry/image-platforms.ts";
import {
  type DescribedPlatform,
  type Descriptor,
  parseImageManifest,
  parseIndex,
} from "../registry/manifest.ts";
import { isIndexType } from "../registry/media-types.ts";
import { pullReference } from "../registry/pull-reference.ts";
import { formatReference } from "../registry/reference.ts";
import { cycloneDxType } from "../scan/sbom.ts";
import type { BlockedScan, PlatformScan, ScanTarget } from "../scan/scan-report.ts";
import type { Judged, Scanner } from "../scan/scanner.ts";
import { blockedError } from "../scan/table.ts";
import type { Subject } from "./subject.ts";

interface JudgeDoor {
  readonly client: RegistryClient;
  readonly scanner: () => Scanner;
}

const unscanned = "Promote it unscanned, with the reason: SCAN=skip WHY=….";
const maxConfigBytes = 8 * 1024 * 1024;

/**
 * Judges every platform of an image by today's database: by the SBOM beside one that has a receipt, else by the image.
 * @throws FactoryError "scan-blocked" when one is refused, and as a scan.
 */
export async function judgeSubject(
  subject: Subject,
  { client, scanner }: JudgeDoor,
): Promise<NonEmpty<PlatformScan>> {
  const { repository, enrolment, name } = subject;
  const judged: Judged = enrolment ?? {
    name,
    repository,
    scan: defaultPolicy,
    timeouts: { buildMs: 0, scanMs: parseDuration(defaultScanTime) ?? 0 },
  };
  const targets = await targetsOf(subject, client);
  const address = client.addressOf(repository);
  const { scan, rescan } = scanner();
  const judgeOne = async (target: ScanTarget) => {
    const byKept = isPlatform(target.platform) && (await hasKept(subject, target, client));
    const judging = byKept ? rescan(target, judged, address) : scan(target, judged, address);
    return enrolment === undefined ? judging.catch(inOtherWords) : judging;
  };
  const [first, ...rest] = await Promise.all(targets.map(judgeOne));
  if (first === undefined) throw new Error(`${name} has no platform`);
  const scans: NonEmpty<PlatformScan> = [first, ...rest];
  const blocked = scans.filter((one): one is BlockedScan => one.verdict === "blocked");
  if (isNonEmpty(blocked)) throw refusal(subject, blocked);
  return scans;
}

/**
 * Whether a scan may go by the SBOM beside a platform: of an image of ours, which keeps one where there is none, and of
 * another factory's where there is one, for nothing is written into the repositories of others.
 */
async function hasKept(
  { enrolment, hasReceipt, repository }: Subject,
  { digest }: ScanTarget,
  client: RegistryClient,
): Promise<boolean> {
  if (enrolment !== undefined) return true;
  return hasReceipt && (await client.listReferrers(repository, digest, cycloneDxType)).length > 0;
}

async function targetsOf(
  { name, repository, document }: Subject,
  client: RegistryClient,
): Promise<NonEmpty<ScanTarget>> {
  const reference = formatReference({ ...repository, digest: document.digest });
  const children = isIndexType(document.mediaType)
    ? parseIndex(document, reference).manifests.filter((child) => !isAttestation(child))
    : [document];
  const described = await Promise.all(
    children.map(async (child) => {
      const platform = "platform" in child ? child.platform : undefined;
      return { digest: child.digest, platform: platform ?? (await describedBy(child, repository, client)) };
    }),
  );
  const targets = described.map(({ digest, platform }, at): ScanTarget => {
    const text = `${platform.os}/${platform.architecture}`;
    // Variants of one architecture are told apart in the names of their reports.
    const isFirst = described.findIndex((other) => isSame(other.platform, platform)) === at;
    return {
      image: isFirst ? name : `${name}/${platform.variant ?? at}`,
      // Trivy scans more than what is built here; it is given the text, and holds its report to it.
      platform: text as Platform,
      digest,
      reference: pullReference(client, repository, digest),
    };
  });
  if (isNonEmpty(targets)) return targets;
  throw new FactoryError("scan-unreadable", `${reference} has no image that can be scanned`, {
    hint: unscanned,
  });
}

async function describedBy(
  { digest }: Pick<Descriptor, "digest">,
  repository: Subject["repository"],
  client: RegistryClient,
): Promise<DescribedPlatform> {
  const name = formatReference({ ...repository, digest });
  const document = await client.getManifest(repository, digest);
  const config = document === undefined ? undefined : parseImageManifest(document, name).config;
  const bytes =
    config === undefined
      ? undefined
      : await client.getBlob(repository, config.digest, { maxBytes: maxConfigBytes });
  if (bytes === undefined)
    throw new FactoryError("base-unusable", `${name} lacks its config in the registry`);
  return parseImageConfig(bytes, name);
}

function isSame(a: DescribedPlatform, b: DescribedPlatform): boolean {
  return a.os === b.os && a.architecture === b.architecture;
}

/** Of an image that images.yaml knows nothing of, it can say nothing. */
function inOtherWords(error: unknown): never {
  if (!(error instanceof FactoryError) || error.code !== "scan-unreadable") throw error;
  throw new FactoryError(error.code, error.message, { hint: unscanned, cause: error });
}

function refusal({ enrolment }: Subject, blocked: NonEmpty<BlockedScan>): FactoryError {
  const { code, message, problems } = blockedError(blocked);
  const accept =
    enrolment === undefined
      ? "Choose an image without these flaws"
      : `Promote another publication with DIGEST=, or accept a finding under scan.exceptions of ${enrolment.name} in images.yaml`;
  return new FactoryError(code, message.replace(" is not published:", " is not promoted:"), {
    problems,
    hint: `${accept}; or promote it unscanned, with the reason: SCAN=skip WHY=….`,
  });
}
