import { posix } from "node:path";
import type { SentSource } from "../dockerfile/sent-sources.ts";
import { isDockerfile, keepsDockerfiles } from "./dockerfiles.ts";

/** The folder that a build of a Dockerfile is to be sent, and what the Dockerfile takes from it that is not there. */
export interface ProposedContext {
  /** Relative to the repository's root; "." is the root. */
  readonly context: string;
  readonly missing: readonly SentSource[];
}

/**
 * Decides between the Dockerfile's own folder and the root by which of the two has more of what COPY and ADD take. Where
 * both have the same, it is the folder, unless nothing else lies there or its name says that it keeps Dockerfiles.
 * @param files all files of the repository.
 */
export function proposeContext(
  dockerfile: string,
  sources: readonly SentSource[],
  files: readonly string[],
): ProposedContext {
  const folder = posix.dirname(dockerfile);
  const atRoot = { context: ".", missing: missingOf(sources, files) };
  if (folder === ".") return atRoot;
  const own = files.flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []));
  const inFolder = { context: folder, missing: missingOf(sources, own) };
  if (inFolder.missing.length !== atRoot.missing.length) {
    return inFolder.missing.length < atRoot.missing.length ? inFolder : atRoot;
  }
  const hasMore = own.some((path) => !isDockerfile(path) && !/\.(?:docker|container)ignore$/i.test(path));
  return hasMore && !keepsDockerfiles(folder) ? inFolder : atRoot;
}

/** Those of which it is known that no file is meant; a name that only the build will know is not judged. */
function missingOf(sources: readonly SentSource[], files: readonly string[]): readonly SentSource[] {
  return sources.filter(
    ({ path }) =>
      path !== "." && !path.includes("$") && !files.some((file) => covers(posix.normalize(path), file)),
  );
}

/** Whether a file is what a path or pattern of COPY names, or lies in it. */
function covers(pattern: string, file: string): boolean {
  if (file === pattern || file.startsWith(`${pattern}/`)) return true;
  if (!/[*?[\\]/.test(pattern)) return false;
  const depth = pattern.split("/").length;
  return posix.matchesGlob(file.split("/").slice(0, depth).join("/"), pattern);
}
