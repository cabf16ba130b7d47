import { isPlatform } from "../platform.ts";
import { isDigest } from "../registry/digest.ts";
import { isHold } from "./holds.ts";
import { checksumName } from "./state-checksum.ts";

/** What can stand under `factory:` of an image that was never published. */
const beforePublication: ReadonlySet<string> = new Set([
  "publishing",
  "hold",
  "failures",
  "promotions",
  checksumName,
]);

/** The first thing in `factory:` that is not as the factory writes it, as `.path: expected …`; undefined when all is. */
export function firstDefect(value: unknown): string | undefined {
  if (!isRecord(value)) return ": expected a map";
  const begun = value["publishing"];
  if (begun !== undefined) {
    if (!Array.isArray(begun)) return ".publishing: expected a list";
    const wrong = firstOf(begun, digestDefect, ".publishing");
    if (wrong !== undefined) return wrong;
  }
  const { hold, failures, promotions = [] } = value;
  if (!Array.isArray(promotions)) return ".promotions: expected a list";
  const unpromoted = firstOf(promotions, promotionDefect, ".promotions");
  if (unpromoted !== undefined) return unpromoted;
  if (hold !== undefined && !isHold(hold)) return ".hold: expected why and at";
  if (failures !== undefined && !areFailures(failures)) return ".failures: expected inputs and count";
  const names = Object.keys(value);
  const isPublished = names.length === 0 || names.some((name) => !beforePublication.has(name));
  return isPublished ? publishedDefect(value) : undefined;
}

function publishedDefect(value: Readonly<Record<string, unknown>>): string | undefined {
  if (!isDigestText(value["digest"])) return ".digest: expected a digest";
  if (typeof value["repository"] !== "string") return ".repository: expected a repository";
  const { platforms, tags, publications } = value;
  const adopted = value["adopted"] !== undefined;
  for (const name of ["platforms", "annotations", "tags", adopted ? "adopted" : "scan"]) {
    if (!isRecord(value[name])) return `.${name}: expected a map`;
  }
  if (adopted && !isAdoption(value["adopted"])) return ".adopted: expected where the digest comes from";
  if (!Array.isArray(publications)) return ".publications: expected a list";
  const { fixes = [] } = value;
  if (!Array.isArray(fixes)) return ".fixes: expected a list";
  return (
    firstOf(fixes, fixDefect, ".fixes") ??
    firstOf(platforms, platformDefect, ".platforms") ??
    firstOf(tags, digestDefect, ".tags") ??
    firstOf(publications, digestDefect, ".publications")
  );
}

/** The first defect among the values of a map or list. */
function firstOf(map: unknown, defect: (value: unknown, name: string) => string | undefined, path: string) {
  for (const [name, value] of Object.entries(map as object)) {
    const found = defect(value, name);
    if (found !== undefined) return `${path}.${name}${found}`;
  }
  return undefined;
}

function areFailures(value: unknown): boolean {
  return isRecord(value) && isDigestText(value["inputs"]) && typeof value["count"] === "number";
}

function platformDefect(value: unknown, name: string): string | undefined {
  if (!isPlatform(name)) return ": unknown platform";
  if (!isRecord(value)) return ": expected a map";
  // One that was adopted has layers in place of a key.
  const known = isDigestText(value["key"]) || Array.isArray(value["diffIds"]);
  if (!known) return ".key: expected a digest";
  const { inputs, packages = {} } = value;
  if (!isRecord(packages)) return ".packages: expected a map";
  const whole = isRecord(inputs) && ["bases", "args", "labels"].every((map) => isRecord(inputs[map]));
  return whole ? digestDefect(value) : ".inputs: expected what the platform was made of";
}

function isAdoption(value: unknown): boolean {
  if (!isRecord(value) || typeof value["workflow"] !== "string" || typeof value["firstSeen"] !== "string")
    return false;
  return Array.isArray(value["enrolledPlatforms"]) && Array.isArray(value["otherPlatforms"]);
}

function fixDefect(value: unknown): string | undefined {
  const fields = ["id", "package", "installed", "fixed"];
  const whole = isRecord(value) && fields.every((name) => typeof value[name] === "string");
  return whole ? undefined : `: expected ${fields.join(", ")}`;
}

function promotionDefect(value: unknown): string | undefined {
  if (!isRecord(value) || typeof value["at"] !== "string" || typeof value["repository"] !== "string")
    return ": expected digest, at, repository and tags";
  return isRecord(value["tags"]) ? digestDefect(value) : ".tags: expected a map";
}

function digestDefect(value: unknown): string | undefined {
  return isRecord(value) && isDigestText(value["digest"]) ? undefined : ".digest: expected a digest";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDigestText(value: unknown): boolean {
  return typeof value === "string" && isDigest(value);
}
