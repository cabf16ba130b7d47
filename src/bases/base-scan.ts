import type { Enrolment, ScanPolicy } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { once } from "../once.ts";
import type { Platform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, digestOf, shortDigest } from "../registry/digest.ts";
import { pullReference } from "../registry/pull-reference.ts";
import { parseReference } from "../registry/reference.ts";
import type { Finding } from "../scan/scan-report.ts";
import type { Scanner } from "../scan/scanner.ts";
import { baseName } from "./base-name.ts";
import type { BaseRecord, BaseScan } from "./base-record.ts";

/** One platform of a base that became another; both digests are of that platform's manifest. */
interface PlatformMove {
  readonly platform: Platform;
  readonly from: Digest;
  readonly to: Digest;
}

type Policy = Pick<Enrolment, "platforms" | "scan">;

/**
 * What blocks what a base has become by an image's policy, which what the image was built on passes, by the verdicts
 * that are recorded, on whichever of its platforms; empty where all pass, where the one before is no better, and
 * where nobody has scanned them. `recorded` is the digest of a platform or of the index.
 */
export function worseFindings(
  record: BaseRecord,
  recorded: Digest,
  { platforms, scan }: Policy,
): readonly string[] {
  const verdictOn = (digest: Digest) => record.scans.find((one) => isOf(one, digest, scan));
  const worse = movesOf(record, recorded, platforms).flatMap(({ from, to }) => {
    const after = verdictOn(to);
    return after?.verdict === "blocked" && verdictOn(from)?.verdict === "passed" ? after.findings : [];
  });
  return [...new Set(worse)];
}

export interface BaseScans {
  /**
   * The verdicts that say whether what a base has become is worse than what an image was built on. A digest is scanned
   * once for each policy and database, the old one only when the new one is blocked. To be recorded by `withScans`.
   * @throws FactoryError as `Scanner.scan`; what no scanner can read is a verdict of its own.
   */
  readonly scan: (record: BaseRecord, recorded: Digest, enrolment: Enrolment) => Promise<readonly BaseScan[]>;
}

export interface BaseScansDoor {
  readonly scanner: Pick<Scanner, "scan" | "database">;
  readonly client: Pick<RegistryClient, "addressOf">;
}

export function createBaseScans({ scanner, client }: BaseScansDoor): BaseScans {
  const made = new Map<string, Promise<BaseScan>>();
  return {
    scan: async (record, recorded, enrolment) => {
      const moves = movesOf(record, recorded, enrolment.platforms);
      if (moves.length === 0) return [];
      const { kind, updatedAt } = await scanner.database(enrolment);
      const database = `${kind} of ${updatedAt}`;
      const policy = policyDigest(enrolment.scan);
      const { registry, path } = parseReference(record.reference);
      const address = client.addressOf({ registry, path });

      const judge = async (platform: Platform, digest: Digest): Promise<BaseScan> => {
        // A name of its own for each: reports of scans at the same time lie side by side.
        const image = `base-images/${baseName(record.reference)}/${shortDigest(digest)}-${shortDigest(policy)}`;
        const reference = pullReference(client, { registry, path }, digest);
        const verdict = { digest, policy, database };
        try {
          const result = await scanner.scan({ image, platform, digest, reference }, enrolment, address);
          const findings = result.verdict === "blocked" ? result.findings.slice(0, keptFindings) : [];
          return { ...verdict, verdict: result.verdict, findings: findings.map(findingText) };
        } catch (error) {
          if (!(error instanceof FactoryError) || error.code !== "scan-unreadable") throw error;
          return { ...verdict, verdict: "unreadable", findings: [] };
        }
      };
      const verdictOn = (platform: Platform, digest: Digest): Promise<BaseScan> =>
        once(made, `${digest} ${policy} ${database}`, async () => {
          const known = record.scans.find(
            (one) => isOf(one, digest, enrolment.scan) && one.database === database,
          );
          return known ?? judge(platform, digest);
        });

      const scans = moves.map(async ({ platform, from, to }) => {
        const after = await verdictOn(platform, to);
        return after.verdict === "blocked" ? [after, await verdictOn(platform, from)] : [after];
      });
      return (await Promise.all(scans)).flat();
    },
  };
}

const keptScans = 40;
const keptFindings = 20;

/** The record with these verdicts in the place of older ones on the same; the oldest of all are forgotten. */
export function withScans(record: BaseRecord, scans: readonly BaseScan[]): BaseRecord {
  const others = record.scans.filter(
    (old) => !scans.some(({ digest, policy }) => digest === old.digest && policy === old.policy),
  );
  return { ...record, scans: [...scans, ...others].slice(0, keptScans) };
}

/** From the index that has the recorded digest to the current one; none where that index is not known any more. */
function movesOf(
  { digests }: BaseRecord,
  recorded: Digest,
  platforms: readonly Platform[],
): readonly PlatformMove[] {
  const [now] = digests;
  const before = digests.find(
    (seen) => seen.digest === recorded || Object.values(seen.platforms).includes(recorded),
  );
  return platforms.flatMap((platform) => {
    const [from, to] = [before?.platforms[platform], now?.platforms[platform]];
    return from === undefined || to === undefined || from === to ? [] : [{ platform, from, to }];
  });
}

function isOf(scan: BaseScan, digest: Digest, policy: ScanPolicy): boolean {
  return scan.digest === digest && scan.policy === policyDigest(policy);
}

function policyDigest(policy: ScanPolicy): Digest {
  return digestOf(JSON.stringify(policy));
}

function findingText({ id, package: name, installed }: Finding): string {
  return `${id} in ${name} ${installed}`;
}
