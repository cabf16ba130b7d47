import { FactoryError } from "../errors.ts";
import { architectureOf, type Platform } from "../platform.ts";
import { canonicalJson } from "../registry/canonical-json.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import type { TrivyReport } from "./trivy-report.ts";

/** @see https://github.com/CycloneDX/guides */
export const cycloneDxType = "application/vnd.cyclonedx+json";

/** The platform of an image that an SBOM is of, by names that no machine changes. */
export interface SbomSubject {
  /** `factory.localhost/web`. */
  readonly repository: string;
  readonly digest: Digest;
  readonly platform: Platform;
}

interface Property {
  readonly name: string;
  readonly value: string;
}

interface Component {
  readonly "bom-ref": string;
  readonly type: string;
  readonly name: string;
  readonly purl?: string;
  readonly properties?: readonly Property[];
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[];
}

/** As much of a CycloneDX document as is looked at here; the rest of it stays. */
interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: Component };
  readonly components?: readonly Component[];
  readonly dependencies?: readonly Dependency[];
}

const trivyName = (name: string) => `aquasecurity:trivy:${name}`;
const thirdParty: Property = { name: "localhost.factory:third-party", value: "true" };

/**
 * The SBOM of one platform from what Trivy made of its scan: packages alone, without findings, times, random names and
 * the address of a registry, everything in one order. So a scan that is repeated gives the same bytes.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function sbomBytes(cyclonedx: string, report: TrivyReport, subject: SbomSubject): Uint8Array {
  const {
    serialNumber: _serial,
    vulnerabilities: _findings,
    ...bom
  } = JSON.parse(cyclonedx) as Bom & { readonly serialNumber?: string; readonly vulnerabilities?: unknown };
  const { timestamp: _time, ...metadata } = bom.metadata as Bom["metadata"] & { readonly timestamp?: string };
  const strangers = thirdParties(report);
  const root = rootComponent(metadata.component, subject);
  const components = (bom.components ?? []).map((component) => withOwnFacts(component, strangers));
  const names = steadyNames(components);
  names.set(metadata.component["bom-ref"], root["bom-ref"]);
  const rename = (ref: string) => names.get(ref) ?? ref;
  return canonicalJson({
    ...bom,
    metadata: { ...metadata, component: root },
    components: components
      .map((component) => ({ ...component, "bom-ref": rename(component["bom-ref"]) }))
      .sort(by((component) => component["bom-ref"])),
    dependencies: (bom.dependencies ?? [])
      .map(({ ref, dependsOn = [] }) => ({ ref: rename(ref), dependsOn: dependsOn.map(rename).sort() }))
      .sort(by(({ ref }) => ref)),
  });
}

/** A package of an SBOM with what `trivy sbom` does not say of it. */
export interface SbomPackage {
  /** Of one kind, id and file there is one package in an image, as far as a scan can tell. */
  readonly key: string;
  readonly diffId: string | undefined;
  readonly layerDigest: string | undefined;
  readonly isThirdParty: boolean;
}

/** An SBOM that the factory wrote, read for a comparison with today's advisories. */
export interface Sbom {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly platform: string;
  readonly imageId: string | undefined;
  readonly diffIds: readonly string[];
  /** Those that `trivy sbom` reads. */
  readonly packages: ReadonlyMap<string, SbomPackage>;
  /** Keys of those that it does not, because nothing but their name is known. */
  readonly nameless: ReadonlySet<string>;
}

/** The key of a package by the kind and file of the place that Trivy found it in. */
export function packageKey(type: string, id: string, file: string | undefined): string {
  return [type, id, file ?? ""].join(" ");
}

/** @throws FactoryError "scan-incomplete" for what `sbomBytes` did not write. */
export function parseSbom(bytes: Uint8Array): Sbom {
  try {
    const bom = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Bom;
    const { component } = bom.metadata;
    const [, digest = ""] = /@(sha256:[0-9a-f]{64})$/.exec(component.name) ?? [];
    const listed = (bom.components ?? []).filter(
      (found) => property(found, trivyName("PkgID")) !== undefined,
    );
    const packages = listed
      .filter(({ purl }) => purl !== undefined)
      .map(
        (found): SbomPackage => ({
          key: keyOf(found),
          diffId: property(found, trivyName("LayerDiffID")),
          layerDigest: property(found, trivyName("LayerDigest")),
          isThirdParty: property(found, thirdParty.name) === thirdParty.value,
        }),
      );
    return {
      bytes,
      digest,
      platform: property(component, platformName) ?? "",
      imageId: property(component, trivyName("ImageID")),
      // An older Trivy has them in one property, with commas.
      diffIds: properties(component, trivyName("DiffID")).flatMap((value) => value.split(",")),
      packages: new Map(packages.map((found) => [found.key, found])),
      nameless: new Set(listed.filter(({ purl }) => purl === undefined).map(keyOf)),
    };
  } catch (cause) {
    throw new FactoryError("scan-incomplete", `a kept SBOM is not whole: ${String(cause)}`, { cause });
  }
}

const platformName = "localhost.factory:platform";
/** What Trivy says of the image that depends on where it was pulled from. */
const addressed = ["RepoDigest", "RepoTag", "Reference"].map(trivyName);

function rootComponent(component: Component, { repository, digest, platform }: SbomSubject): Component {
  const name = repository.split("/").at(-1) ?? repository;
  const purl = `pkg:oci/${name}@${encodeURIComponent(digest)}?arch=${architectureOf(platform)}&repository_url=${encodeURIComponent(repository)}`;
  const kept = (component.properties ?? []).filter((found) => !addressed.includes(found.name));
  return {
    ...component,
    "bom-ref": purl,
    purl,
    name: `${repository}@${digest}`,
    // Layers stay in their order.
    properties: [...kept, { name: platformName, value: platform }],
  };
}

function thirdParties({ results }: TrivyReport): ReadonlySet<string> {
  return new Set(
    results
      .filter((result) => result.class === "os-pkgs")
      .flatMap(({ type, packages }) =>
        packages.filter((found) => found.isThirdParty).map(({ id, file }) => packageKey(type, id, file)),
      ),
  );
}

function keyOf(component: Component): string {
  const of = (name: string) => property(component, trivyName(name));
  return packageKey(of("PkgType") ?? "", of("PkgID") ?? "", of("FilePath"));
}

function withOwnFacts(component: Component, strangers: ReadonlySet<string>): Component {
  const isStranger = strangers.has(keyOf(component));
  const sorted = (component.properties ?? []).toSorted(by(({ name, value }) => `${name}=${value}`));
  return { ...component, properties: [...sorted, ...(isStranger ? [thirdParty] : [])] };
}

/** A name for each component that Trivy gave a random one: by what it is, and counted where several are the same. */
function steadyNames(components: readonly Component[]): Map<string, string> {
  const names = new Map<string, string>();
  const seen = new Map<string, number>();
  for (const { "bom-ref": ref, ...rest } of components) {
    if (ref.startsWith("pkg:")) continue;
    const what = `${rest.type}:${digestOf(JSON.stringify(rest)).slice(7, 23)}`;
    const count = (seen.get(what) ?? 0) + 1;
    seen.set(what, count);
    names.set(ref, count === 1 ? what : `${what}:${count}`);
  }
  return names;
}

function property(component: Component, name: string): string | undefined {
  return properties(component, name)[0];
}

function properties(component: Component, name: string): readonly string[] {
  return (component.properties ?? []).flatMap((found) => (found.name === name ? [found.value] : []));
}

function by<T>(text: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : Number(text(a) > text(b)));
}
