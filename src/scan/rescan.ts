import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import { convertReport } from "./convert-report.ts";
import { isJudgedByOtherRelease, whyUnjudged } from "./coverage.ts";
import { databaseFile } from "./database.ts";
import { recheckedReport } from "./rechecked-report.ts";
import { packageKey, parseSbom, type Sbom, type SbomSubject, sbomBytes } from "./sbom.ts";
import { judgePlatform, readImage, type ScanDoor, type ScanSettings } from "./scan-platform.ts";
import type { PlatformScan, ScanTarget } from "./scan-report.ts";
import { sbomCommand, scratchPaths } from "./trivy-command.ts";
import type { TrivyReport } from "./trivy-report.ts";
import { clearScanFiles, runTrivy, scanFiles, type TrivyRun } from "./trivy-run.ts";

/** Where the SBOM of one platform of an image is kept. */
export interface SbomShelf {
  readonly subject: SbomSubject;
  /** What is kept; undefined when nothing is. */
  readonly read: () => Promise<Uint8Array | undefined>;
  /** Keeps these bytes in the place of earlier ones. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
}

/**
 * Scans a published platform by the SBOM that is kept beside it, without a byte of the image; where none is kept, or
 * one that this Trivy does not read wholly, the image is scanned and its SBOM kept for the next time.
 * @throws FactoryError as `scanPlatform`: what cannot be judged by an SBOM cannot be judged by the image either.
 */
export async function rescanPlatform<P extends ScanTarget>(
  platform: P,
  shelf: SbomShelf,
  settings: ScanSettings,
  door: ScanDoor,
): Promise<PlatformScan<P>> {
  const kept = await shelf.read();
  const rechecked = kept === undefined ? undefined : await tryRecheck(kept, platform, settings, door);
  if (rechecked !== undefined) return judgePlatform(platform, { ...rechecked, read: "sbom" }, settings, door);
  const run = await readImage(platform, settings, door);
  const verdict = await judgePlatform(platform, { ...run, read: "image" }, settings, door);
  if (await canBeRechecked(run, settings)) await keep(run, platform, shelf, settings, door);
  return verdict;
}

/** Undefined when this SBOM says less than the image would, or could not be read. */
async function tryRecheck(
  bytes: Uint8Array,
  target: ScanTarget,
  settings: ScanSettings,
  door: ScanDoor,
): Promise<TrivyRun | undefined> {
  try {
    await clearScanFiles(scanFiles(door.workDir, target));
    return await recheck(parseSbom(bytes), target, settings, door);
  } catch (error) {
    if (error instanceof FactoryError && error.code === "scan-incomplete") return undefined;
    throw error;
  }
}

/**
 * Compares the packages of an SBOM with today's advisories.
 * @throws FactoryError "scan-incomplete" also when Trivy passed over a package, or the SBOM is another image's.
 */
async function recheck(
  sbom: Sbom,
  target: ScanTarget,
  settings: ScanSettings,
  door: ScanDoor,
): Promise<TrivyRun> {
  const run = await runTrivy(
    {
      target,
      timeoutMs: settings.timeoutMs,
      access: undefined,
      links: { db: join(settings.database.dir, "db") },
      prepare: (scratch) => writeFile(scratchPaths(scratch).sbom, sbom.bytes),
      command: (command) => sbomCommand(door.trivy, command),
      finish: (text) => recheckedReport(text, sbom, target),
    },
    door,
  );
  if (run instanceof FactoryError) throw run;
  return run;
}

/** Whether all that the verdict rests on stands in an SBOM too. */
async function canBeRechecked({ report, log }: TrivyRun, { database }: ScanSettings): Promise<boolean> {
  if (isJudgedByOtherRelease(report, log)) return false;
  const hasSystem = report.os !== undefined && report.os.family !== "none";
  return !hasSystem || (await whyUnjudged(report, log, databaseFile(database))) === undefined;
}

/** Keeps the SBOM of a scan, unless a comparison by it finds other packages or other flaws than the scan found. */
async function keep(
  { report }: TrivyRun,
  target: ScanTarget,
  shelf: SbomShelf,
  settings: ScanSettings,
  door: ScanDoor,
): Promise<void> {
  const cyclonedx = await readFile(await convertReport(target, "cyclonedx", door), "utf8");
  const bytes = sbomBytes(cyclonedx, report, shelf.subject);
  try {
    const sbom = parseSbom(bytes);
    const again = await recheck(sbom, target, settings, door);
    if (contentText(again.report, sbom) !== contentText(report, sbom)) return;
  } catch (error) {
    if (error instanceof FactoryError && error.code === "scan-incomplete") return;
    throw error;
  }
  await shelf.write(bytes);
}

function contentText({ results }: TrivyReport, { nameless }: Sbom): string {
  const packages = results.flatMap(({ type, packages }) =>
    packages.map(({ id, file }) => packageKey(type, id, file)).filter((key) => !nameless.has(key)),
  );
  const findings = results.flatMap(({ target, vulnerabilities }) =>
    vulnerabilities.map((found) => JSON.stringify([target, ...Object.values(found)])),
  );
  return [...packages.toSorted(), ...findings.toSorted()].join("\n");
}
