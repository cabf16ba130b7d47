import { isDigest } from "../registry/digest.ts";
import type { BaseHold } from "./base-record.ts";

/** The fields of a YAML mapping. */
export type Fields = Readonly<Record<string, unknown>>;

/** The first thing that can be nothing that was written here or by the older tool. */
export function firstDefect(fields: Fields): string | undefined {
  for (const name of ["firstDiscovered", "lastChecked", "lastUpdated"]) {
    if (!isTime(fields[name])) return `${name}: expected a time`;
  }
  const { rebuildEligibleAt, metadata, updateHistory } = fields;
  if (rebuildEligibleAt != null && !(isRecord(rebuildEligibleAt) && isTime(rebuildEligibleAt["default"]))) {
    return "rebuildEligibleAt.default: expected a time";
  }
  if (metadata != null && !isRecord(metadata)) return "metadata: expected a map";
  if (updateHistory != null && !Array.isArray(updateHistory)) return "updateHistory: expected a list";
  return factoryDefect(fields["factory"] ?? {});
}

/** The same of what is ours. */
function factoryDefect(factory: unknown): string | undefined {
  if (!isRecord(factory)) return "factory: expected a map";
  const { digests = [], scans = [], vanishedSince, hold } = factory;
  if (hold !== undefined && !isBaseHold(hold)) return "factory.hold: expected why, a time and a digest";
  if (!Array.isArray(digests) || !digests.every(isSeenDigest)) return "factory.digests: expected digests";
  if (!Array.isArray(scans) || !scans.every(isScan)) return "factory.scans: expected verdicts";
  return isTime(vanishedSince) ? undefined : "factory.vanishedSince: expected a time";
}

function isSeenDigest(value: unknown): boolean {
  return (
    isRecord(value) &&
    isDigestText(value["digest"]) &&
    value["firstSeen"] != null &&
    isTime(value["firstSeen"]) &&
    isRecord(value["platforms"]) &&
    Object.values(value["platforms"]).every(isDigestText)
  );
}

function isScan(value: unknown): boolean {
  return isRecord(value) && isDigestText(value["digest"]) && Array.isArray(value["findings"]);
}

export function isBaseHold(value: unknown): value is BaseHold {
  return (
    isRecord(value) &&
    typeof value["why"] === "string" &&
    isDigestText(value["digest"]) &&
    [value["at"], value["until"]].every(isTime)
  );
}

function isTime(value: unknown): boolean {
  return value == null || !Number.isNaN(Date.parse(String(value)));
}

function isDigestText(value: unknown): boolean {
  return typeof value === "string" && isDigest(value);
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
