import { join } from "node:path";
import { lateCollection } from "../go-collector.ts";
import type { Command } from "../run.ts";
import type { ScanTarget } from "./scan-report.ts";

/** The Trivy of this machine, and the flags of `trivy image` that this build of it knows, such as `--skip-version-check`. */
export interface Trivy {
  readonly path: string;
  /** Undefined for a build that has no version in it. */
  readonly version: string | undefined;
  readonly flags: readonly string[];
}

/**
 * A folder that belongs to one run of Trivy: its working directory, home, temporary files, credentials and output. So
 * nothing that lies about where the factory was started, in a source tree or in somebody's home changes what it finds.
 */
export interface Scratch {
  readonly dir: string;
  /** Holds the config.json with the registry's credentials. */
  readonly dockerConfig: string;
}

export const scratchPaths = ({ dir }: Scratch) => ({
  workingDirectory: join(dir, "cwd"),
  home: join(dir, "home"),
  temporary: join(dir, "tmp"),
  noExceptions: join(dir, "no-exceptions"),
  noSettings: join(dir, "no-settings.yaml"),
  report: join(dir, "report.json"),
  sbom: join(dir, "sbom.cdx.json"),
});

/** What every run of Trivy that compares packages with advisories is given. */
export interface JudgingCommand {
  readonly cacheDir: string;
  readonly scratch: Scratch;
  readonly timeoutMs: number;
  readonly logFile: string;
}

export interface ScanCommand extends JudgingCommand {
  readonly target: ScanTarget;
  /** Whether the registry is spoken to by plain HTTP. */
  readonly plainHttp: boolean;
}

/**
 * The command that scans one platform: vulnerabilities alone, every package listed, all findings of every severity.
 * What of them counts is decided by `judge`, so no flag here hides one.
 */
export function scanCommand(trivy: Trivy, scan: ScanCommand): Command {
  const { target, plainHttp } = scan;
  const own = ["--image-src=remote", `--platform=${target.platform}`, "--scanners=vuln"];
  return judgingCommand(
    trivy,
    scan,
    ["image", ...own, ...(plainHttp ? ["--insecure"] : [])],
    target.reference,
  );
}

/** The command that compares the packages of the SBOM in the scratch folder with the advisories: it reads no image. */
export function sbomCommand(trivy: Trivy, scan: JudgingCommand): Command {
  return judgingCommand(trivy, scan, ["sbom"], scratchPaths(scan.scratch).sbom);
}

/** The report is a file; of what is printed nobody reads more. */
const mostLogBytes = 32 * 1024 * 1024;

function judgingCommand(
  trivy: Trivy,
  { scratch, cacheDir, timeoutMs, logFile }: JudgingCommand,
  command: readonly string[],
  operand: string,
): Command {
  return {
    ...trivyCommand(trivy, scratch, [
      ...command,
      "--format=json",
      "--list-all-pkgs",
      `--output=${scratchPaths(scratch).report}`,
      `--cache-dir=${cacheDir}`,
      "--skip-db-update",
      "--skip-java-db-update",
      "--offline-scan",
      "--no-progress",
      // Trivy's own limit only has to be later than ours, which ends all its processes.
      `--timeout=${Math.ceil(timeoutMs / 1000) + 60}s`,
      ...["--disable-telemetry", "--skip-version-check"].filter((flag) => trivy.flags.includes(flag)),
      "--",
      operand,
    ]),
    timeoutMs,
    output: { mostBytes: mostLogBytes, code: "scan-incomplete" },
    logFile,
  };
}

/** The formats that Trivy makes from its own JSON. */
export type ReportFormat = "sarif" | "cyclonedx";

/** The command that writes a report of another format from the JSON of a scan. */
export function convertCommand(
  trivy: Trivy,
  scratch: Scratch,
  format: ReportFormat,
  json: string,
  output: string,
): Command {
  return trivyCommand(trivy, scratch, [
    "convert",
    `--format=${format}`,
    `--output=${output}`,
    "--quiet",
    "--",
    json,
  ]);
}

function trivyCommand(trivy: Trivy, scratch: Scratch, [command = "", ...args]: readonly string[]): Command {
  const paths = scratchPaths(scratch);
  return {
    tool: trivy.path,
    args: [command, `--config=${paths.noSettings}`, `--ignorefile=${paths.noExceptions}`, ...args],
    cwd: paths.workingDirectory,
    env: {
      HOME: paths.home,
      TMPDIR: paths.temporary,
      DOCKER_CONFIG: scratch.dockerConfig,
      ...lateCollection(),
    },
  };
}
