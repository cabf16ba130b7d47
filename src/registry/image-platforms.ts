import { architectureOf, type Platform } from "../platform.ts";
import type { DescribedPlatform, Descriptor, ImageIndex } from "./manifest.ts";

/** `linux/arm64/v8`: a described platform in the spelling that people type. */
export function formatPlatform({ os, architecture, variant }: DescribedPlatform): string {
  return [os, architecture, variant].filter((part) => part !== undefined && part !== "").join("/");
}

/** What an index has, for messages: each platform once, in its order, without attestations. */
export function platformsOf(index: ImageIndex): readonly string[] {
  const described = index.manifests
    .filter((child) => !isAttestation(child))
    .flatMap(({ platform }) => platform ?? []);
  return [...new Set(described.map(formatPlatform))];
}

/** The manifest of that platform in an index, the first where there are several; undefined where there is none. */
export function childFor(index: ImageIndex, platform: Platform): Descriptor | undefined {
  return index.manifests.find(
    (child) => !isAttestation(child) && child.platform !== undefined && runsOn(child.platform, platform),
  );
}

/**
 * Whether an image that describes itself so is one for this platform. A variant has to be the one that every
 * machine of the architecture has: arm64 is v8, amd64 is v1; both may also stand without.
 */
export function runsOn(described: DescribedPlatform, platform: Platform): boolean {
  const architecture = architectureOf(platform);
  const baseline = architecture === "arm64" ? "v8" : "v1";
  const variant = described.variant ?? "";
  return (
    described.os === "linux" &&
    described.architecture === architecture &&
    (variant === "" || variant === baseline)
  );
}

/** BuildKit lists its attestations beside the images, as manifests of the platform `unknown/unknown`. */
export function isAttestation({ platform, annotations }: Descriptor): boolean {
  const unknown = platform?.os === "unknown" && platform.architecture === "unknown";
  return unknown || annotations?.["vnd.docker.reference.type"] === "attestation-manifest";
}
