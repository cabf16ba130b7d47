import { expect, test } from "vitest";
import { parseTrivyReport } from "../../src/scan/trivy-report.ts";
import { recorded, recordedText } from "./fixtures.ts";

test("a report of Trivy 0.74 gives the system, its packages and what identifies the image", () => {
  const report = recorded("report-0.74");
  expect(report.os).toEqual({ family: "debian", name: "12.5", endOfLife: false });
  expect(report.imagePlatform).toBe("linux/amd64");
  expect(report.repoDigests).toEqual([report.artifactName]);
  const packages = report.results.flatMap((result) => result.packages);
  expect(packages).toContainEqual({
    name: "openssl",
    id: "openssl@3.0.11-1~deb12u1",
    file: undefined,
    architecture: "amd64",
    analyzedBy: "dpkg",
    isThirdParty: false,
  });
  expect(packages.filter((found) => found.isThirdParty).map(({ name }) => name)).toEqual(["docker-ce"]);
});

test("a report of the quick build is read too, though it says less", () => {
  const packages = recorded("report-quick").results.flatMap((result) => result.packages);
  expect(packages.map(({ name }) => name).sort()).toEqual(["bash", "docker-ce", "openssl", "zlib1g"]);
  expect(packages[0]).toMatchObject({ architecture: "amd64", analyzedBy: undefined });
});

test("an image without a system has neither system nor results in its report", () => {
  expect(recorded("report-0.74-no-system")).toMatchObject({ os: undefined, results: [] });
});

test("a finding without a fixed version has none, an empty one included", () => {
  const text = recordedText("report-0.74").replace("3.0.99-1~deb12u1", "");
  const findings = parseTrivyReport(text, "r").results.flatMap((result) => result.vulnerabilities);
  expect(
    findings
      .filter(({ fixed }) => fixed === undefined)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(["CVE-2099-10001", "CVE-2099-10002"]);
});

const changed = (change: (report: Record<string, never>) => void): string => {
  const report = JSON.parse(recordedText("report-0.74"));
  change(report);
  return JSON.stringify(report);
};

test.each<[string, string]>([
  ["web: expected an object, got []", "[]"],
  ["is not whole", recordedText("report-0.74").slice(0, 4000)],
  ["is not whole", ""],
  ["SchemaVersion: expected 2", changed((report) => Object.assign(report, { SchemaVersion: 3 }))],
  ["ArtifactType: expected", changed((report) => Object.assign(report, { ArtifactType: "filesystem" }))],
  [
    "ArtifactName: expected a string, got nothing",
    changed((report) => Reflect.deleteProperty(report, "ArtifactName")),
  ],
  ["Results: expected a list", changed((report) => Object.assign(report, { Results: {} }))],
  [
    "Metadata: ImageConfig: architecture: expected a string, got nothing",
    changed((report) => Reflect.deleteProperty(report["Metadata"]?.["ImageConfig"] as never, "architecture")),
  ],
  [
    'Results[0]: Vulnerabilities[0]: Severity: expected UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL, got "SEVERE"',
    changed((report) => {
      const { Results } = report as unknown as { Results: [{ Vulnerabilities: [{ Severity: string }] }] };
      Results[0].Vulnerabilities[0].Severity = "SEVERE";
    }),
  ],
])("a report that differs from the schema is no report: %s", (message, text) => {
  expect(() => parseTrivyReport(text, "web")).toThrow(
    expect.objectContaining({ code: "scan-incomplete", message: expect.stringContaining(message) }),
  );
});
