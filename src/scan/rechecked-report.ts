import { FactoryError } from "../errors.ts";
import { architectureOf } from "../platform.ts";
import { packageKey, type Sbom } from "./sbom.ts";
import type { ScanTarget } from "./scan-report.ts";

/** As much of Trivy's JSON as is changed here. */
interface WrittenReport {
  readonly ArtifactName: string;
  readonly Metadata?: object;
  readonly Results?: readonly WrittenResult[];
}

interface WrittenResult {
  readonly Target: string;
  readonly Type?: string;
  readonly Packages?: readonly WrittenPackage[];
  readonly Vulnerabilities?: readonly WrittenFinding[];
}

/** An older Trivy leaves the layer of what it read in an SBOM empty. */
interface WrittenPackage {
  readonly ID?: string;
  readonly FilePath?: string;
  readonly Layer?: object;
}

interface WrittenFinding {
  readonly PkgID?: string;
  readonly PkgPath?: string;
  readonly Layer?: object;
}

/**
 * What `trivy sbom` wrote as the report that a scan of the image would be: about its manifest, with the layer of each
 * package, and without findings on packages of third parties, of which advisories do not speak.
 * @throws FactoryError "scan-incomplete" when it is another image's SBOM, or a package of it was passed over.
 */
export function recheckedReport(text: string, sbom: Sbom, target: ScanTarget): string {
  if (sbom.digest !== target.digest || sbom.platform !== target.platform) {
    throw incomplete(target, `it is of ${sbom.digest} for ${sbom.platform}`);
  }
  const report = JSON.parse(text) as WrittenReport;
  const seen = new Set<string>();
  const results = (report.Results ?? []).map((result) => {
    const packageOf = (id = "", file?: string) => sbom.packages.get(packageKey(result.Type ?? "", id, file));
    const packages = (result.Packages ?? []).map((found) => {
      const known = packageOf(found.ID, found.FilePath);
      if (known !== undefined) seen.add(known.key);
      const repository = known?.isThirdParty === true ? { Repository: { Class: "third-party" } } : {};
      return { ...found, ...repository, Layer: { ...layerOf(known), ...found.Layer } };
    });
    const vulnerabilities = (result.Vulnerabilities ?? []).flatMap((found) => {
      const known = packageOf(found.PkgID, found.PkgPath);
      return known?.isThirdParty === true ? [] : [{ ...found, Layer: { ...layerOf(known), ...found.Layer } }];
    });
    return {
      ...result,
      Target: inImage(result.Target, report.ArtifactName, target.reference),
      Packages: packages,
      Vulnerabilities: vulnerabilities,
    };
  });
  const missing = [...sbom.packages.keys()].filter((key) => !seen.has(key));
  if (missing.length > 0) throw incomplete(target, `Trivy passed over ${missing.length} packages of it`);
  return JSON.stringify({
    ...report,
    ArtifactName: target.reference,
    ArtifactType: "container_image",
    Metadata: {
      ...report.Metadata,
      ImageID: sbom.imageId,
      DiffIDs: sbom.diffIds,
      RepoDigests: [target.reference],
      ImageConfig: {
        architecture: architectureOf(target.platform),
        os: "linux",
        rootfs: { type: "layers", diff_ids: sbom.diffIds },
        config: {},
      },
    },
    Results: results,
  });
}

function layerOf(
  known: { readonly diffId: string | undefined; readonly layerDigest: string | undefined } | undefined,
) {
  return { Digest: known?.layerDigest, DiffID: known?.diffId };
}

/** The system's packages are named after what was scanned: `host/web@sha256:… (debian 12.5)`. */
function inImage(name: string, scanned: string, reference: string): string {
  return name.startsWith(scanned) ? `${reference}${name.slice(scanned.length)}` : name;
}

function incomplete({ image, platform }: ScanTarget, why: string): FactoryError {
  return new FactoryError("scan-incomplete", `${image} ${platform}: its kept SBOM cannot be used: ${why}`);
}
