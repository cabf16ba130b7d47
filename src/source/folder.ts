import { type Dirent, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FolderSource } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Digest } from "../registry/digest.ts";
import { ignoreFileNames, noIgnoreRules, readIgnoreRules } from "./ignore.ts";
import { inPrivateFolder } from "./private-folder.ts";
import { assertSendable, type Found, selectSent, type Unsendable } from "./selection.ts";
import { copyFiles, explain, identifyFiles } from "./sent-files.ts";
import { type BuildPaths, parseBuildPaths, pathEscapes, pathMissing } from "./source-path.ts";
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

interface FolderReading {
  /** Absolute path of the context, without symbolic links. */
  readonly context: string;
  readonly dockerfile: string;
  readonly found: readonly Found[];
}

function readFolder(path: string, wanted: BuildPaths, options: FolderOptions): FolderReading {
  const paths = parseBuildPaths(wanted);
  const root = realPath(path);
  if (root === undefined || !statSync(root).isDirectory()) {
    throw new FactoryError("source-invalid", `${path} is not a folder`, {
      hint: "Set source.folder to a folder, absolute or relative to images.yaml.",
    });
  }
  const context = locate(root, paths.context);
  if (context === undefined || !statSync(context).isDirectory()) {
    throw pathMissing("context", paths.context, path);
  }
  const dockerfile = readText(root, paths.dockerfile);
  if (dockerfile === undefined) throw pathMissing("dockerfile", paths.dockerfile, path);
  const rules = readRules(root, paths.context);
  const isOwn = recogniseOwn(options);
  const list = (directory: string) =>
    readdir(join(context, directory)).flatMap((entry) => {
      const at = directory === "" ? entry.name : `${directory}/${entry.name}`;
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

function readRules(root: string, context: string) {
  for (const name of ignoreFileNames) {
    const path = join(context, name);
    const text = readText(root, path);
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
function readText(root: string, path: string): string | undefined {
  const real = locate(root, path);
  if (real === undefined) return undefined;
  const stats = statSync(real);
  if (!stats.isFile()) return undefined;
  if (stats.size > longestText) {
    throw new FactoryError("source-invalid", `${real} has ${stats.size} bytes, more than ${longestText}`);
  }
  try {
    return readFileSync(real, "utf8");
  } catch (error) {
    throw explain(error, path);
  }
}

/** Follows symbolic links as long as they stay inside `root`. @throws FactoryError "source-invalid" for one that does not. */
function locate(root: string, path: string): string | undefined {
  const real = realPath(join(root, path));
  if (real !== undefined && real !== root && !real.startsWith(root === "/" ? root : `${root}/`)) {
    throw pathEscapes(path, root);
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
