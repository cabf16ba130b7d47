import type { ScanException, Severity } from "../enrolment/enrolment.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import type { OperatingSystem } from "./trivy-report.ts";

/** One platform of an image as a registry holds it, ready to be scanned. */
export interface ScanTarget {
  readonly image: string;
  readonly platform: Platform;
  /** `host:port/path@sha256:…` of the platform's manifest. */
  readonly reference: string;
  readonly digest: Digest;
}

/** The verdict on one platform; a value that says "passed" exists only for what was scanned wholly. */
export type PlatformScan<P extends ScanTarget = ScanTarget> = PassedScan<P> | BlockedScan<P>;

export interface PassedScan<P extends ScanTarget = ScanTarget> {
  readonly verdict: "passed";
  readonly platform: P;
  readonly report: ScanReport;
}

export interface BlockedScan<P extends ScanTarget = ScanTarget> {
  readonly verdict: "blocked";
  readonly platform: P;
  readonly report: ScanReport;
  /** Those of the report's findings for which the policy refuses the image. */
  readonly findings: NonEmpty<Finding>;
}

export interface ScanReport {
  /** Undefined only for an image that is declared to have none. */
  readonly os: OperatingSystem | undefined;
  /** Packages that were read, of the system and of languages. */
  readonly packages: number;
  /** All that the database has against the image, the worst first. */
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<Severity, number>>;
  readonly exceptions: ExceptionUse;
  /** What a reader of the verdict has to know beside it, as sentences. */
  readonly warnings: readonly string[];
  readonly database: ScanDatabase;
  /** Version of the Trivy that scanned; undefined for a build that has none. */
  readonly trivy: string | undefined;
  /** What Trivy read: the image's layers, or the SBOM that is kept beside it. */
  readonly read: "image" | "sbom";
  /** Path of the JSON that Trivy wrote. */
  readonly json: string;
}

export interface Finding {
  /** CVE-…, GHSA-…, DSA-… */
  readonly id: string;
  readonly package: string;
  readonly installed: string;
  /** The first version without it; undefined where there is none. */
  readonly fixed: string | undefined;
  readonly severity: Severity;
  readonly title: string;
  /** Where in the image: the system's packages, or the file of a language's package. */
  readonly target: string;
  /** `os-pkgs` for a package of the system, `lang-pkgs` for one of a language. */
  readonly class: string;
  /** diff id of the layer that brought the package; undefined where Trivy does not say. */
  readonly layer: string | undefined;
}

export interface ExceptionUse {
  /** Those for which a finding did not block. */
  readonly used: readonly ScanException[];
  /** Those that would have been used, had they not ended. */
  readonly expired: readonly ScanException[];
  /** Those that nothing needs on this platform. */
  readonly unused: readonly ScanException[];
}

/** Which database a verdict rests on; a part of what is kept in state. */
export interface ScanDatabase {
  readonly kind: "official" | "sample";
  /** When its advisories were gathered, RFC 3339. */
  readonly updatedAt: string;
  /** Version of its schema. */
  readonly version: number;
}
