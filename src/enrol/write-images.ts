import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { Enrolled } from "../enrolment/enrolment.ts";
import { enrolledBy, readImages } from "../enrolment/read-images.ts";
import { FactoryError } from "../errors.ts";
import { whenAbsent } from "../when-absent.ts";

/** The text of images.yaml; "" where there is no such file yet. */
export function readImagesText(file: string): Promise<string> {
  const unreadable = (cause: Error) =>
    new FactoryError("images-invalid", `${file} cannot be read: ${cause.message}`, { cause });
  return readFile(file, "utf8").catch(whenAbsent("", unreadable));
}

/** As `readImages`; a file that is missing, or has comments alone, enrols nothing yet. */
export async function readImagesIfAny(file: string, stateDir: string): Promise<Enrolled> {
  const isEmpty = /^(?:\s*(?:#.*)?(?:\n|$))*$/.test(await readImagesText(file));
  if (!isEmpty) return readImages(file, stateDir);
  return enrolledBy("[]", { name: basename(file), folder: dirname(file), stateDir });
}

/**
 * Puts `after` in the place of `before`, whole or not at all.
 * @throws FactoryError "locked" when the file is no longer what it was.
 */
export async function writeImagesText(file: string, before: string, after: string): Promise<void> {
  if ((await readImagesText(file)) !== before) {
    throw new FactoryError("locked", `${file} was changed while the repository was looked at`, {
      hint: "Run the same command again.",
    });
  }
  await writeFileAtomic(file, after);
}
