import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../../errors.ts";
import { type Digest, digestOf } from "../../registry/digest.ts";
import type { Finished } from "../../run.ts";
import { inPrivateFolder } from "../private-folder.ts";
import { inMirror, type MirrorDeps } from "./mirror.ts";
import { withCommit } from "./mirror-commits.ts";
import type { Part } from "./parts.ts";
import { type GitEntry, parseTree } from "./tree.ts";

/** A change to a source that is kept beside images.yaml. */
export interface Patch {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/** More than any change that a person reviews. */
const largestPatch = 16 * 1024 * 1024;

/** The bytes of a regular file; a pipe is not waited for. */
async function readPatch(file: string): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (stats.isFile() && stats.size <= largestPatch) return await handle.readFile();
    const what = stats.isFile() ? `has ${stats.size} bytes, more than ${largestPatch}` : "is no regular file";
    throw new FactoryError("source-invalid", `the patch ${file} ${what}`, {
      hint: "Correct local.patchFiles.",
    });
  } finally {
    await handle.close();
  }
}

/** @throws FactoryError "source-invalid" for a file that is missing, cannot be read, is too large or no regular one. */
export function readPatches(files: readonly string[]): Promise<readonly Patch[]> {
  return Promise.all(
    files.map(async (file) => {
      try {
        const bytes = await readPatch(file);
        return { file, bytes, digest: digestOf(bytes) };
      } catch (error) {
        if (error instanceof FactoryError) throw error;
        const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
        const what = missing ? "is not there" : `cannot be read: ${(error as Error).message}`;
        throw new FactoryError("source-invalid", `the patch ${file} ${what}`, {
          hint: "Correct local.patchFiles; paths are relative to the folder of images.yaml.",
          cause: error,
        });
      }
    }),
  );
}

/** Every line of context has to be there as it is, whatever this machine's git is set up with; it may have moved. */
const apply = ["-c", "apply.ignoreWhitespace=no", "apply", "--cached", "--whitespace=nowarn", "-"];

/**
 * The part with patches applied one after another. They change a tree of git and no file, so none of them can write
 * through a link, into `.git` or out of the source.
 * @throws FactoryError "source-invalid" for a patch that does not apply, naming files and hunks.
 */
export function applyPatches(part: Part, patches: readonly Patch[], deps: MirrorDeps): Promise<Part> {
  const { mirror, commit, prefix } = part;
  const name = `${mirror.url.text} at ${commit.slice(0, 12)}`;
  return withCommit(mirror, commit, deps, async () => {
    const tree = await inPrivateFolder(deps.workDir, async ({ path, dispose }) => {
      const env = { GIT_INDEX_FILE: join(path, "index") };
      await inMirror(mirror, ["read-tree", part.tree], deps, { env });
      for (const { file, bytes } of patches) {
        const finished = await inMirror(mirror, apply, deps, { env, input: bytes, alsoOk: [1, 128] });
        if (finished.exitCode !== 0) throw refused(file, name, finished);
      }
      const { stdout } = await inMirror(mirror, ["write-tree"], deps, { env });
      await dispose();
      return stdout.trim();
    });
    const { stdout } = await inMirror(mirror, ["ls-tree", "-r", "-z", tree], deps);
    const entries = parseTree(stdout, name);
    assertSameSubmodules(part.entries, entries, name);
    return { mirror, commit, tree, prefix, entries };
  });
}

/** What git says of an object of the mirror, and not of the patch. */
const unreadable =
  /^(?:failed to read |unable to (?:read|unpack|open|map) |inflate: |(?:loose|packed|bad|invalid) object|object file )/;

function refused(file: string, source: string, finished: Finished): FactoryError {
  const errors = finished.stderr
    .split("\n")
    .flatMap((line) => /^(?:error|fatal): (.*)$/.exec(line)?.[1] ?? []);
  // As any failure of git on a mirror, this makes it fetched anew.
  if (errors.length === 0 || errors.some((line) => unreadable.test(line)))
    return new FactoryError("tool-failed", `git apply failed: ${finished.stderr.trim()}`, {
      cause: finished,
    });
  const problems = errors
    .filter((line) => !line.endsWith(": patch does not apply"))
    .map((line) => line.replace(/^patch failed: (.*):(\d+)$/, "$1: its hunk @@ -$2 does not fit"))
    .map((line) => line.replace(/ \(allow with .*\)$/, "").replace(/ in index$/, ""));
  return new FactoryError("source-invalid", `the patch ${file} does not apply to ${source}`, {
    problems,
    hint: "Make it anew against this commit, or take it out of local.patchFiles.",
  });
}

/** Submodules are fetched by what the commit says of them. */
function assertSameSubmodules(before: readonly GitEntry[], after: readonly GitEntry[], source: string): void {
  const linksOf = (entries: readonly GitEntry[]) =>
    entries.flatMap(({ kind, path, object }) => (kind === "submodule" ? [`${path} ${object}`] : []));
  const known = new Set(linksOf(before));
  const kept = linksOf(after).filter((link) => known.has(link)).length;
  if (kept === known.size && linksOf(after).length === kept) return;
  throw new FactoryError("source-invalid", `the patches for ${source} change a submodule's commit`, {
    hint: "Take that out of the patches: a submodule is taken as the commit names it.",
  });
}
