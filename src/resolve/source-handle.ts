import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import type { BuildPaths } from "../source/source-path.ts";
import type { SourceTree } from "../source/source-tree.ts";
import type { PackageVersions } from "../state/image-state.ts";

/** A source as it is at this moment, before anything of it is copied for a build. */
export interface SourceHandle {
  readonly commit: string | undefined;
  readonly version: string | undefined;
  /** Whether a git source names a tag. */
  readonly onTag?: true;
  /** Text of the Dockerfile; undefined where there is none. */
  readonly dockerfile: string | undefined;
  /** Identity of what is sent for a platform; only a debian source has a different one for each. */
  readonly files: (platform: Platform) => Digest;
  /** Of a debian source, the packages that `files` identifies. */
  readonly packages?: (platform: Platform) => PackageVersions;
  /**
   * The files for a build of that platform, to be disposed of by the caller.
   * @throws FactoryError "source-unavailable" when they are no longer what `files` says.
   */
  readonly checkout: (platform: Platform) => Promise<SourceTree>;
  /**
   * Of a source that a word of the command stands in for: whether it is the commit that images.yaml names all the same.
   * @throws FactoryError when that cannot be looked up.
   */
  readonly asEnrolled?: () => Promise<boolean>;
}

/** Which part of its source an image with a Dockerfile is built from. */
export function pathsOf({ dockerfile, context }: Enrolment): BuildPaths {
  return { dockerfile: dockerfile ?? "Dockerfile", context };
}

/**
 * Holds a checkout to the identity that was planned with.
 * @throws FactoryError "source-unavailable" when the source changed in between; the checkout is disposed of.
 */
export async function unchanged(
  tree: SourceTree,
  planned: Digest,
  { name }: Pick<Enrolment, "name">,
): Promise<SourceTree> {
  if (tree.treeId === planned) return tree;
  await tree.dispose();
  throw new FactoryError("source-unavailable", `${name}: its source changed while the build was planned`, {
    hint: "Run the same command again.",
  });
}
