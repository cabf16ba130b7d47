/** The platforms that the factory builds, in the spelling of OCI image indexes. */
export const platforms = ["linux/amd64", "linux/arm64"] as const;

export type Platform = (typeof platforms)[number];

export function isPlatform(text: string): text is Platform {
  return (platforms as readonly string[]).includes(text);
}

/** `amd64` or `arm64`: the `architecture` of an OCI config, and Debian's name for it. */
export function architectureOf(platform: Platform): "amd64" | "arm64" {
  return platform === "linux/amd64" ? "amd64" : "arm64";
}

/** The platform of the machine that this process runs on. */
export function hostPlatform(arch: string = process.arch): Platform {
  return arch === "arm64" ? "linux/arm64" : "linux/amd64";
}
