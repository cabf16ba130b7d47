import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FactoryError } from "../errors.ts";
import type { Command, Run } from "../run.ts";
import { withSecretFolder } from "../secret-folder.ts";
import { stallMs } from "../stall.ts";
import { type CacheSlot, forgetLayers, withCacheSlot } from "./cache-slot.ts";
import type { ScanTarget } from "./scan-report.ts";
import { makeScratch, type RegistryAccess, removeScratch, writeCredentials } from "./scratch.ts";
import { type JudgingCommand, type Scratch, scratchPaths, type Trivy } from "./trivy-command.ts";
import { readTrivyLog, type TrivyLog } from "./trivy-log.ts";
import { parseTrivyReport, type TrivyReport } from "./trivy-report.ts";

/** What one run of Trivy said of a platform. */
export interface TrivyRun {
  readonly report: TrivyReport;
  readonly log: TrivyLog;
  /** The report as it is kept in a file. */
  readonly text: string;
}

/** A run of Trivy over one platform of an image. */
export interface TrivyJob {
  readonly target: ScanTarget;
  readonly timeoutMs: number;
  /** Undefined for a run that asks no registry. */
  readonly access: RegistryAccess | undefined;
  /** Name in the cache folder → the folder that it links to. */
  readonly links: Readonly<Record<string, string>>;
  /** Writes what the command reads. */
  readonly prepare?: (scratch: Scratch) => Promise<void>;
  readonly command: (run: JudgingCommand) => Command;
  /** The report of the image, from what Trivy wrote. */
  readonly finish?: (text: string) => string;
}

export interface TrivyRunDoor {
  readonly run: Run;
  readonly trivy: Trivy;
  readonly workDir: string;
  readonly signal?: AbortSignal;
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

/** Removes what the scan before left, so that nothing of it is taken for this one's. */
export async function clearScanFiles(files: ScanFiles): Promise<void> {
  for (const file of [files.json, files.log]) await mkdir(dirname(file), { recursive: true });
  for (const file of [files.json, files.sarif, files.cyclonedx, files.log]) await rm(file, { force: true });
}

/** One run of Trivy; what it failed with is returned, because one kind of failure can be cured. */
export function runTrivy(job: TrivyJob, door: TrivyRunDoor): Promise<TrivyRun | FactoryError> {
  const { target, timeoutMs, links } = job;
  const { trivy, workDir } = door;
  const signal = door.signal === undefined ? {} : { signal: door.signal };
  const request = { workDir, platform: target.platform, trivyVersion: trivy.version, links };
  return withCacheSlot({ ...request, ...signal }, (slot) =>
    withSecretFolder(workDir, async (secrets) => {
      const scratch = await makeScratch(slot.scratchDir, secrets);
      try {
        await writeCredentials(scratch, job.access);
        await job.prepare?.(scratch);
        const { log: logFile } = scanFiles(workDir, target);
        const command = job.command({ scratch, cacheDir: slot.cacheDir, timeoutMs, logFile });
        // One that asks no registry only computes.
        const stall = job.access === undefined ? {} : { stall: { patienceMs: stallMs } };
        const { stderr } = await door.run({ ...command, ...stall, ...signal });
        const name = "Trivy's report";
        const written = await readReport(scratchPaths(scratch).report, name);
        const text = job.finish?.(written) ?? written;
        return { report: parseTrivyReport(text, name), log: readTrivyLog(stderr), text };
      } catch (error) {
        return await failed(error, job, trivy, slot);
      } finally {
        await removeScratch(scratch);
      }
    }),
  );
}

/** Keeps the report of a run as the platform's latest. */
export async function keepReport({ text }: TrivyRun, { json }: ScanFiles): Promise<void> {
  await writeFile(json, text);
}

async function readReport(file: string, name: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new FactoryError("scan-incomplete", `${name} is missing although Trivy exited with 0`, { cause });
  }
}

/** What to do about a Trivy that ended well and wrote something else than the report of the image. */
export const lookAtTrivy =
  "Nothing was concluded from this scan; try again, and look at the Trivy that is installed: npm run doctor.";

/** A failure as the image's; a cache that could be the reason of it is not used again. */
async function failed(
  error: unknown,
  { target: { image, platform, reference }, timeoutMs }: TrivyJob,
  { version }: Trivy,
  slot: CacheSlot,
): Promise<FactoryError> {
  if (!(error instanceof FactoryError)) throw error;
  if (error.code === "timed-out") {
    const message = `${image} ${platform}: the scan did not end within ${timeoutMs / 1000} s`;
    const hint = `Give ${image} more time by timeouts.scan in images.yaml, or look into its log.`;
    return new FactoryError("scan-incomplete", `${message}: ${error.message}`, { hint, cause: error });
  }
  if (error.code === "scan-incomplete" && error.hint === undefined) {
    return new FactoryError(error.code, `${image} ${platform}: ${error.message}`, {
      hint: lookAtTrivy,
      cause: error.cause,
    });
  }
  if (error.code !== "tool-failed") return error;
  await forgetLayers(slot);
  return new FactoryError(
    "scan-incomplete",
    `${image} ${platform}: scanning ${reference}: ${error.message}`,
    {
      hint:
        version === undefined
          ? "This build of Trivy does not say why it fails; npm run setup TRIVY=source installs one that does."
          : "Nothing was concluded from this scan; try again, and read Trivy's log if it fails again.",
      cause: error.cause,
    },
  );
}
