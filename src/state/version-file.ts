import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import { withLock } from "./lock.ts";
import { readState } from "./state-file.ts";
import type { StateRepository } from "./state-repository.ts";
import { isVersion, owedTo } from "./version.ts";

type Versioned = Pick<Enrolment, "name" | "versionFile">;

/**
 * The version in an image's version file; undefined for an image that has none.
 * @throws FactoryError "source-invalid" when the file is missing or holds no version.
 */
export async function readVersion(image: Versioned): Promise<string | undefined> {
  return image.versionFile === undefined ? undefined : (await readText(image, image.versionFile)).trim();
}

async function readText({ name }: Versioned, file: string): Promise<string> {
  const refuse = (what: string, cause?: unknown) =>
    new FactoryError("source-invalid", `${name}: its version file ${file} ${what}`, {
      hint: "Write the next version into it, such as 0.1.0, and nothing else.",
      cause,
    });
  let text: string;
  try {
    // A link would be written as a file of its own, and be committed as what it is now.
    if (!(await lstat(file)).isFile()) throw refuse("is no regular file");
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof FactoryError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw refuse(missing ? "is not there" : `cannot be read: ${(error as Error).message}`, error);
  }
  if (isVersion(text.trim())) return text;
  throw refuse(`holds no version: expected one such as 1.4.0, got ${JSON.stringify(text.slice(0, 80))}`);
}

export interface VersionFileDoor {
  readonly stateDir: string;
  readonly workDir: string;
  readonly repository: StateRepository;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Gives a version file the increment that the image's last recorded publication owes it, and commits it. Done once
 * however often it is called: whatever the file holds besides the published version is somebody else's and stays.
 * @throws FactoryError "source-invalid" as `readVersion`, "tool-failed" when it could not be committed: the next call does it.
 */
export async function settleVersion(image: Versioned, door: VersionFileDoor): Promise<void> {
  const { name, versionFile: file } = image;
  if (file === undefined) return;
  const lock = join(door.workDir, "locks", "state-repository.lock");
  await withLock(lock, door.signal === undefined ? {} : { signal: door.signal }, async () => {
    const published = (await readState(door.stateDir, name))?.publications[0]?.version;
    if (published?.next === undefined) return;
    const text = await readText(image, file);
    const owed = owedTo(text.trim(), published);
    if (owed !== undefined) {
      await writeFileAtomic(
        file,
        text.replace(text.trim(), () => owed),
      );
      door.log({ kind: "note", image: name, text: `its next version is ${owed}` });
    } else if (text.trim() !== published.next) return;
    const committed = await commit(image, file, published.next, door);
    if (committed === "outside" && owed !== undefined) {
      const where = `${file} is in no git work tree or ignored there`;
      door.log({ kind: "note", image: name, text: `${where}: written, not committed` });
    }
  });
}

async function commit({ name }: Versioned, file: string, next: string, { repository }: VersionFileDoor) {
  try {
    return await repository.commit(file, `${name}: next version ${next}`);
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== "tool-failed") throw error;
    const text = `${name}: it is published, but its next version ${next} in ${file} is not committed: ${error.message}`;
    throw new FactoryError("tool-failed", text, {
      hint: "Once git can commit there, the same command does it.",
      cause: error,
    });
  }
}
