import { type Severity, severities } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";

/** What the factory reads of a report that Trivy wrote as JSON; the rest of the file stays for other tools. */
export interface TrivyReport {
  readonly artifactName: string;
  readonly repoDigests: readonly string[];
  /** From the image's config: what was scanned, whatever platform was asked for. */
  readonly imagePlatform: string;
  /** Undefined where no file in the image says which system it is. */
  readonly os: OperatingSystem | undefined;
  readonly results: readonly TrivyResult[];
}

export interface OperatingSystem {
  readonly family: string;
  readonly name: string;
  /** No security updates are made for this release any more. */
  readonly endOfLife: boolean;
}

/** The packages of one place in the image, and what the database has against them. */
export interface TrivyResult {
  readonly target: string;
  /** `os-pkgs` for the packages of the system, `lang-pkgs` for those of a language. */
  readonly class: string;
  readonly type: string;
  readonly packages: readonly TrivyPackage[];
  readonly vulnerabilities: readonly TrivyVulnerability[];
}

export interface TrivyPackage {
  readonly name: string;
  /** What Trivy tells packages of one kind and file apart by: `openssl@3.0.11-1~deb12u1`. */
  readonly id: string;
  /** Of a package of a language: the file in the image that it was read from, where Trivy says it. */
  readonly file: string | undefined;
  /** In the spelling of its packaging: `amd64` for dpkg, `x86_64` for apk and rpm. */
  readonly architecture: string | undefined;
  /** The reader that found it: `dpkg`, `apk`, `rpm`; older Trivys do not say. */
  readonly analyzedBy: string | undefined;
  /** Whether it is from somebody else than the makers of the system, whose advisories do not speak of it. */
  readonly isThirdParty: boolean;
}

export interface TrivyVulnerability {
  readonly id: string;
  readonly package: string;
  readonly installed: string;
  /** Undefined where no version without it exists. */
  readonly fixed: string | undefined;
  readonly severity: Severity;
  readonly title: string;
  /** diff id of the layer that brought the package; undefined where Trivy does not say. */
  readonly layer: string | undefined;
}

const schemaVersion = 2;

/**
 * Reads the JSON of one scanned image. Every field that a verdict depends on is checked: a report of another shape is
 * no report.
 * @throws FactoryError "scan-incomplete" that names the field.
 * @see https://trivy.dev/docs/latest/configuration/reporting/#json
 */
export function parseTrivyReport(text: string, name: string): TrivyReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FactoryError("scan-incomplete", `${name} is not whole: ${String(cause)}`, { cause });
  }
  const report: Field = { name, value };
  const version = field(report, "SchemaVersion");
  if (version.value !== schemaVersion)
    throw unexpected(version, `${schemaVersion}, the schema of Trivy's reports`);
  const type = field(report, "ArtifactType");
  if (type.value !== "container_image") throw unexpected(type, '"container_image"');
  const metadata = field(report, "Metadata");
  const config = field(metadata, "ImageConfig");
  return {
    artifactName: stringIn(field(report, "ArtifactName")),
    repoDigests: list(field(metadata, "RepoDigests"), stringIn),
    imagePlatform: `${stringIn(field(config, "os"))}/${stringIn(field(config, "architecture"))}`,
    os: optional(field(metadata, "OS"), operatingSystem),
    results: list(field(report, "Results"), result),
  };
}

function operatingSystem(os: Field): OperatingSystem {
  return {
    family: stringIn(field(os, "Family")),
    name: optional(field(os, "Name"), stringIn) ?? "",
    endOfLife: field(os, "EOSL").value === true,
  };
}

function result(item: Field): TrivyResult {
  return {
    target: stringIn(field(item, "Target")),
    class: stringIn(field(item, "Class")),
    type: optional(field(item, "Type"), stringIn) ?? "",
    packages: list(field(item, "Packages"), trivyPackage),
    vulnerabilities: list(field(item, "Vulnerabilities"), vulnerability),
  };
}

function trivyPackage(item: Field): TrivyPackage {
  const origin = optional(field(item, "Repository"), (repository) => field(repository, "Class").value);
  return {
    name: stringIn(field(item, "Name")),
    id: optional(field(item, "ID"), stringIn) ?? "",
    file: optional(field(item, "FilePath"), stringIn),
    architecture: optional(field(item, "Arch"), stringIn),
    analyzedBy: optional(field(item, "AnalyzedBy"), stringIn),
    isThirdParty: origin === "third-party",
  };
}

function vulnerability(item: Field): TrivyVulnerability {
  const fixed = optional(field(item, "FixedVersion"), stringIn);
  const severity = field(item, "Severity");
  if (!isSeverity(severity.value)) throw unexpected(severity, severities.join(", "));
  return {
    id: stringIn(field(item, "VulnerabilityID")),
    package: stringIn(field(item, "PkgName")),
    installed: optional(field(item, "InstalledVersion"), stringIn) ?? "",
    fixed: fixed === "" ? undefined : fixed,
    severity: severity.value,
    title: optional(field(item, "Title"), stringIn) ?? optional(field(item, "Description"), stringIn) ?? "",
    layer: optional(field(item, "Layer"), (layer) => optional(field(layer, "DiffID"), stringIn)),
  };
}

function isSeverity(value: unknown): value is Severity {
  return (severities as readonly unknown[]).includes(value);
}

/** A value of the report with its path, for messages. */
interface Field {
  readonly name: string;
  readonly value: unknown;
}

function field(parent: Field, key: string): Field {
  const { value } = parent;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw unexpected(parent, "an object");
  return { name: `${parent.name}: ${key}`, value: (value as Readonly<Record<string, unknown>>)[key] };
}

function stringIn(item: Field): string {
  if (typeof item.value === "string") return item.value;
  throw unexpected(item, "a string");
}

/** Trivy, like all of Go, leaves out an empty list or writes it as null. */
function list<T>(item: Field, read: (element: Field) => T): readonly T[] {
  if (item.value === undefined || item.value === null) return [];
  if (!Array.isArray(item.value)) throw unexpected(item, "a list");
  return item.value.map((value: unknown, at) => read({ name: `${item.name}[${at}]`, value }));
}

function optional<T>(item: Field, read: (present: Field) => T): T | undefined {
  return item.value === undefined || item.value === null ? undefined : read(item);
}

function unexpected(item: Field, expected: string): FactoryError {
  const seen = item.value === undefined ? "nothing" : JSON.stringify(item.value).slice(0, 80);
  return new FactoryError("scan-incomplete", `${item.name}: expected ${expected}, got ${seen}`, {
    hint: "This Trivy writes reports that the factory does not know: npm run doctor shows which one it is.",
  });
}
