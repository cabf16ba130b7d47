import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../../errors.ts";
import { withLock } from "../lock.ts";
import { isVersion } from "../version.ts";
import type { Clone } from "./clone.ts";
import type { Versions } from "./merge-image.ts";
import {
  blobName,
  bytesOf,
  type Entry,
  imageOf,
  isBaseRecord,
  isPrivate,
  sameEntry,
  type Tree,
} from "./tree.ts";

/** The text of a file of state that two runs wrote; undefined for a file of another kind. */
export type Merge = (path: string, versions: Versions) => string | undefined;

/** What a state folder last had in common with its repository, and what that has now. */
export interface Meeting {
  readonly commit: string | undefined;
  readonly theirs: Tree;
  readonly base: Tree;
  readonly wanted: (path: string) => boolean;
  /** Whether the caller has the lock of what the path is about. */
  readonly holds: (path: string) => boolean;
}

export interface IntegrateDoor {
  readonly stateDir: string;
  readonly merge: Merge;
  /** The lock of those who write records of bases. */
  readonly baseLock: string;
  /** The lock of those who write about an image. */
  readonly imageLock: (image: string) => string;
}

/**
 * Takes up what has changed in the repository: a file that was not changed here is replaced, another one is merged. What
 * somebody works on just now stays for a later time.
 * @returns what both have in common now, and the files that contradict each other.
 */
export async function integrate(
  meeting: Meeting,
  clone: Clone,
  door: IntegrateDoor,
): Promise<{ readonly files: Tree; readonly failed: ReadonlyMap<string, FactoryError> }> {
  const { base, theirs, wanted, holds } = meeting;
  const paths = [...new Set([...base.keys(), ...theirs.keys()])].filter(
    (path) => !sameEntry(base.get(path), theirs.get(path)) && wanted(path) && !isPrivate(path),
  );
  const free: string[] = [];
  for (const path of paths) {
    const image = holds(path) ? undefined : imageOf(path);
    if (image === undefined || !(await isHeld(door.imageLock(image)))) free.push(path);
  }
  const files = new Map(base);
  const failed = new Map<string, FactoryError>();
  const take = (some: readonly string[]) => takeUp(some, meeting, files, failed, clone, door);
  await take(free.filter((path) => !isBaseRecord(path)));
  const records = free.filter(isBaseRecord);
  if (records.length > 0) await withLock(door.baseLock, {}, () => take(records));
  return { files, failed };
}

/** Whoever takes a lock after this look meets the repository himself before he reads. */
async function isHeld(lock: string): Promise<boolean> {
  if (!existsSync(lock)) return false;
  try {
    await withLock(lock, { waitMs: 0 }, async () => undefined);
    return false;
  } catch (error) {
    if (error instanceof FactoryError && error.code === "locked") return true;
    throw error;
  }
}

async function takeUp(
  paths: readonly string[],
  { commit, base, theirs }: Meeting,
  files: Map<string, Entry>,
  failed: Map<string, FactoryError>,
  clone: Clone,
  { stateDir, merge }: IntegrateDoor,
): Promise<void> {
  const replaced: string[] = [];
  for (const path of paths) {
    const [was, is] = [base.get(path), theirs.get(path)];
    const file = join(stateDir, path);
    const bytes = bytesOf(file);
    const answer = decide(path, was, bytes, is);
    try {
      if (answer === "remove") await rm(file, { force: true });
      if (answer === "replace") replaced.push(path);
      if (answer === "merge" && bytes !== undefined && is !== undefined) {
        const text = await mergeTexts(path, { was, bytes, is }, merge, clone);
        await writeFileAtomic(file, text, { mode: 0o644 });
      }
    } catch (error) {
      if (!(error instanceof FactoryError) || error.code === "tool-failed") throw error;
      failed.set(path, error);
      continue;
    }
    if (is === undefined) files.delete(path);
    else files.set(path, is);
  }
  if (replaced.length > 0 && commit !== undefined) await replace(replaced, commit, clone, stateDir);
}

/** What becomes of a file that has changed there from `was` to `is`, and says `bytes` here. */
function decide(
  path: string,
  was: Entry | undefined,
  bytes: Buffer | undefined,
  is: Entry | undefined,
): "keep" | "replace" | "remove" | "merge" {
  const own = bytes === undefined ? undefined : blobName(bytes, (is ?? was)?.blob);
  const isUnchanged = own === was?.blob;
  if (!isUnchanged && own === is?.blob) return "keep";
  if (isUnchanged) return is === undefined ? "remove" : "replace";
  // A receipt that is gone here is written; any other file was lost.
  if (bytes === undefined) return /^(?:receipts|promotions)\//.test(path) ? "keep" : "replace";
  return is === undefined ? "keep" : "merge";
}

async function replace(
  paths: readonly string[],
  commit: string,
  clone: Clone,
  stateDir: string,
): Promise<void> {
  const aside = join(stateDir, ".repository", "files");
  await rm(aside, { recursive: true, force: true });
  await clone.checkOut(commit, paths, aside);
  for (const path of paths) await moveInto(join(stateDir, path), join(aside, path));
  await rm(aside, { recursive: true, force: true });
}

async function mergeTexts(
  path: string,
  { was, bytes, is }: { readonly was: Entry | undefined; readonly bytes: Buffer; readonly is: Entry },
  merge: Merge,
  clone: Clone,
): Promise<string> {
  const ours = bytes.toString("utf8");
  const theirs = await clone.read(is.blob);
  if (theirs === undefined) throw new FactoryError("tool-failed", `${path} cannot be read from git`);
  const base = was === undefined ? undefined : await clone.read(was.blob);
  // A version that somebody wrote meanwhile stays: it is no increment of ours.
  if (isVersion(ours.trim()) && isVersion(theirs.trim())) return theirs;
  const text = merge(path, { base, ours, theirs }) ?? (await clone.mergeLines(base ?? "", ours, theirs));
  if (text !== undefined) return text;
  throw new FactoryError(
    "locked",
    `${path} was changed here and in the state repository, in the same lines`,
    {
      hint: "Take what is there: remove the file from the state folder and run the same command again.",
    },
  );
}

/** Whole or not at all; where a folder has become a file, or a file a folder, what was there goes first. */
async function moveInto(file: string, from: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await rename(from, file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!["EISDIR", "ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(code)) throw error;
    await rm(code === "EISDIR" || code === "ENOTEMPTY" ? file : dirname(file), {
      recursive: true,
      force: true,
    });
    await mkdir(dirname(file), { recursive: true });
    await rename(from, file);
  }
}
