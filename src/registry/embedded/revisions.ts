import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { whenAbsent } from "../../when-absent.ts";
import { type Digest, isDigest } from "../digest.ts";
import { embeddedRegistryFiles } from "./folders.ts";

/**
 * Every manifest that the embedded registry has of a repository and that was stored before a time, tagged or not: no
 * request of the protocol tells of those that are not. `before` is in milliseconds since 1970.
 */
export async function storedRevisions(
  workDir: string,
  path: string,
  before: number,
): Promise<readonly Digest[]> {
  const { data } = embeddedRegistryFiles(workDir);
  const repositories = join(data, "docker", "registry", "v2", "repositories");
  const dir = join(repositories, path, "_manifests", "revisions", "sha256");
  const names = await readdir(dir).catch(whenAbsent([]));
  const found = await Promise.all(
    names.map(async (name): Promise<readonly Digest[]> => {
      const digest = `sha256:${name}`;
      // The link is what a delete takes away.
      const link = await stat(join(dir, name, "link")).catch(whenAbsent(undefined));
      return link !== undefined && link.mtimeMs <= before && isDigest(digest) ? [digest] : [];
    }),
  );
  return found.flat();
}
