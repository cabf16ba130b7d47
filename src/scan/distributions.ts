/** What reads the packages of a system: Trivy judges each by the rules of the system, whatever reader found it. */
export type Packaging = "dpkg" | "apk" | "rpm";

/** Where Trivy's database keeps the advisories of one release. */
export interface AdvisoryPlace {
  /** Buckets, from the top. */
  readonly path: readonly string[];
  /** The key in that bucket which has to be there. */
  readonly key: string;
}

export interface Distribution {
  readonly packaging: Packaging;
  /** Undefined for a release for which Trivy asks its database nothing. */
  readonly place: (release: string) => AdvisoryPlace | undefined;
}

/**
 * The system of a family as Trivy's reports name it; undefined for one that Trivy reads but does not judge (Fedora,
 * CentOS Stream), for which it reports no finding whatever is installed.
 * @see https://github.com/aquasecurity/trivy/tree/v0.74.0/pkg/detector/ospkg
 */
export function distribution(family: string): Distribution | undefined {
  return Object.hasOwn(distributions, family) ? distributions[family] : undefined;
}

function major(release: string): string {
  return release.split(".", 1).join();
}

function minor(release: string): string {
  return release.split(".", 2).join(".");
}

const top = (key: string): AdvisoryPlace => ({ path: [], key });

function named(
  packaging: Packaging,
  prefix: string,
  part: (release: string) => string = (release) => release,
): Distribution {
  return { packaging, place: (release) => top(`${prefix} ${part(release)}`) };
}

/** A system without releases. */
function rolling(packaging: Packaging, bucket: string): Distribution {
  return { packaging, place: () => top(bucket) };
}

/** Repositories that Trivy takes for granted in an image that does not list its own. */
const redHatRepositories: Readonly<Record<string, string>> = {
  "6": "rhel-6-server-rpms",
  "7": "rhel-7-server-rpms",
  "8": "rhel-8-for-x86_64-baseos-rpms",
  "9": "rhel-9-for-x86_64-baseos-rpms",
};

const redHat: Distribution = {
  packaging: "rpm",
  place: (release) => {
    const key = redHatRepositories[major(release)];
    return key === undefined ? undefined : { path: ["Red Hat CPE", "repository"], key };
  },
};

/** Amazon Linux 1 has the month as its release: `2018.03`. */
function amazonRelease(name: string): string {
  const release = major(name.split(" ", 1).join());
  return ["2", "2022", "2023"].includes(release) ? release : "1";
}

const leap = named("rpm", "openSUSE Leap");
const tumbleweed = rolling("rpm", "openSUSE Tumbleweed");

const distributions: Readonly<Record<string, Distribution>> = {
  alma: named("rpm", "alma", major),
  alpine: named("apk", "alpine", minor),
  amazon: named("rpm", "amazon linux", amazonRelease),
  azurelinux: named("rpm", "Azure Linux", minor),
  "cbl-mariner": named("rpm", "CBL-Mariner", minor),
  centos: redHat,
  chainguard: rolling("apk", "chainguard"),
  debian: named("dpkg", "debian", major),
  echo: rolling("dpkg", "echo"),
  minimos: rolling("apk", "minimos"),
  "opensuse-leap": leap,
  "opensuse.leap": leap,
  "opensuse-tumbleweed": tumbleweed,
  "opensuse.tumbleweed": tumbleweed,
  oracle: named("rpm", "Oracle Linux", major),
  photon: named("rpm", "Photon OS"),
  redhat: redHat,
  rocky: named("rpm", "rocky", major),
  slem: named("rpm", "SUSE Linux Enterprise Micro"),
  sles: named("rpm", "SUSE Linux Enterprise"),
  ubuntu: named("dpkg", "ubuntu"),
  wolfi: rolling("apk", "wolfi"),
};
