import { expect, test } from "vitest";
import { whyUnjudged } from "../../src/scan/coverage.ts";
import { distribution } from "../../src/scan/distributions.ts";
import { readTrivyLog } from "../../src/scan/trivy-log.ts";
import type { TrivyPackage, TrivyReport } from "../../src/scan/trivy-report.ts";
import { inTemporaryFolder, recorded, unpackDatabase } from "./fixtures.ts";

const quiet = readTrivyLog("");
const found = (fields: Partial<TrivyPackage> = {}): TrivyPackage => ({
  name: "x",
  id: "x@1",
  file: undefined,
  architecture: "amd64",
  analyzedBy: "dpkg",
  isThirdParty: false,
  ...fields,
});

function imageOf(family: string, name: string, packages: readonly TrivyPackage[]): TrivyReport {
  const system = { target: "t", class: "os-pkgs", type: family, packages, vulnerabilities: [] };
  return { ...recorded("report-0.74"), os: { family, name, endOfLife: false }, results: [system] };
}

const apk = found({ architecture: "x86_64", analyzedBy: "apk" });
const rpm = found({ architecture: "x86_64", analyzedBy: "rpm" });

const reason = (report: TrivyReport, log = quiet) =>
  inTemporaryFolder((dir) => whyUnjudged(report, log, unpackDatabase(dir)));

test("an image of a release that the database has, with a package, is judged", async () => {
  expect(await reason(recorded("report-0.74"))).toBeUndefined();
  expect(await reason(recorded("report-quick"))).toBeUndefined();
  expect(await reason(imageOf("alpine", "3.20.1", [apk]))).toBeUndefined();
  expect(await reason(imageOf("redhat", "9.4", [rpm]))).toBeUndefined();
});

test.each<[string, TrivyReport, string]>([
  ["an image without a system", recorded("report-0.74-no-system"), "no file in it says which system it is"],
  ["the family none", imageOf("none", "", [found()]), "no file in it says which system it is"],
  ["an empty dpkg status", imageOf("debian", "12.5", []), "debian 12.5 has no package that Trivy could read"],
  [
    "an image whose packages are all of third parties",
    imageOf("debian", "12.5", [found({ isThirdParty: true })]),
    "debian 12.5 has no package that Trivy could read",
  ],
  [
    "a Debian that the database lacks",
    imageOf("debian", "99.1", [found()]),
    "the database has no advisories for debian 99.1",
  ],
  [
    "Debian unstable",
    imageOf("debian", "trixie/sid", [found()]),
    "the database has no advisories for debian trixie/sid",
  ],
  [
    "an Alpine that the database lacks",
    imageOf("alpine", "3.2.0", [apk]),
    "the database has no advisories for alpine 3.2.0",
  ],
  [
    "a RHEL that the database lacks",
    imageOf("redhat", "7.9", [rpm]),
    "the database has no advisories for redhat 7.9",
  ],
  [
    "a RHEL that Trivy asks nothing about",
    imageOf("redhat", "10.1", [rpm]),
    "the database has no advisories for redhat 10.1",
  ],
  [
    "a system that Trivy only reads",
    imageOf("fedora", "42", [rpm]),
    "Trivy knows no advisories for fedora 42",
  ],
  [
    "Debian's packages under a planted etc/alpine-release",
    imageOf("alpine", "3.20.0", [found()]),
    "its packages are dpkg's, and a file in it makes Trivy judge them as alpine 3.20.0",
  ],
  [
    "the same for a Trivy that does not name its readers",
    imageOf("alpine", "3.20.0", [found({ analyzedBy: undefined })]),
    "its packages are dpkg's, and a file in it makes Trivy judge them as alpine 3.20.0",
  ],
])("%s is not judged", async (_, report, why) => {
  expect(await reason(report)).toBe(why);
});

test("an Alpine image is judged by the release of its repositories, which has to be in the database", async () => {
  const log = { ...quiet, alpineRelease: "3.19" };
  expect(await reason(imageOf("alpine", "3.20.1", [apk]), log)).toBe(
    "the database has no advisories for alpine 3.19",
  );
});

test("an image with a package whose version Trivy could not read is not judged", async () => {
  const log = { ...quiet, unreadPackages: ["openssl"] };
  expect(await reason(recorded("report-0.74"), log)).toBe("Trivy could not read the version of openssl");
});

test.each([
  ["alma", "9.4", "alma 9"],
  ["amazon", "2 (Karoo)", "amazon linux 2"],
  ["amazon", "2023.5.20240805 (Amazon Linux)", "amazon linux 2023"],
  ["amazon", "AMI release 2018.03", "amazon linux 1"],
  ["azurelinux", "3.0.20240727", "Azure Linux 3.0"],
  ["cbl-mariner", "2.0.20240731", "CBL-Mariner 2.0"],
  ["chainguard", "20230214", "chainguard"],
  ["debian", "12.5", "debian 12"],
  ["opensuse-leap", "15.6", "openSUSE Leap 15.6"],
  ["opensuse-tumbleweed", "20240801", "openSUSE Tumbleweed"],
  ["oracle", "9.4", "Oracle Linux 9"],
  ["photon", "5.0", "Photon OS 5.0"],
  ["rocky", "9.4", "rocky 9"],
  ["slem", "5.5", "SUSE Linux Enterprise Micro 5.5"],
  ["sles", "15.6", "SUSE Linux Enterprise 15.6"],
  ["ubuntu", "24.04", "ubuntu 24.04"],
  ["wolfi", "20230201", "wolfi"],
])("%s %s is looked up where Trivy looks it up", (family, release, key) => {
  expect(distribution(family)?.place(release)).toEqual({ path: [], key });
});

test("what is no name of a system is none, not even one that every object has", () => {
  expect(distribution("constructor")).toBeUndefined();
});
