import { expect, test } from "vitest";
import { readTrivyLog } from "../../src/scan/trivy-log.ts";

const quick = (level: string, text: string) =>
  `2026-11-21T04:21:36.985Z\t\u001b[34m${level}\u001b[0m\t${text}`;

test("packages that Trivy left out for their version are found in the words of both builds", () => {
  const current =
    '2026-11-21T04:21:34Z\tWARN\t[dpkg] Invalid version\tOS="debian" package="openssl" version="x!"';
  const old = quick(
    "WARN",
    'Invalid version\t{"OS": "debian", "package": "openssl", "version": "not-a-version_!"}',
  );
  expect(readTrivyLog(current).unreadPackages).toEqual(["openssl"]);
  expect(readTrivyLog(`${old}\n${old}`).unreadPackages).toEqual(["openssl"]);
});

test("the release that an Alpine image is judged by is its repository's, in the words of both builds", () => {
  const current =
    '2026-11-21T04:16:40Z\tINFO\t[alpine] Detecting vulnerabilities...\tos_version="3.20" repository="3.19" pkg_num=1';
  const old = quick("WARN", "Mixing Alpine versions is unsupported, OS: '3.20', repository: '3.19'");
  const unknown = current.replace('"3.19"', '""');
  expect(readTrivyLog(current).alpineRelease).toBe("3.19");
  expect(readTrivyLog(old).alpineRelease).toBe("3.19");
  expect(readTrivyLog(unknown).alpineRelease).toBeUndefined();
});

test("a scan that ended for want of the Java index says so, in the words of both builds", () => {
  const current =
    "2026-11-21T04:16:40Z\tFATAL\tFatal error\trun error: image scan error: scan error: scan failed: failed analysis: " +
    "post analysis error: Unable to initialize the Java DB: Java DB update failed: '--skip-java-db-update' cannot be " +
    "specified on the first run";
  const old = quick(
    "ERROR",
    "Unable to initialize the Java DB: Java DB update failed: Java DB update error: '--skip-java-db-update' cannot be specified on the first run",
  );
  expect(readTrivyLog(current).wantsJavaIndex).toBe(true);
  expect(readTrivyLog(old).wantsJavaIndex).toBe(true);
  expect(readTrivyLog("FATAL\tcannot reach the registry").wantsJavaIndex).toBe(false);
});
