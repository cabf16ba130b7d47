import { expect, test } from "vitest";
import type { ScanPolicy } from "../../src/enrolment/enrolment.ts";
import { isNonEmpty } from "../../src/non-empty.ts";
import type { Platform } from "../../src/platform.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { judge } from "../../src/scan/judge.ts";
import type { BlockedScan, PlatformScan } from "../../src/scan/scan-report.ts";
import { blockedError, scanTable } from "../../src/scan/table.ts";
import type { TrivyReport } from "../../src/scan/trivy-report.ts";
import { defaultPolicy, exception, recorded } from "./fixtures.ts";

function scanOf(
  platform: Platform,
  policy: Partial<ScanPolicy> = {},
  trivyReport: TrivyReport = recorded("report-0.74"),
  warnings: readonly string[] = [],
): PlatformScan {
  const { blocking, ...judgement } = judge(trivyReport, { ...defaultPolicy, ...policy }, "2026-11-21");
  const target = { image: "web", platform, reference: "r/web", digest: digestOf(platform) };
  const report = {
    ...judgement,
    os: trivyReport.os,
    packages: 4,
    warnings,
    database: { kind: "sample", updatedAt: "2026-11-01T00:00:00.000Z", version: 2 },
    trivy: "0.74.0",
    read: "image",
    json: `reports/web/${platform.replace("/", "-")}.json`,
  } as const;
  return isNonEmpty(blocking)
    ? { verdict: "blocked", platform: target, report, findings: blocking }
    : { verdict: "passed", platform: target, report };
}

const wide = { width: 200, rows: 20 };
const withoutFindings: TrivyReport = { ...recorded("report-0.74"), results: [] };

test("a finding on all platforms is one line, with the version that cures it", () => {
  expect(scanTable([scanOf("linux/amd64"), scanOf("linux/arm64")], wide).split("\n")).toEqual([
    "web linux/amd64 blocked: 1 critical, 1 high, 1 low in debian 12.5 with 4 packages, database sample of 2026-11-01 00:00 UTC",
    "web linux/arm64 blocked: 1 critical, 1 high, 1 low in debian 12.5 with 4 packages, database sample of 2026-11-01 00:00 UTC",
    "  CRITICAL  CVE-2099-10001  openssl 3.0.11-1~deb12u1 → 3.0.99-1~deb12u1  openssl: invented overflow with a fix",
  ]);
});

test("a finding on one platform alone names that platform", () => {
  const [, passed, finding] = scanTable(
    [scanOf("linux/amd64"), scanOf("linux/arm64", {}, withoutFindings)],
    wide,
  ).split("\n");
  expect(passed).toContain("linux/arm64 passed: no findings");
  expect(finding).toContain("3.0.99-1~deb12u1  linux/amd64  openssl:");
});

test("findings stand in columns, the worst first, and one without a cure says so", () => {
  const lines = scanTable([scanOf("linux/amd64", { unfixed: true })], wide).split("\n");
  expect(lines.slice(1)).toEqual([
    "  CRITICAL  CVE-2099-10001  openssl 3.0.11-1~deb12u1 → 3.0.99-1~deb12u1  openssl: invented overflow with a fix",
    "  HIGH      CVE-2099-10002  zlib1g 1:1.2.13.dfsg-1 → no fixed version    zlib: invented flaw without a fix",
  ]);
});

test("no line is wider than the terminal, and what has no room below is counted", () => {
  const policy = { unfixed: true, severities: ["LOW", "HIGH", "CRITICAL"] } as const;
  const lines = scanTable([scanOf("linux/amd64", policy)], { width: 60, rows: 1 }).split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^ {2}CRITICAL {2}CVE-2099-10001 {2}openssl.*…$/);
  expect(lines[2]).toMatch(/^ {2}and 2 more that block, in reports\/web/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
});

test("exceptions are shown with owner, last day and reason: used, ended, and those that no platform needs", () => {
  const exceptions = [
    exception(),
    exception({ id: "CVE-2099-10002", expires: "2026-11-01" }),
    exception({ id: "CVE-2099-99999", package: "curl" }),
  ];
  const text = scanTable([scanOf("linux/amd64", { exceptions, unfixed: true })], wide);
  expect(text).toContain(
    "accepted: CVE-2099-10001 (team-web, until 2026-11-21): not reachable in this image",
  );
  expect(text).toContain("no longer accepted: CVE-2099-10002 (team-web, until 2026-11-01)");
  expect(text).toContain("accepted, but not found: CVE-2099-99999 in curl (team-web, until 2026-11-21)");
});

test("an exception that one platform needs is not called unused on another", () => {
  const exceptions = [exception()];
  const text = scanTable(
    [scanOf("linux/amd64", { exceptions }), scanOf("linux/arm64", { exceptions }, withoutFindings)],
    wide,
  );
  expect(text).toContain("accepted: CVE-2099-10001");
  expect(text).not.toContain("not found");
});

test("warnings name their platform", () => {
  const text = scanTable([scanOf("linux/amd64", {}, withoutFindings, ["debian 9 gets no updates"])], wide);
  expect(text).toContain("  linux/amd64: debian 9 gets no updates");
});

test("text of others cannot steer the terminal", () => {
  const report = recorded("report-0.74");
  const hostile: TrivyReport = {
    ...report,
    results: report.results.map((result) => ({
      ...result,
      vulnerabilities: result.vulnerabilities.map((found) => ({ ...found, title: "a\u001b[2J\r\nb\u202ec" })),
    })),
  };
  expect(scanTable([scanOf("linux/amd64", {}, hostile)], wide)).toContain("  a [2J b c");
});

test("the error of a blocked image names platform, finding, package and the version to move to", () => {
  const blocked = [scanOf("linux/amd64", { unfixed: true }), scanOf("linux/arm64")] as [
    BlockedScan,
    BlockedScan,
  ];
  const error = blockedError(blocked);
  expect(error.exitStatus).toBe(77);
  expect(error.message).toBe("web is not published: 2 findings block it on linux/amd64 and linux/arm64");
  expect(error.problems).toEqual([
    "linux/amd64 linux/arm64: CRITICAL CVE-2099-10001: openssl 3.0.11-1~deb12u1, fixed in 3.0.99-1~deb12u1",
    "linux/amd64: HIGH CVE-2099-10002: zlib1g 1:1.2.13.dfsg-1, no version is fixed",
  ]);
});
