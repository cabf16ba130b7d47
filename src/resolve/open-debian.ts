import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Enrolment } from "../enrolment/enrolment.ts";
import type { Platform } from "../platform.ts";
import type { DebianDoor } from "../source/debian/door.ts";
import type { DebianPackages } from "../source/debian/packages.ts";
import { resolveDebian } from "../source/debian/resolve.ts";
import { debianTree } from "../source/debian/tree.ts";
import { parseDockerfilePath, pathEscapes, pathMissing } from "../source/source-path.ts";
import { type SourceHandle, unchanged } from "./source-handle.ts";

export interface DebianSourceDoor extends DebianDoor {
  /** Folder of images.yaml, which the Dockerfile of a debian source is relative to. */
  readonly imagesFolder: string;
}

/**
 * Looks at a debian source: which packages each platform would be made of now, and the Dockerfile where it has one.
 * @throws FactoryError as `resolveDebian`, and "dockerfile-invalid" for a Dockerfile that is not there.
 */
export async function openDebianSource(enrolment: Enrolment, door: DebianSourceDoor): Promise<SourceHandle> {
  const { source, platforms } = enrolment;
  if (source.kind !== "debian") throw new Error(`${enrolment.name} has no debian source`);
  const dockerfile = await debianDockerfile(enrolment, door.imagesFolder);
  // A failure waits for the other platforms: no apt is left at work behind the caller's back.
  const tries = await Promise.allSettled(platforms.map((platform) => resolveDebian(source, platform, door)));
  const resolved = tries.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
  const packagesOf = (platform: Platform): DebianPackages => {
    const found = resolved.find((one) => one.platform === platform);
    if (found === undefined) throw new Error(`${enrolment.name} is not enrolled for ${platform}`);
    return found;
  };
  return {
    commit: undefined,
    version: undefined,
    dockerfile,
    files: (platform) => packagesOf(platform).id,
    packages: (platform) =>
      Object.fromEntries(packagesOf(platform).packages.map(({ name, version }) => [name, version])),
    checkout: async (platform) => {
      const packages = packagesOf(platform);
      return unchanged(await debianTree(packages, dockerfile, door), packages.id, enrolment);
    },
  };
}

/**
 * The Dockerfile of a debian source, which lies below the folder of images.yaml; undefined where it has none.
 * @throws FactoryError "dockerfile-invalid".
 */
export async function debianDockerfile(
  { dockerfile }: Pick<Enrolment, "dockerfile">,
  folder: string,
): Promise<string | undefined> {
  if (dockerfile === undefined) return undefined;
  const path = parseDockerfilePath(dockerfile);
  try {
    const [root, real] = await Promise.all([realpath(folder), realpath(join(folder, path))]);
    if (!real.startsWith(root === "/" ? root : `${root}/`)) throw pathEscapes(path, folder);
    return await readFile(real, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      throw pathMissing("dockerfile", path, folder);
    }
    throw error;
  }
}
