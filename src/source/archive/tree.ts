import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ArchiveSource } from "../../enrolment/enrolment.ts";
import { FactoryError } from "../../errors.ts";
import { digestOfFile } from "../../registry/digest.ts";
import { sealFolder } from "../folder.ts";
import { inPrivateFolder } from "../private-folder.ts";
import type { BuildPaths } from "../source-path.ts";
import type { SourceTree } from "../source-tree.ts";
import { type ArchiveDoor, assertKept, type KeptArchive } from "./kept-archives.ts";
import { unpackArchive } from "./unpack.ts";

/**
 * Unpacks an archive and leaves of it what a build is sent, by the same rules as for a folder.
 * @throws FactoryError as `assertKept`, `unpackArchive` and `sealFolder`.
 */
export async function archiveTree(
  archive: KeptArchive,
  source: ArchiveSource,
  paths: BuildPaths,
  door: ArchiveDoor,
): Promise<SourceTree> {
  const kept = await assertKept(archive, source, door);
  const { signal, workDir } = door;
  return inPrivateFolder(workDir, async ({ path, dispose }) => {
    const root = join(path, "files");
    mkdirSync(root);
    await unpackArchive(kept, root, { signal }).catch((error: unknown) => {
      throw source.place.kind === "file" ? lasting(error) : error;
    });
    // A file of somebody else may have changed meanwhile; ours is nobody else's.
    if (source.place.kind === "file" && (await digestOfFile(kept.file)) !== kept.digest)
      await assertKept(kept, source, door);
    const sealed = await sealFolder({ root, name: kept.name, directory: source.directory }, paths, {
      workDir,
      ...(signal === undefined ? {} : { signal }),
    });
    return { ...sealed, dispose };
  });
}

/** What is damaged on this machine's disk is so the next time too. */
function lasting(error: unknown): unknown {
  if (!(error instanceof FactoryError) || error.code !== "source-unavailable") return error;
  return new FactoryError("source-invalid", error.message, { hint: "Pack it anew.", cause: error });
}
