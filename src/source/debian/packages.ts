import type { Platform } from "../../platform.ts";
import { type Digest, digestOf } from "../../registry/digest.ts";
import { aptRootRecipe } from "./apt-root-recipe.ts";
import { rootRecipe } from "./root-recipe.ts";

/** One binary package as the archive has it at the moment of resolving. */
export interface DebianPackage {
  readonly name: string;
  /** Debian's version, with epoch and revision. */
  readonly version: string;
  /** `amd64`, `arm64` or `all`. */
  readonly architecture: string;
  /** Where it is to be had; not part of its identity. */
  readonly uri: string;
  /** 64 hex digits. */
  readonly sha256: string;
  readonly size: number;
}

/** Everything that a root of one platform is made of; survives JSON.stringify. */
export interface DebianPackages {
  readonly suite: string;
  readonly platform: Platform;
  /** Sorted by name. */
  readonly packages: readonly DebianPackage[];
  /** For a root with apt: where apt inside it gets packages from, as deb822 stanzas. */
  readonly sources?: string;
  /** Identity of the root that they make: same id, same bytes. */
  readonly id: Digest;
}

/**
 * The identity is that of the packages and of the recipe by which they become a root; suite and mirror have no part but
 * where they are written into it.
 */
export function debianPackages(
  suite: string,
  platform: Platform,
  packages: readonly DebianPackage[],
  sources?: string,
): DebianPackages {
  const sorted = packages.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const lines = sorted.map(({ name, version, architecture, sha256 }) =>
    [name, version, architecture, sha256].join(" "),
  );
  return {
    suite,
    platform,
    packages: sorted,
    ...(sources === undefined ? {} : { sources }),
    id: digestOf(
      sources === undefined
        ? [`debian root, recipe ${rootRecipe}`, ...lines, ""].join("\n")
        : [`debian root with apt, recipe ${aptRootRecipe}`, ...lines, "", sources].join("\n"),
    ),
  };
}

/**
 * Reads what `apt-get install --print-uris` prints with SHA256 asked for: `'<uri>' <file> <size> SHA256:<hash>`, where
 * the file is `<name>_<version>_<architecture>.deb` and a colon of the version is written %3a. Other lines are talk.
 */
export function parsePrintedUris(text: string): readonly DebianPackage[] {
  return text.split("\n").flatMap((line) => {
    const [, uri, file = "", size, sha256] =
      /^'([^']+)' (\S+)\.deb (\d+) SHA256:([0-9a-f]{64})$/.exec(line) ?? [];
    const [name, version, architecture] = file.split("_");
    if (uri === undefined || sha256 === undefined) return [];
    if (name === undefined || version === undefined || architecture === undefined) return [];
    return [
      {
        name,
        version: version.replaceAll(/%3a/gi, ":"),
        architecture,
        uri,
        sha256,
        size: Number(size),
      },
    ];
  });
}
