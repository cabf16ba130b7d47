import { type ScanException, type ScanPolicy, type Severity, severities } from "../enrolment/enrolment.ts";
import type { ExceptionUse, Finding } from "./scan-report.ts";
import type { TrivyReport } from "./trivy-report.ts";

export interface Judgement {
  /** All findings, the worst first. */
  readonly findings: readonly Finding[];
  /** Those of them for which the policy refuses the image. */
  readonly blocking: readonly Finding[];
  readonly counts: Readonly<Record<Severity, number>>;
  readonly exceptions: ExceptionUse;
}

/**
 * Applies the policy of images.yaml to what Trivy found. `today` is a UTC day `YYYY-MM-DD`; an exception holds
 * through the whole of its last day. Reads nothing but its arguments.
 */
export function judge(report: TrivyReport, policy: ScanPolicy, today: string): Judgement {
  const findings = findingsOf(report);
  const refused = findings.filter((finding) => isRefused(finding, policy));
  const needed = (exception: ScanException) => refused.some((finding) => covers(exception, finding));
  const valid = policy.exceptions.filter((exception) => today <= exception.expires);
  const ended = policy.exceptions.filter((exception) => today > exception.expires);
  return {
    findings,
    blocking: refused.filter((finding) => !valid.some((exception) => covers(exception, finding))),
    counts: countBySeverity(findings),
    exceptions: {
      used: valid.filter(needed),
      expired: ended.filter(needed),
      unused: policy.exceptions.filter((exception) => !needed(exception)),
    },
  };
}

/** The UTC day on which an exception is measured. */
export function utcDay(date: Date): string {
  return date.toISOString().slice(0, "YYYY-MM-DD".length);
}

function isRefused(finding: Finding, policy: ScanPolicy): boolean {
  return policy.severities.includes(finding.severity) && (policy.unfixed || finding.fixed !== undefined);
}

function covers(exception: ScanException, finding: Finding): boolean {
  const isSameId = exception.id.toUpperCase() === finding.id.toUpperCase();
  return isSameId && (exception.package === undefined || exception.package === finding.package);
}

function findingsOf(report: TrivyReport): readonly Finding[] {
  const findings = report.results.flatMap(({ target, class: kind, vulnerabilities }) =>
    vulnerabilities.map((vulnerability): Finding => ({ ...vulnerability, target, class: kind })),
  );
  return findings.sort(
    (a, b) =>
      severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
      compare(a.id, b.id) ||
      compare(a.package, b.package) ||
      compare(a.target, b.target),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function countBySeverity(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const counts: Record<Severity, number> = { UNKNOWN: 0, LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}
