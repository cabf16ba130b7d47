import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { GitSource } from "../../enrolment/enrolment.ts";
import { FactoryError } from "../../errors.ts";
import { type IgnoreRules, ignoreFileNames, noIgnoreRules, readIgnoreRules } from "../ignore.ts";
import { inPrivateFolder } from "../private-folder.ts";
import { assertSendable, type Found, selectSent, type Unsendable } from "../selection.ts";
import { sealFiles } from "../sent-files.ts";
import { type BuildPaths, parseBuildPaths, parseSourcePath, pathMissing } from "../source-path.ts";
import type { SourceTree } from "../source-tree.ts";
import { treeIdOf } from "../tree-id.ts";
import { replacePointers } from "./lfs.ts";
import { inMirror, type MirrorDeps } from "./mirror.ts";
import { withCommit } from "./mirror-commits.ts";
import { isContentOf } from "./object-id.ts";
import { type Part, readParts } from "./parts.ts";
import type { Patch } from "./patches.ts";
import type { GitFacts } from "./resolve.ts";
import { followLinks, type GitEntry, type GitTree, makeTree } from "./tree.ts";

/**
 * Fetches a commit, where it is not at hand, and writes what a build is sent into a private folder. The bytes are
 * those of the commit with the patches applied to it: no attribute, filter, hook or line-ending rule of the repository or the machine has a say.
 * @throws FactoryError "source-ref-missing", "source-unavailable", "source-invalid", "credentials-invalid",
 *   "dockerfile-invalid", "dockerfile-unsupported", or "machine-lacks" for LFS files where git-lfs is missing.
 */
export async function checkoutGit(
  source: GitSource,
  facts: GitFacts,
  paths: BuildPaths,
  deps: MirrorDeps,
  patches: readonly Patch[] = [],
): Promise<SourceTree> {
  const wanted = parseBuildPaths(paths);
  const directory = parseSourcePath("directory", source.directory);
  const parts = await readParts(source, facts.commit, directory, patches, deps);
  const view = makeView(parts, `${source.url} at ${facts.commit.slice(0, 12)}`, deps);
  const context = await view.locate(wanted.context, "directory");
  if (context === undefined) throw pathMissing("context", wanted.context, view.name);
  const dockerfile = await view.readText(wanted.dockerfile);
  if (dockerfile === undefined) throw pathMissing("dockerfile", wanted.dockerfile, view.name);
  const found = selectEntries(view.tree, context, await readRules(view, wanted.context));
  return inPrivateFolder(deps.workDir, async ({ path: folder, dispose }) => {
    const dir = join(folder, "files");
    mkdirSync(dir);
    for (const { kind, path } of found) if (kind === "directory") mkdirSync(join(dir, path));
    for (const [index, part] of parts.entries()) {
      const own = found.filter(
        ({ kind, path }) => kind !== "directory" && view.partOf(below(context, path)) === part,
      );
      await writePart(part, own, { context, dir, index: join(folder, `index-${index}`) }, deps);
      if (source.lfs) await replacePointers(part, dir, own, deps);
    }
    // What LFS put in the place of its pointers has been held to their hashes.
    const objectAt = (path: string) => (source.lfs ? undefined : view.tree.at(below(context, path))?.object);
    const sent = await sealFiles(dir, found, deps.signal, objectAt).catch((error: unknown) => {
      throw isLost(error) ? notWritten(view.name, error) : error;
    });
    const treeId = treeIdOf(sent);
    return { dir, dockerfile, ...facts, treeId, dispose };
  });
}

function isLost(error: unknown): error is FactoryError {
  return error instanceof FactoryError && error.code === "source-unavailable" && error.hint === undefined;
}

function notWritten(name: string, cause: FactoryError): FactoryError {
  return new FactoryError(
    "source-unavailable",
    `git ended with 0 and did not write all of ${name}: ${cause.message}`,
    {
      hint: "Nothing was built of it. Look at git on this machine: npm run doctor.",
      cause,
    },
  );
}

/** Everything that can be read of a source before it is written. */
export interface View {
  readonly name: string;
  readonly tree: GitTree;
  readonly partOf: (path: string) => Part;
  /** Where a path leads inside the source; undefined where nothing of that kind stands. */
  readonly locate: (path: string, kind: "file" | "directory") => Promise<string | undefined>;
  readonly readText: (path: string) => Promise<string | undefined>;
}

export function makeView(parts: readonly Part[], name: string, deps: MirrorDeps): View {
  const submodules = new Set(parts.map((part) => part.prefix));
  const entries = parts.flatMap((part) => part.entries).filter((entry) => !submodules.has(entry.path));
  const tree = makeTree(entries, name);
  const deepestFirst = parts.toSorted((a, b) => b.prefix.length - a.prefix.length);
  const partOf = (path: string): Part => {
    const part = deepestFirst.find(({ prefix }) => prefix === "" || path.startsWith(`${prefix}/`));
    if (part === undefined) throw new Error(`${path} is in no part of ${name}`);
    return part;
  };
  const readBlob = async (entry: GitEntry): Promise<string> => {
    const { mirror, commit } = partOf(entry.path);
    const read = () => inMirror(mirror, ["cat-file", "blob", entry.object], deps);
    const { stdout } = await withCommit(mirror, commit, deps, read);
    if (isContentOf(entry.object, stdout)) return stdout;
    throw new FactoryError(
      "source-unavailable",
      `git printed ${entry.path} of ${name}, and it is not what the commit has`,
      { hint: "Nothing was built of it. Look at git on this machine: npm run doctor." },
    );
  };
  const locate: View["locate"] = async (path, kind) => {
    const end = await followLinks(tree, path, readBlob, name);
    return end !== undefined && (end === "" ? "directory" : tree.at(end)?.kind) === kind ? end : undefined;
  };
  const readText = async (path: string): Promise<string | undefined> => {
    const end = await locate(path, "file");
    const entry = end === undefined ? undefined : tree.at(end);
    return entry === undefined ? undefined : readBlob(entry);
  };
  return { name, tree, partOf, locate, readText };
}

async function readRules(view: View, context: string): Promise<IgnoreRules> {
  for (const name of ignoreFileNames) {
    const path = join(context, name);
    const text = await view.readText(path);
    if (text !== undefined) return readIgnoreRules(text, path);
  }
  return noIgnoreRules;
}

/** What is sent, by paths relative to the context. A submodule that was not asked for is an empty directory, as in a clone. */
function selectEntries(tree: GitTree, context: string, rules: IgnoreRules): Found[] {
  const list = (directory: string): (Found | Unsendable)[] =>
    tree.list(below(context, directory)).map(({ kind, path: fullPath, executable }) => {
      const path = relativeTo(context, fullPath);
      if (path.includes("\uFFFD")) return { kind: "unsendable", path, why: "its name is not UTF-8" };
      if (kind === "file") return { kind, path, executable };
      return { kind: kind === "link" ? "link" : "directory", path };
    });
  return selectSent(list, rules).map(assertSendable);
}

interface Destination {
  readonly dir: string;
  /** Path of the context in the source; `dir` is where it goes. */
  readonly context: string;
  /** A file for git's own use. */
  readonly index: string;
}

/** Writes those files and links of one repository, byte by byte; their paths are relative to the context. */
async function writePart(
  part: Part,
  found: readonly Found[],
  { dir, context, index }: Destination,
  deps: MirrorDeps,
): Promise<void> {
  if (found.length === 0) return;
  const top = context.length > part.prefix.length ? context : part.prefix;
  const tree = top === part.prefix ? part.tree : `${part.tree}:${relativeTo(part.prefix, top)}`;
  const cwd = top === context ? dir : join(dir, relativeTo(context, top));
  const input = found.map(({ path }) => `${relativeTo(top, below(context, path))}\0`).join("");
  const env = { GIT_INDEX_FILE: index };
  await withCommit(part.mirror, part.commit, deps, async () => {
    await inMirror(part.mirror, ["read-tree", tree], deps, { env });
    const args = ["--work-tree=.", "checkout-index", "--quiet", "--force", "-z", "--stdin"];
    await inMirror(part.mirror, args, deps, { env, cwd, input });
  });
}

function below(directory: string, path: string): string {
  return directory === "" || path === "" ? directory + path : `${directory}/${path}`;
}

/** `path` lies in or at `directory`. */
function relativeTo(directory: string, path: string): string {
  return directory === "" ? path : path.slice(directory.length + 1);
}
