import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Writes files below a folder; what stood in the top-level folders that they are in is removed first. */
export async function writeFiles(
  out: string,
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<void> {
  const tops = new Set(files.flatMap(({ path }) => (path.includes("/") ? path.split("/", 1) : [])));
  for (const top of tops) await rm(join(out, top), { recursive: true, force: true });
  for (const { path, text } of files) {
    const file = join(out, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
