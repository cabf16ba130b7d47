import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { FactoryError } from "../errors.ts";
import type { Enrolled } from "./enrolment.ts";
import { enrol, readImagesText } from "./parse-images.ts";
import { firstEntry } from "./problem-lines.ts";
import { readStateEntries } from "./state-entries.ts";

/** More than 60,000 entries of five lines. */
const largestBytes = 8 * 1024 * 1024;

/**
 * The images that a file enrols and watches, and below them those that only a state file of the older tool does.
 * @param stateDir Undefined where the file alone counts.
 * @throws FactoryError "images-invalid" when the file is missing, unreadable, too large, not UTF-8 or wrong in itself,
 *   "state-invalid" when a state file cannot be read.
 */
export async function readImages(file: string, stateDir?: string): Promise<Enrolled> {
  const path = resolve(file);
  const name = basename(path);
  const bytes = await readBounded(path, name);
  if (!isUtf8(bytes)) {
    throw new FactoryError(
      "images-invalid",
      `${name}:${firstLineThatIsNotUtf8(bytes)}: expected UTF-8, got other bytes`,
      {
        hint: `Save ${path} as UTF-8.`,
      },
    );
  }
  return enrolledBy(new TextDecoder().decode(bytes), { name, folder: dirname(path), stateDir });
}

/** What messages call images.yaml, what its paths are relative to, and where the state is. */
export interface ImagesPlace {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly stateDir: string | undefined;
}

/** As `readImages`, of a text that is or may become images.yaml. */
export async function enrolledBy(text: string, { name, folder, stateDir }: ImagesPlace): Promise<Enrolled> {
  const images = readImagesText(text, name);
  const further = stateDir === undefined ? [] : await readStateEntries(stateDir, images.names);
  return enrol(images, folder, further);
}

async function readBounded(path: string, name: string): Promise<Buffer> {
  try {
    const stats = await stat(path);
    if (!stats.isFile())
      throw new FactoryError("images-invalid", `${path}: expected a file, got something else`);
    if (stats.size > largestBytes) {
      throw new FactoryError(
        "images-invalid",
        `${name}: expected at most ${largestBytes} bytes, got ${stats.size}`,
        { hint: "Split what is enrolled over several factories." },
      );
    }
    return await readFile(path);
  } catch (error) {
    throw error instanceof FactoryError ? error : unreadable(path, error as NodeJS.ErrnoException);
  }
}

function unreadable(path: string, cause: NodeJS.ErrnoException): FactoryError {
  if (cause.code === "ENOENT") {
    return new FactoryError("images-invalid", `${path} is not there`, {
      hint: `Make it and enrol a first image:\n${firstEntry}`,
      cause,
    });
  }
  return new FactoryError("images-invalid", `${path} cannot be read: ${cause.message}`, { cause });
}

/** No byte of a UTF-8 sequence is a line feed, so each line can be judged by itself. */
function firstLineThatIsNotUtf8(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (!isUtf8(bytes.subarray(start, end < 0 ? bytes.length : end)) || end < 0) return line;
    line += 1;
    start = end + 1;
  }
}
