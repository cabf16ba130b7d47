import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** A file of a commit. */
export interface Entry {
  /** `100644`, `100755` or `120000`. */
  readonly mode: string;
  /** The blob's object name. */
  readonly blob: string;
}

/** Every file of a commit by its path. */
export type Tree = ReadonlyMap<string, Entry>;

export function sameEntry(one: Entry | undefined, other: Entry | undefined): boolean {
  return one?.blob === other?.blob && one?.mode === other?.mode;
}

/** The image that a path of the state folder is about: its state, or a receipt that it is owed. */
export function imageOf(path: string): string | undefined {
  return /^(?:images\/([^/]+)\.yaml|receipts\/([^/]+)\/[^/]+\.json)$/.exec(path)?.slice(1).find(Boolean);
}

/** Whether the factory writes the file by itself. */
export function isState(path: string): boolean {
  return imageOf(path) !== undefined || isBaseRecord(path) || /^(?:gc|promotions)\/[^/]+\.json$/.test(path);
}

export function isBaseRecord(path: string): boolean {
  return /^base-images\/[^/]+\.yaml$/.test(path);
}

/** What a work folder keeps there for itself and no repository has a say in. */
export function isPrivate(path: string): boolean {
  return /^\.(?:git|locks|repository)(?:\/|$)/.test(path);
}

/** The paths of state that lie in the folder: of one image or of all. */
export function statePaths(stateDir: string, image?: string): readonly string[] {
  const receipts = image === undefined ? namesIn(join(stateDir, "receipts")) : [image];
  const folders = [
    ...(image === undefined ? ["images", "base-images", "gc", "promotions"] : []),
    ...receipts.map((name) => `receipts/${name}`),
  ];
  const found = folders.flatMap((folder) =>
    namesIn(join(stateDir, folder)).map((name) => `${folder}/${name}`),
  );
  return [...found, ...(image === undefined ? [] : [`images/${image}.yaml`])].filter(isState);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

/** The bytes of a file, or where a link leads; undefined where there is neither. */
export function bytesOf(file: string): Buffer | undefined {
  try {
    const stats = lstatSync(file);
    if (stats.isSymbolicLink()) return Buffer.from(readlinkSync(file));
    return stats.isFile() ? readFileSync(file) : undefined;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** The object name that git has for these bytes, as long as `like` is: SHA-1 or SHA-256. */
export function blobName(bytes: Uint8Array, like: string | undefined): string {
  const hash = createHash(like?.length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
