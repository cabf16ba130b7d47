import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { FactoryError, stoppedBy } from "../errors.ts";
import { imageTimeSeconds } from "../image-time.ts";
import { blobHash, isContentOf } from "./git/object-id.ts";
import type { Found } from "./selection.ts";
import type { SentEntry } from "./tree-id.ts";

/** Longest stretch of file work before timers, signals and other builds get their turn. */
const stretchMs = 10;

/** Reads each file once and writes nothing. */
export function identifyFiles(
  root: string,
  found: readonly Found[],
  signal?: AbortSignal,
): Promise<SentEntry[]> {
  return inStretches(found, signal, (entry) => {
    const path = join(root, entry.path);
    if (entry.kind === "file") return withFile(path, readOnly, (file) => identify(entry, file));
    return entry.kind === "link" ? identifyLink(entry.path, path) : entry;
  });
}

/** Copies into the existing folder `to`, hashing what it writes: each file is read once. */
export async function copyFiles(
  from: string,
  to: string,
  found: readonly Found[],
  signal?: AbortSignal,
): Promise<SentEntry[]> {
  const sent = await inStretches(found, signal, (entry) => {
    const path = join(from, entry.path);
    const copyPath = join(to, entry.path);
    if (entry.kind === "file") {
      return withFile(path, readOnly, (file) =>
        withFile(copyPath, createNew, (copy) => seal(copy, identify(entry, file, { copy }))),
      );
    }
    if (entry.kind === "link") {
      const link = identifyLink(entry.path, path);
      fs.symlinkSync(link.target, copyPath);
      return link;
    }
    fs.mkdirSync(copyPath);
    return entry;
  });
  return sealOthers(to, sent);
}

/** The name of the git object that stands at a path; undefined where nobody knows. */
type ObjectAt = (path: string) => string | undefined;

/**
 * Hashes what already stands below `root`, and gives it the modes and the time that everything sent has.
 * @throws FactoryError "source-unavailable" for what is not the object that it should be.
 */
export async function sealFiles(
  root: string,
  found: readonly Found[],
  signal?: AbortSignal,
  objectAt: ObjectAt = () => undefined,
): Promise<SentEntry[]> {
  const sent = await inStretches(found, signal, (entry) => {
    const path = join(root, entry.path);
    const object = objectAt(entry.path);
    if (entry.kind === "file")
      return withFile(path, readOnly, (file) => seal(file, identify(entry, file, { object })));
    return entry.kind === "link" ? identifyLink(entry.path, path, object) : entry;
  });
  return sealOthers(root, sent);
}

/**
 * Calls `work` for each entry in order. File work is synchronous, which for thousands of small files takes half the
 * time of handing each call to a thread; it pauses so often that nobody notices.
 */
async function inStretches(
  found: readonly Found[],
  signal: AbortSignal | undefined,
  work: (entry: Found) => SentEntry,
): Promise<SentEntry[]> {
  const sent: SentEntry[] = [];
  let since = performance.now();
  for (const entry of found) {
    try {
      sent.push(work(entry));
    } catch (error) {
      throw explain(error, entry.path);
    }
    if (performance.now() - since < stretchMs) continue;
    await setImmediate();
    throwIfStopped(signal);
    since = performance.now();
  }
  return sent;
}

/** @throws FactoryError "interrupted", or the one that the signal was aborted with. */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw stoppedBy(signal, "reading the source was stopped");
}

/** A file system's refusal in words; what is not one is passed on as it is. */
export function explain(error: unknown, path: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
    case "ESTALE":
    case "ELOOP":
    case "ENOTDIR":
      return new FactoryError("source-unavailable", `${path} changed while it was read`, { cause: error });
    case "EACCES":
    case "EPERM":
      return new FactoryError("source-invalid", `${path} cannot be read: permission denied`, {
        hint: "Make it readable for the user that builds, or list it in .dockerignore.",
        cause: error,
      });
    default:
      return error;
  }
}

/** NONBLOCK, so that a file which became a pipe in the meantime does not hold everything up. */
const readOnly = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;
const createNew = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL;

function withFile<T>(path: string, flags: number, work: (file: number) => T): T {
  const file = fs.openSync(path, flags, 0o600);
  try {
    return work(file);
  } finally {
    fs.closeSync(file);
  }
}

type SentFile = Extract<SentEntry, { kind: "file" }>;

const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

/** Reads a file to its end, hashing it, writing it to `copy` and holding it to `object` where they are given. */
function identify(
  entry: Extract<Found, { kind: "file" }>,
  file: number,
  { copy, object }: { readonly copy?: number; readonly object?: string | undefined } = {},
): SentFile {
  const hash = createHash("sha256");
  const blob = object === undefined ? undefined : blobHash(object, fs.fstatSync(file).size);
  for (;;) {
    const length = fs.readSync(file, buffer, 0, buffer.length, null);
    if (length === 0) break;
    const chunk = buffer.subarray(0, length);
    hash.update(chunk);
    blob?.update(chunk);
    for (let at = 0; copy !== undefined && at < length; ) at += fs.writeSync(copy, chunk, at);
  }
  if (blob !== undefined && blob.digest("hex") !== object) throw notOfCommit(entry.path);
  const executable = entry.executable ?? (fs.fstatSync(file).mode & 0o111) !== 0;
  return { kind: "file", path: entry.path, executable, sha256: hash.digest("hex") };
}

function notOfCommit(path: string): FactoryError {
  return new FactoryError("source-unavailable", `git wrote ${path}, and it is not what the commit has`, {
    hint: "Nothing was built of it. Look at git on this machine: npm run doctor.",
  });
}

function identifyLink(path: string, at: string, object?: string): Extract<SentEntry, { kind: "link" }> {
  const target = fs.readlinkSync(at);
  if (object !== undefined && !isContentOf(object, target)) throw notOfCommit(path);
  if (!target.includes("\uFFFD")) return { kind: "link", path, target };
  throw new FactoryError("source-invalid", `${JSON.stringify(path)} points to a name that is not UTF-8`);
}

function seal(file: number, entry: SentFile): SentFile {
  fs.fchmodSync(file, entry.executable ? 0o755 : 0o644);
  fs.futimesSync(file, imageTimeSeconds, imageTimeSeconds);
  return entry;
}

/** Directories last: writing into one changes its time. */
function sealOthers(root: string, sent: SentEntry[]): SentEntry[] {
  for (const entry of sent) {
    if (entry.kind === "link") fs.lutimesSync(join(root, entry.path), imageTimeSeconds, imageTimeSeconds);
    if (entry.kind === "directory") sealDirectory(join(root, entry.path));
  }
  sealDirectory(root);
  return sent;
}

function sealDirectory(path: string): void {
  fs.chmodSync(path, 0o755);
  fs.utimesSync(path, imageTimeSeconds, imageTimeSeconds);
}
