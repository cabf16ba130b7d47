import { type Dirent, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FolderSource } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Digest } from "../registry/digest.ts";
import { ignoreFileNames, noIgnoreRules, readIgnoreRules } from "./ignore.ts";
import { inPrivateFolder } from "./private-folder.ts";
import { assertSendable, type Found, selectSent, type Unsendable } from "./selection.ts";
import { copyFiles, explain, identifyFiles, sealFiles } from "./sent-files.ts";
import {
  type BuildPaths,
  parseBuildPaths,
  parseSourcePath,
  pathEscapes,
  pathMissing,
} from "./source-path.ts";
import type { SourceTree } from "./source-tree.ts";
import { treeIdOf } from "./tree-id.ts";

export interface FolderOptions {
  /** The factory's own folder (settings.workDir): the copy is made there, and it is never sent itself. */
  readonly workDir: string;
  /** Where state lies; its files are not sent. */
  readonly stateDir?: string;
  /** Further files that builds write themselves: to send them would make each build change what it is built from. */
  readonly ownFiles?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Copies what a build is sent out of a folder, so that nobody changes it any more. Left out are what the ignore file
 * names, everything called `.git` (so that a clone and a checkout of one commit are the same source), and what the
 * factory writes itself.
 * @throws FactoryError "source-invalid", "dockerfile-invalid" or "dockerfile-unsupported", naming path and reason;
 *   "source-unavailable" when the folder changes underneath.
 */
export async function sendFolder(
  source: FolderSource,
  paths: BuildPaths,
  options: FolderOptions,
): Promise<SourceTree> {
  const { context, dockerfile, found } = readFolder(source.path, paths, options);
  return inPrivateFolder(options.workDir, async ({ path, dispose }) => {
    const dir = join(path, "files");
    mkdirSync(dir);
    const treeId = treeIdOf(await copyFiles(context, dir, found, options.signal));
    return { dir, dockerfile, commit: undefined, version: undefined, treeId, dispose };
  });
}

/** The same identity and Dockerfile that `sendFolder` gives, without writing anything. */
export async function identifyFolder(
  source: FolderSource,
  paths: BuildPaths,
  options: FolderOptions,
): Promise<{ readonly treeId: Digest; readonly dockerfile: string }> {
  const { context, dockerfile, found } = readFolder(source.path, paths, options);
  return { treeId: treeIdOf(await identifyFiles(context, found, options.signal)), dockerfile };
}

/**
 * Makes a folder of this process's own what a build is sent, in its place: what is not sent of the context is removed, and
 * what stays gets plain modes and times. `directory` of it counts as the source's root; `name` is what messages call it.
 * @throws FactoryError as `sendFolder`, and "source-invalid" for a `directory` that is not there or a link that leads out.
 */
export async function sealFolder(
  { root, name, directory }: { readonly root: string; readonly name: string; readonly directory: string },
  paths: BuildPaths,
  options: Pick<FolderOptions, "workDir" | "signal">,
): Promise<Omit<SourceTree, "dispose">> {
  const inside = parseSourcePath("directory", directory);
  const top = locate(realpathSync(root), inside, name);
  if (top === undefined || !statSync(top).isDirectory()) throw pathMissing("directory", inside, name);
  const { context, dockerfile, found } = readRoot(top, name, paths, options);
  removeUnsent(context, "", new Set(found.map(({ path }) => path)));
  const treeId = treeIdOf(await sealFiles(context, found, options.signal));
  return { dir: context, dockerfile, commit: undefined, version: undefined, treeId };
}

/** Goes into directories alone, never through a link. */
function removeUnsent(context: string, directory: string, sent: ReadonlySet<string>): void {
  for (const entry of readdirSync(join(context, directory), { withFileTypes: true })) {
    const path = below(directory, entry.name);
    if (!sent.has(path)) rmSync(join(context, path), { recursive: true, force: true });
    else if (entry.isDirectory()) removeUnsent(context, path, sent);
  }
}

function below(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

interface FolderReading {
  /** Absolute path of the context, without symbolic links. */
  readonly context: string;
  readonly dockerfile: string;
  readonly found: readonly Found[];
}

function readFolder(path: string, wanted: BuildPaths, options: FolderOptions): FolderReading {
  const root = realPath(path);
  if (root === undefined || !statSync(root).isDirectory()) {
    throw new FactoryError("source-invalid", `${path} is not a folder`, {
      hint: "Set source.folder to a folder, absolute or relative to images.yaml.",
    });
  }
  return readRoot(root, path, wanted, options);
}

/** `root` is absolute and without symbolic links; `name` is what messages call it. */
function readRoot(root: string, name: string, wanted: BuildPaths, options: FolderOptions): FolderReading {
  const paths = parseBuildPaths(wanted);
  const context = locate(root, paths.context, name);
  if (context === undefined || !statSync(context).isDirectory()) {
    throw pathMissing("context", paths.context, name);
  }
  const dockerfile = readText(root, paths.dockerfile, name);
  if (dockerfile === undefined) throw pathMissing("dockerfile", paths.dockerfile, name);
  const rules = readRules(root, paths.context, name);
  const isOwn = recogniseOwn(options);
  const list = (directory: string) =>
    readdir(join(context, directory)).flatMap((entry) => {
      const at = below(directory, entry.name);
      return entry.name === ".git" || isOwn(join(context, at)) ? [] : [classify(at, entry)];
    });
  return { context, dockerfile, found: selectSent(list, rules).map(assertSendable) };
}

/** Tells what the factory writes itself by its absolute path without symbolic links. */
function recogniseOwn({ workDir, stateDir, ownFiles = [] }: FolderOptions): (path: string) => boolean {
  const own = new Set([workDir, ...ownFiles].map(realPath));
  const folders = stateDir === undefined ? [] : ["images", "base-images"];
  const ofState = new Set(folders.map((folder) => realPath(join(stateDir ?? "", folder))));
  return (path) => own.has(path) || (path.endsWith(".yaml") && ofState.has(dirname(path)));
}

function readRules(root: string, context: string, name: string) {
  for (const file of ignoreFileNames) {
    const path = join(context, file);
    const text = readText(root, path, name);
    if (text !== undefined) return readIgnoreRules(text, path);
  }
  return noIgnoreRules;
}

function readdir(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    throw explain(error, path);
  }
}

function classify(path: string, entry: Dirent): Found | Unsendable {
  if (entry.name.includes("\uFFFD")) return { kind: "unsendable", path, why: "its name is not UTF-8" };
  if (entry.isDirectory()) return { kind: "directory", path };
  if (entry.isFile()) return { kind: "file", path };
  if (entry.isSymbolicLink()) return { kind: "link", path };
  const why = entry.isFIFO() ? "it is a pipe" : entry.isSocket() ? "it is a socket" : "it is a device";
  return { kind: "unsendable", path, why };
}

/** More than any Dockerfile or ignore file; a file without content can have any size. */
const longestText = 8 * 1024 * 1024;

/** The text of a regular file inside `root`; undefined where there is none. */
function readText(root: string, path: string, name: string): string | undefined {
  const real = locate(root, path, name);
  if (real === undefined) return undefined;
  const stats = statSync(real);
  if (!stats.isFile()) return undefined;
  if (stats.size > longestText) {
    throw new FactoryError(
      "source-invalid",
      `${path} of ${name} has ${stats.size} bytes, more than ${longestText}`,
    );
  }
  try {
    return readFileSync(real, "utf8");
  } catch (error) {
    throw explain(error, path);
  }
}

/** Follows symbolic links as long as they stay inside `root`. @throws FactoryError "source-invalid" for one that does not. */
function locate(root: string, path: string, name: string): string | undefined {
  const real = realPath(join(root, path));
  if (real !== undefined && real !== root && !real.startsWith(root === "/" ? root : `${root}/`)) {
    throw pathEscapes(path, name);
  }
  return real;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw explain(error, path);
  }
}
