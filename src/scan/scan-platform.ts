import { join } from "node:path";
import type { ScanPolicy } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { isNonEmpty } from "../non-empty.ts";
import type { Finished } from "../run.ts";
import { whyUnjudged } from "./coverage.ts";
import { type Database, databaseFile } from "./database.ts";
import { judge, utcDay } from "./judge.ts";
import type { PlatformScan, ScanReport, ScanTarget } from "./scan-report.ts";
import type { RegistryAccess } from "./scratch.ts";
import { scanCommand } from "./trivy-command.ts";
import { readTrivyLog } from "./trivy-log.ts";
import type { TrivyReport } from "./trivy-report.ts";
import {
  clearScanFiles,
  keepReport,
  lookAtTrivy,
  runTrivy,
  scanFiles,
  type TrivyJob,
  type TrivyRun,
  type TrivyRunDoor,
} from "./trivy-run.ts";
import { warningsOf } from "./warnings.ts";

export interface ScanSettings {
  readonly policy: ScanPolicy;
  readonly timeoutMs: number;
  readonly database: Database;
  readonly access: RegistryAccess;
}

export interface ScanDoor extends TrivyRunDoor {
  readonly clock: () => Date;
  /** The folder of the index of Java packages; asked for only by an image that has JAR files. */
  readonly javaIndex: () => Promise<string>;
}

/**
 * Scans one platform of an image and judges what was found by the policy of images.yaml. "passed" means that Trivy
 * read the packages of the very manifest that was named, with a database that knows the system's release.
 * @throws FactoryError "scan-unreadable" for an image whose packages cannot be judged, "scan-incomplete" for a scan
 *   that did not wholly happen, "interrupted" and "machine-lacks" as `run` does.
 */
export async function scanPlatform<P extends ScanTarget>(
  platform: P,
  settings: ScanSettings,
  door: ScanDoor,
): Promise<PlatformScan<P>> {
  return judgePlatform(
    platform,
    { ...(await readImage(platform, settings, door)), read: "image" },
    settings,
    door,
  );
}

/**
 * The verdict on a platform by the policy of images.yaml, from what Trivy has read of it; its report becomes the
 * platform's latest.
 * @throws FactoryError as `scanPlatform`.
 */
export async function judgePlatform<P extends ScanTarget>(
  platform: P,
  run: TrivyRun & Pick<ScanReport, "read">,
  settings: ScanSettings,
  door: ScanDoor,
): Promise<PlatformScan<P>> {
  checkIdentity(run.report, platform);
  const files = scanFiles(door.workDir, platform);
  await keepReport(run, files);
  const unjudged = await whyUnjudged(run.report, run.log, databaseFile(settings.database));
  if (unjudged !== undefined && settings.policy.os === "detect") throw unreadable(platform, unjudged);
  const { blocking, ...judgement } = judge(run.report, settings.policy, utcDay(door.clock()));
  const { kind, updatedAt, version } = settings.database;
  const report: ScanReport = {
    ...judgement,
    os: run.report.os,
    packages: run.report.results.reduce((sum, { packages }) => sum + packages.length, 0),
    warnings: warningsOf(run.report, unjudged),
    database: { kind, updatedAt, version },
    trivy: door.trivy.version,
    read: run.read,
    json: files.json,
  };
  return isNonEmpty(blocking)
    ? { verdict: "blocked", platform, report, findings: blocking }
    : { verdict: "passed", platform, report };
}

/**
 * Has Trivy read the layers of a platform that its cache does not know.
 * @throws FactoryError "scan-incomplete".
 */
export async function readImage(
  target: ScanTarget,
  settings: ScanSettings,
  door: ScanDoor,
): Promise<TrivyRun> {
  await clearScanFiles(scanFiles(door.workDir, target));
  const job = (links: TrivyJob["links"]): TrivyJob => ({
    target,
    timeoutMs: settings.timeoutMs,
    access: settings.access,
    links,
    command: (run) => scanCommand(door.trivy, { ...run, target, plainHttp: settings.access.plainHttp }),
  });
  const advisories = { db: join(settings.database.dir, "db") };
  const first = await runTwice(() => runTrivy(job(advisories), door));
  if (!(first instanceof FactoryError)) return first;
  if (!readTrivyLog(outputOf(first)).wantsJavaIndex) throw first;
  const second = await runTrivy(job({ ...advisories, "java-db": await door.javaIndex() }), door);
  if (second instanceof FactoryError) throw second;
  return second;
}

/**
 * Trivy gives up at the first error of a registry, and its older builds do not say at what; a second run costs little
 * and mostly cures it. One that ran out of time, or lacks what only we can give it, would do so again.
 */
async function runTwice(runOnce: () => Promise<TrivyRun | FactoryError>): Promise<TrivyRun | FactoryError> {
  const first = await runOnce();
  const isCurable =
    first instanceof FactoryError &&
    first.code === "scan-incomplete" &&
    !(first.cause instanceof FactoryError) &&
    !readTrivyLog(outputOf(first)).wantsJavaIndex;
  return isCurable ? runOnce() : first;
}

function outputOf(error: FactoryError): string {
  const finished = error.cause as Partial<Finished> | undefined;
  return finished?.stderr ?? "";
}

/** Makes sure that the report is about the manifest that will be published, and about its platform. */
function checkIdentity(report: TrivyReport, { image, platform, reference, digest }: ScanTarget): void {
  const differences = [
    report.artifactName === reference ? [] : `it is about ${report.artifactName}`,
    report.repoDigests.some((name) => name.endsWith(`@${digest}`)) ? [] : `it does not name ${digest}`,
    report.imagePlatform === platform ? [] : `the image in it is ${report.imagePlatform}`,
  ].flat();
  if (differences.length === 0) return;
  throw new FactoryError(
    "scan-incomplete",
    `${image} ${platform}: Trivy's report is not one of ${reference}: ${differences.join(", ")}`,
    { hint: lookAtTrivy },
  );
}

function unreadable({ image, platform }: ScanTarget, why: string): FactoryError {
  return new FactoryError("scan-unreadable", `${image} ${platform} cannot be judged by a scan: ${why}`, {
    hint:
      `If ${image} is meant to have no packages, say so in images.yaml with "scan: {os: none}"; ` +
      "otherwise build it from a system that Trivy and its database know.",
  });
}
