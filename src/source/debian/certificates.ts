import type { FileHandle } from "node:fs/promises";
import type { TarEntry } from "./tar-entry.ts";
import { readContent } from "./tar-read.ts";

/**
 * The certificates of the package ca-certificates in one file, in the order of their names, as its script would write
 * it to /etc/ssl/certs; undefined where there are none.
 */
export async function certificateBundle(
  entries: readonly TarEntry[],
  archive: FileHandle,
): Promise<Uint8Array | undefined> {
  const found = entries
    .filter((entry) => entry.kind === "file")
    .filter(({ path }) => /^usr\/share\/ca-certificates\/.*\.crt$/.test(path))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  if (found.length === 0) return undefined;
  const parts: Uint8Array[] = [];
  for (const { content } of found) {
    const certificate = await readContent(content, archive);
    parts.push(certificate);
    if (certificate.at(-1) !== 0x0a) parts.push(Buffer.from("\n"));
  }
  return Buffer.concat(parts);
}
