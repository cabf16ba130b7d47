import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScanException, ScanPolicy } from "../../src/enrolment/enrolment.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { advisoryFeed, type FeedSource } from "../../src/scan/feed.ts";
import { parseTrivyReport, type TrivyReport } from "../../src/scan/trivy-report.ts";

const folder = new URL("../fixtures/scan/", import.meta.url).pathname;

/**
 * A database that trivy-db's own code wrote: debian 12 (openssl critical and fixed, zlib high and not fixed, bash low),
 * alpine 3.20 (busybox), repositories of RHEL 8 and 9, and filler that makes its trees more than one page.
 */
export const advisoryArchive = join(folder, "advisories.tar.gz");

/** Reports that real Trivys wrote about one image with these packages (and docker-ce, of a third party). */
export type RecordedReport = "report-0.74" | "report-0.74-no-system" | "report-quick";

export function recordedText(name: RecordedReport): string {
  return readFileSync(join(folder, `${name}.json`), "utf8");
}

export function recorded(name: RecordedReport): TrivyReport {
  return parseTrivyReport(recordedText(name), name);
}

/** Runs `work` with a folder that is gone afterwards. */
export async function inTemporaryFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "factory-scan-"));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Unpacks the database of the fixtures into `dir`/db and returns the path of its bbolt file. */
export function unpackDatabase(dir: string): string {
  mkdirSync(join(dir, "db"), { recursive: true });
  execFileSync("tar", ["-xzf", advisoryArchive, "-C", join(dir, "db")]);
  return join(dir, "db", "trivy.db");
}

/** A source that has the database of the fixtures on disk. */
export function archiveSource(name: string, archive = advisoryArchive): FeedSource {
  const bytes = readFileSync(archive);
  const layer = { mediaType: advisoryFeed.mediaType, digest: digestOf(bytes), size: bytes.length };
  return {
    name,
    resolve: async () => layer,
    download: async (_, file) => copyFileSync(archive, file),
  };
}

/** The policy of an entry that says nothing about scans. */
export const defaultPolicy: ScanPolicy = {
  severities: ["HIGH", "CRITICAL"],
  unfixed: false,
  os: "detect",
  database: "official",
  exceptions: [],
};

export function exception(fields: Partial<ScanException> = {}): ScanException {
  return {
    id: "CVE-2099-10001",
    package: undefined,
    reason: "not reachable in this image",
    owner: "team-web",
    expires: "2026-11-21",
    ...fields,
  };
}
