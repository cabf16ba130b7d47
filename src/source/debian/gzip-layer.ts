import { rename, stat } from "node:fs/promises";
import { type Digest, digestOfFile } from "../../registry/digest.ts";
import { type DebianDoor, plainEnglish, stoppable } from "./door.ts";

/** A compressed layer and what a manifest and a config say of it. */
export interface GzippedLayer {
  readonly file: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Digest of the archive before compression. */
  readonly diffId: Digest;
}

/**
 * Compresses a tar archive in place of it. GNU gzip gives the same bytes on every processor, which zlib builds do not.
 */
export async function gzipLayer(
  tarFile: string,
  outFile: string,
  door: Pick<DebianDoor, "run" | "signal">,
): Promise<GzippedLayer> {
  const diffId = await digestOfFile(tarFile);
  await door.run({
    tool: "gzip",
    args: ["-n", "-6", "-f", "--", tarFile],
    env: { ...plainEnglish, GZIP: "" },
    ...stoppable(door),
  });
  await rename(`${tarFile}.gz`, outFile);
  const [digest, { size }] = await Promise.all([digestOfFile(outFile), stat(outFile)]);
  return { file: outFile, digest, size, diffId };
}
