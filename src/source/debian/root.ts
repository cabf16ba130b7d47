import { chmod, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FactoryError } from "../../errors.ts";
import { imageTimeSeconds } from "../../image-time.ts";
import { architectureOf } from "../../platform.ts";
import type { Digest } from "../../registry/digest.ts";
import { composeAptRoot } from "./apt-root-recipe.ts";
import { certificateBundle } from "./certificates.ts";
import { fetchDebs } from "./deb-cache.ts";
import { readDebs } from "./deb-contents.ts";
import type { DebianDoor } from "./door.ts";
import type { DebianPackages } from "./packages.ts";
import { composeRoot } from "./root-recipe.ts";
import { readTar } from "./tar-read.ts";
import { writeTar } from "./tar-write.ts";
import { configureDebs, unpackDebs } from "./unpack.ts";

/** A root filesystem as one tar archive. */
export interface DebianRoot {
  readonly tarFile: string;
  /** Digest of the archive: the diff id of the layer that it becomes. */
  readonly digest: Digest;
}

/**
 * Makes the root that resolved packages stand for. Its bytes follow from their list alone: not from the machine, the
 * user, the umask or the time.
 * @throws FactoryError "source-unavailable" when the archive no longer has the packages, "machine-lacks".
 */
export async function buildDebianRoot(
  resolved: DebianPackages,
  door: DebianDoor,
  outFile: string,
): Promise<DebianRoot> {
  const architecture = architectureOf(resolved.platform);
  const debs = await fetchDebs(resolved, door);
  const scratch = await mkdtemp(join(tmpdir(), "debian-root-"));
  try {
    await chmod(scratch, 0o755);
    const contents = await readDebs(debs, join(scratch, "control"), door);
    const unpacking = { debs, contents, architecture, scratch };
    const { sources } = resolved;
    if (sources !== undefined) await door.ensureEmulation(resolved.platform);
    const tar = await (sources === undefined ? unpackDebs : configureDebs)(unpacking, door);
    const unpacked = await open(tar);
    try {
      const { entries, special } = await readTar(unpacked);
      const brought = new Set(contents.flatMap(({ paths }) => paths));
      const device = special.find((path) => brought.has(path));
      if (device !== undefined) {
        throw new FactoryError(
          "source-invalid",
          `a package for ${resolved.platform} brings the device or pipe /${device}`,
          { hint: "A layer of the factory has none: take that package out of source.debian.packages." },
        );
      }
      const root =
        sources === undefined
          ? composeRoot({
              architecture,
              unpacked: entries,
              debs: contents,
              certificates: await certificateBundle(entries, unpacked),
            })
          : composeAptRoot(entries, sources);
      const digest = await writeTar(outFile, root, unpacked, imageTimeSeconds);
      return { tarFile: outFile, digest };
    } finally {
      await unpacked.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}
