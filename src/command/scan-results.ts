import type { Enrolment } from "../enrolment/enrolment.ts";
import { type ExitStatus, exitStatus, FactoryError, worstStatus } from "../errors.ts";
import type { Factory } from "../factory.ts";
import type { NonEmpty } from "../non-empty.ts";
import { convertReport } from "../scan/convert-report.ts";
import { scanPublished } from "../scan/scan-published.ts";
import type { PlatformScan } from "../scan/scan-report.ts";
import type { Scanner } from "../scan/scanner.ts";
import { scanTable } from "../scan/table.ts";
import type { Session } from "./main.ts";

export interface ScanOutput {
  readonly json: boolean;
  readonly sarif: boolean;
  readonly cyclonedx: boolean;
}

/** How a command scans, and what it does with what was found of an image. */
export interface ScanWay<I extends ScannedImage> {
  readonly scan: Scanner["rescan"];
  readonly scanned?: (image: I, scans: NonEmpty<PlatformScan>) => Promise<void>;
}

export interface ScannedImage {
  readonly enrolment: Enrolment;
  readonly tagOrDigest: string;
}

/** The flags of every command that scans. */
export const scanFlags = {
  json: { description: "Prints verdicts and findings as JSON." },
  sarif: { description: "Writes SARIF files and prints their paths." },
  cyclonedx: { description: "Writes CycloneDX files and prints their paths." },
} as const;

/**
 * Scans what is published of each image and prints one screen for each.
 * @returns 77 when one is blocked, else what the failures ask for.
 */
export async function scanAndReport<I extends ScannedImage>(
  images: readonly I[],
  factory: Factory,
  output: ScanOutput,
  session: Session,
  { scan, scanned = async () => undefined }: ScanWay<I>,
): Promise<ExitStatus> {
  const results: object[] = [];
  const statuses: ExitStatus[] = [];
  for (const image of images) {
    const { enrolment, tagOrDigest } = image;
    try {
      const scans = await scanPublished(enrolment, tagOrDigest, { client: factory.client, scan });
      const blocked = scans.some(({ verdict }) => verdict === "blocked");
      statuses.push(blocked ? new FactoryError("scan-blocked", enrolment.name).exitStatus : 0);
      results.push(...scans.map(({ verdict, platform, report }) => ({ ...platform, verdict, report })));
      if (!output.json) {
        session.print(`${enrolment.name} ${tagOrDigest}: ${blocked ? "blocked" : "passed"}`);
        session.print(scanTable(scans, screen()));
      }
      await writeReports(scans, factory, output, session);
      await scanned(image, scans);
    } catch (error) {
      // No image can be scanned without a scanner.
      if (error instanceof FactoryError && error.code === "tools-missing") throw error;
      statuses.push(exitStatus(error));
      session.showError(error);
    }
  }
  if (output.json) session.print(JSON.stringify(results, undefined, 2));
  return worstStatus(statuses);
}

/** One screen, less the lines around the findings. */
function screen() {
  return { width: process.stdout.columns ?? 120, rows: (process.stdout.rows ?? 40) - 6 };
}

async function writeReports(
  scans: NonEmpty<PlatformScan>,
  factory: Factory,
  output: ScanOutput,
  { print }: Session,
): Promise<void> {
  for (const format of ["sarif", "cyclonedx"] as const) {
    if (!output[format]) continue;
    const door = await factory.reportDoor();
    for (const { platform } of scans) print(await convertReport(platform, format, door));
  }
}
