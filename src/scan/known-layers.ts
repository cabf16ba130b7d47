import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { keepJson, recallJson } from "../kept.ts";
import { checkMarks, type FileMarks, markFiles } from "./file-marks.ts";

/** Where a cache folder of Trivy's has what it knows of layers. */
const folder = "fanal";
const data = "fanal.db";

/**
 * Runs `work` on what Trivy knows of layers, if that is as the run before left it: else it is forgotten, and the layers are
 * read again. A package that a flipped bit takes away would be a pass. Damage is told to `damaged`; what a run that was
 * killed has left is none. The cache has to be held.
 * @param marksFile Where it is noted how the run before left it.
 */
export async function withKnownLayers<T>(
  { cacheDir, marksFile }: { readonly cacheDir: string; readonly marksFile: string },
  damaged: (file: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const layers = join(cacheDir, folder);
  if (existsSync(layers)) {
    const marks = recallJson(marksFile) as FileMarks | undefined;
    const problem = await problemOf(layers, marks);
    if (problem !== undefined) {
      if (existsSync(marksFile)) damaged(problem);
      await forgetLayers(cacheDir);
    }
  }
  // Whoever is killed leaves none.
  await rm(marksFile, { force: true });
  const result = await work();
  if (existsSync(join(layers, data))) await keepJson(marksFile, await markFiles(layers, [data]));
  return result;
}

async function problemOf(layers: string, marks: FileMarks | undefined): Promise<string | undefined> {
  if (marks === undefined) return join(layers, data);
  const checked = await checkMarks(layers, marks);
  return "damaged" in checked ? checked.damaged : undefined;
}

/** Forgets what Trivy knows of layers; the next scan reads them again. */
export async function forgetLayers(cacheDir: string): Promise<void> {
  await rm(join(cacheDir, folder), { recursive: true, force: true });
}
