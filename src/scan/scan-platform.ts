import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ScanPolicy } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { isNonEmpty } from "../non-empty.ts";
import type { Finished, Run } from "../run.ts";
import { type CacheSlot, forgetLayers, withCacheSlot } from "./cache-slot.ts";
import { whyUnjudged } from "./coverage.ts";
import { type Database, databaseFile } from "./database.ts";
import { judge, utcDay } from "./judge.ts";
import type { PlatformScan, ScanReport, ScanTarget } from "./scan-report.ts";
import { makeScratch, type RegistryAccess, removeScratch } from "./scratch.ts";
import { scanCommand, scratchPaths, type Trivy } from "./trivy-command.ts";
import { readTrivyLog, type TrivyLog } from "./trivy-log.ts";
import { parseTrivyReport, type TrivyReport } from "./trivy-report.ts";
import { warningsOf } from "./warnings.ts";

export interface ScanSettings {
  readonly policy: ScanPolicy;
  readonly timeoutMs: number;
  readonly database: Database;
  readonly access: RegistryAccess;
}

export interface ScanDoor {
  readonly run: Run;
  readonly clock: () => Date;
  readonly trivy: Trivy;
  readonly workDir: string;
  /** The folder of the index of Java packages; asked for only by an image that has JAR files. */
  readonly javaIndex: () => Promise<string>;
  readonly signal?: AbortSignal;
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
  const files = scanFiles(door.workDir, platform);
  const { report: trivyReport, log } = await runTrivy(platform, settings, door, files);
  checkIdentity(trivyReport, platform);
  const unjudged = await whyUnjudged(trivyReport, log, databaseFile(settings.database));
  if (unjudged !== undefined && settings.policy.os === "detect") throw unreadable(platform, unjudged);
  const { blocking, ...judgement } = judge(trivyReport, settings.policy, utcDay(door.clock()));
  const { kind, updatedAt, version } = settings.database;
  const report: ScanReport = {
    ...judgement,
    os: trivyReport.os,
    packages: trivyReport.results.reduce((sum, { packages }) => sum + packages.length, 0),
    warnings: warningsOf(trivyReport, unjudged),
    database: { kind, updatedAt, version },
    trivy: door.trivy.version,
    json: files.json,
  };
  return isNonEmpty(blocking)
    ? { verdict: "blocked", platform, report, findings: blocking }
    : { verdict: "passed", platform, report };
}

export interface ScanFiles {
  readonly json: string;
  readonly sarif: string;
  readonly cyclonedx: string;
  readonly log: string;
}

/** Where the reports and the log of a platform's latest scan are. */
export function scanFiles(workDir: string, { image, platform }: ScanTarget): ScanFiles {
  const name = platform.replace("/", "-");
  const report = (extension: string) => join(workDir, "reports", image, `${name}.${extension}`);
  return {
    json: report("json"),
    sarif: report("sarif"),
    cyclonedx: report("cdx.json"),
    log: join(workDir, "logs", image, `${name}.scan.log`),
  };
}

interface TrivyRun {
  readonly report: TrivyReport;
  readonly log: TrivyLog;
}

async function runTrivy(
  target: ScanTarget,
  settings: ScanSettings,
  door: ScanDoor,
  files: ScanFiles,
): Promise<TrivyRun> {
  for (const file of [files.json, files.log]) await mkdir(dirname(file), { recursive: true });
  for (const file of [files.json, files.sarif, files.cyclonedx, files.log]) await rm(file, { force: true });
  const advisories = { db: join(settings.database.dir, "db") };
  const first = await runOnce(target, settings, door, files, advisories);
  if (!(first instanceof FactoryError)) return first;
  if (!readTrivyLog(outputOf(first)).wantsJavaIndex) throw first;
  const index = await door.javaIndex();
  const second = await runOnce(target, settings, door, files, { ...advisories, "java-db": index });
  if (second instanceof FactoryError) throw second;
  return second;
}

/** One run of Trivy; what it failed with is returned, because one kind of failure can be cured. */
function runOnce(
  target: ScanTarget,
  settings: ScanSettings,
  door: ScanDoor,
  files: ScanFiles,
  links: Readonly<Record<string, string>>,
): Promise<TrivyRun | FactoryError> {
  const { trivy, workDir, signal } = door;
  const request = { workDir, platform: target.platform, trivyVersion: trivy.version, links };
  return withCacheSlot({ ...request, ...(signal === undefined ? {} : { signal }) }, async (slot) => {
    const scratch = await makeScratch(slot.scratchDir, settings.access);
    try {
      const command = scanCommand(trivy, {
        target,
        scratch,
        plainHttp: settings.access.plainHttp,
        cacheDir: slot.cacheDir,
        timeoutMs: settings.timeoutMs,
        logFile: files.log,
      });
      const { stderr } = await door.run({ ...command, ...(signal === undefined ? {} : { signal }) });
      const { report } = scratchPaths(scratch);
      const name = `${target.image} ${target.platform}: Trivy's report`;
      const parsed = parseTrivyReport(await readReport(report, name), name);
      await rename(report, files.json);
      return { report: parsed, log: readTrivyLog(stderr) };
    } catch (error) {
      return await failed(error, target, settings, trivy, slot);
    } finally {
      await removeScratch(scratch);
    }
  });
}

async function readReport(file: string, name: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new FactoryError("scan-incomplete", `${name} is missing although Trivy exited with 0`, { cause });
  }
}

/** A failure as the image's; a cache that could be the reason of it is not used again. */
async function failed(
  error: unknown,
  { image, platform }: ScanTarget,
  { timeoutMs }: ScanSettings,
  { version }: Trivy,
  slot: CacheSlot,
): Promise<FactoryError> {
  if (!(error instanceof FactoryError)) throw error;
  if (error.code === "timed-out") {
    const message = `${image} ${platform}: the scan did not end within ${timeoutMs / 1000} s`;
    const hint = `Give ${image} more time by timeouts.scan in images.yaml, or look into its log.`;
    return new FactoryError("scan-incomplete", `${message}: ${error.message}`, { hint, cause: error });
  }
  if (error.code !== "tool-failed") return error;
  await forgetLayers(slot);
  return new FactoryError("scan-incomplete", `${image} ${platform}: ${error.message}`, {
    hint:
      version === undefined
        ? "This build of Trivy does not say why it fails; npm run setup TRIVY=source installs one that does."
        : "Nothing was concluded from this scan; try again, and read Trivy's log if it fails again.",
    cause: error.cause,
  });
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
  );
}

function unreadable({ image, platform }: ScanTarget, why: string): FactoryError {
  return new FactoryError("scan-unreadable", `${image} ${platform} cannot be judged by a scan: ${why}`, {
    hint:
      `If ${image} is meant to have no packages, say so in images.yaml with "scan: {os: none}"; ` +
      "otherwise build it from a system that Trivy and its database know.",
  });
}
