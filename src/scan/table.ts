import { type ScanException, type Severity, severities } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { formatMinute } from "../minute.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { BlockedScan, Finding, PlatformScan, ScanReport } from "./scan-report.ts";

export interface TableSize {
  /** Characters in a line. */
  readonly width: number;
  /** Lines for findings; what does not fit is counted. */
  readonly rows: number;
}

/**
 * The scans of one image on one screen: a line per platform, then each finding that blocks, once for all platforms
 * that have it, with the version that cures it, then what there is to know about exceptions.
 */
export function scanTable(scans: NonEmpty<PlatformScan>, { width, rows }: TableSize): string {
  const blocking = mergeFindings(scans);
  const shown = blocking.slice(0, rows);
  const cells = shown.map(({ finding, platforms }) => [
    finding.severity,
    finding.id,
    `${finding.package} ${finding.installed} → ${finding.fixed ?? "no fixed version"}`,
    platforms.length === scans.length ? "" : platforms.join(" "),
    finding.title,
  ]);
  const hidden = blocking.length - shown.length;
  const lines = [
    ...scans.map(platformLine),
    ...alignColumns(cells).map((line) => `  ${line}`),
    ...(hidden > 0
      ? [`  and ${hidden} more that block, in ${scans.map(({ report }) => report.json).join(", ")}`]
      : []),
    ...exceptionLines(scans),
    ...scans.flatMap(({ platform, report }) =>
      report.warnings.map((text) => `  ${platform.platform}: ${text}`),
    ),
  ];
  return lines.map((line) => cut(printable(line), width)).join("\n");
}

/** The error of an image that its policy refuses, naming each finding and the version to move to. */
export function blockedError(scans: NonEmpty<BlockedScan>): FactoryError {
  const [{ platform }] = scans;
  const findings = mergeFindings(scans);
  const where = scans.map((scan) => scan.platform.platform).join(" and ");
  return new FactoryError(
    "scan-blocked",
    `${platform.image} is not published: ${findings.length === 1 ? "a finding blocks" : `${findings.length} findings block`} it on ${where}`,
    {
      problems: findings.map(({ finding, platforms }) =>
        printable(
          `${platforms.join(" ")}: ${finding.severity} ${finding.id}: ${finding.package} ${finding.installed}, ` +
            (finding.fixed === undefined ? "no version is fixed" : `fixed in ${finding.fixed}`),
        ),
      ),
      hint:
        "Upgrade these packages, or accept a finding for a time under scan.exceptions of " +
        `${platform.image} in images.yaml, with reason, owner and expires.`,
    },
  );
}

interface MergedFinding {
  readonly finding: Finding;
  readonly platforms: readonly string[];
}

/** Every finding that blocks on some platform, the worst first, with the platforms that have it. */
function mergeFindings(scans: NonEmpty<PlatformScan>): readonly MergedFinding[] {
  const merged = new Map<string, { readonly finding: Finding; readonly platforms: string[] }>();
  for (const scan of scans) {
    for (const finding of scan.verdict === "blocked" ? scan.findings : []) {
      const key = JSON.stringify([finding.id, finding.package, finding.installed, finding.fixed]);
      const known = merged.get(key) ?? { finding, platforms: [] };
      merged.set(key, known);
      if (!known.platforms.includes(scan.platform.platform)) known.platforms.push(scan.platform.platform);
    }
  }
  return [...merged.values()].sort(
    (a, b) => severities.indexOf(b.finding.severity) - severities.indexOf(a.finding.severity),
  );
}

function platformLine({ verdict, platform, report }: PlatformScan): string {
  const { os, packages, database } = report;
  const system = os === undefined ? "no system" : `${os.family} ${os.name}`.trim();
  const read = packages === 1 ? "1 package" : `${packages} packages`;
  const by = `database ${database.kind} of ${formatMinute(database.updatedAt)}`;
  return `${platform.image} ${platform.platform} ${verdict}: ${countsText(report)} in ${system} with ${read}, ${by}`;
}

/** `1 critical, 2 low`, the worst first. */
function countsText({ counts }: ScanReport): string {
  const present = severities
    .toReversed()
    .filter((severity: Severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity.toLowerCase()}`);
  return present.length === 0 ? "no findings" : present.join(", ");
}

/** An exception is without use only when no platform uses it. */
function exceptionLines(scans: NonEmpty<PlatformScan>): readonly string[] {
  const uses = scans.map(({ report }) => report.exceptions);
  const unused = uses[0]?.unused.filter((candidate) =>
    uses.every((use) => use.unused.some((exception) => isSame(exception, candidate))),
  );
  const line = (what: string, exception: ScanException) => {
    const place = exception.package === undefined ? "" : ` in ${exception.package}`;
    return `  ${what} ${exception.id}${place} (${exception.owner}, until ${exception.expires}): ${exception.reason}`;
  };
  return [
    ...distinct(uses.flatMap(({ used }) => used)).map((exception) => line("accepted:", exception)),
    ...distinct(uses.flatMap(({ expired }) => expired)).map((exception) =>
      line("no longer accepted:", exception),
    ),
    ...distinct(unused ?? []).map((exception) => line("accepted, but not found:", exception)),
  ];
}

function distinct(exceptions: readonly ScanException[]): readonly ScanException[] {
  return exceptions.filter(
    (exception, at) => exceptions.findIndex((other) => isSame(other, exception)) === at,
  );
}

function isSame(a: ScanException, b: ScanException): boolean {
  return a.id === b.id && a.package === b.package && a.expires === b.expires;
}

function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .filter((_, column) => (widths[column] ?? 0) > 0)
      .join("  ")
      .trimEnd(),
  );
}

/** Advisories and package files are other people's text: nothing in it may steer a terminal or break a line. */
function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ");
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
