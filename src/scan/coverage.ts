import { boltKeys } from "./bolt.ts";
import { distribution, type Packaging } from "./distributions.ts";
import type { TrivyLog } from "./trivy-log.ts";
import type { OperatingSystem, TrivyPackage, TrivyReport } from "./trivy-report.ts";

/**
 * Why the packages of an image's system were not judged, as a part of a sentence; undefined when they were. Trivy
 * reports no finding and exits with 0 in each of these cases.
 * @throws FactoryError "database-unavailable" when `databaseFile` cannot be read.
 */
export async function whyUnjudged(
  report: TrivyReport,
  log: TrivyLog,
  databaseFile: string,
): Promise<string | undefined> {
  const { os } = report;
  if (os === undefined || os.family === "none") return "no file in it says which system it is";
  const system = `${os.family} ${os.name}`.trim();
  if (distribution(os.family) === undefined) return `Trivy knows no advisories for ${system}`;
  const packages = systemPackages(report);
  if (log.unreadPackages.length > 0) {
    return `Trivy could not read the version of ${log.unreadPackages.join(", ")}`;
  }
  if (packages.length === 0) return `${system} has no package that Trivy could read`;
  const strange = otherPackaging(os, packages);
  if (strange !== undefined) {
    return `its packages are ${strange}'s, and a file in it makes Trivy judge them as ${system}`;
  }
  const release = releaseOf(os, log);
  return (await hasAdvisories(os.family, release, databaseFile))
    ? undefined
    : `the database has no advisories for ${os.family} ${release}`;
}

/** Whether the advisories were those of another release than the one that the image names: an SBOM names that alone. */
export function isJudgedByOtherRelease({ os }: TrivyReport, log: TrivyLog): boolean {
  if (os === undefined) return false;
  const key = (release: string) => distribution(os.family)?.place(release)?.key;
  return key(releaseOf(os, log)) !== key(os.name);
}

function releaseOf(os: OperatingSystem, log: TrivyLog): string {
  return os.family === "alpine" ? (log.alpineRelease ?? os.name) : os.name;
}

/** Packages of the system that Trivy compares with its database: of third parties it has nothing to say. */
function systemPackages(report: TrivyReport): readonly TrivyPackage[] {
  return report.results
    .filter((result) => result.class === "os-pkgs")
    .flatMap((result) => result.packages)
    .filter((found) => !found.isThirdParty);
}

async function hasAdvisories(family: string, release: string, databaseFile: string): Promise<boolean> {
  const place = distribution(family)?.place(release);
  if (place === undefined) return false;
  return (await boltKeys(databaseFile, place.path))?.includes(place.key) === true;
}

/** The packaging of a package that does not belong to the system by whose advisories all are judged. */
function otherPackaging(os: OperatingSystem, packages: readonly TrivyPackage[]): Packaging | undefined {
  const expected = distribution(os.family)?.packaging;
  return packages.map(packagingOf).find((packaging) => packaging !== undefined && packaging !== expected);
}

/** By the reader that Trivy names; by the architecture where an older Trivy names none: Debian has its own names. */
function packagingOf({ analyzedBy, architecture }: TrivyPackage): Packaging | undefined {
  if (analyzedBy === "dpkg" || analyzedBy === "apk" || analyzedBy === "rpm") return analyzedBy;
  return analyzedBy === undefined && ["amd64", "arm64", "all"].includes(architecture ?? "")
    ? "dpkg"
    : undefined;
}
