import { posix } from "node:path";

/** Dockerfile, Containerfile, Dockerfile.<any>, <any>.Dockerfile; their ignore files are none. */
const buildFile = /^(?:docker|container)file(?:\..+)?$|.\.(?:docker|container)file$/i;
const ignoreFile = /\.(?:docker|container)ignore$/i;

/** Folders of code that is somebody else's, or for show. */
const aside = new Set(["vendor", "node_modules", "testdata", "examples"]);

/** The Dockerfiles among a repository's files, the outermost first; those that lie aside only where there is no other. */
export function findDockerfiles(files: readonly string[]): readonly string[] {
  const found = files
    .filter((path) => isDockerfile(path))
    .toSorted((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
  const own = found.filter(
    (path) =>
      !path
        .split("/")
        .slice(0, -1)
        .some((folder) => aside.has(folder)),
  );
  return own.length > 0 ? own : found;
}

export function isDockerfile(path: string): boolean {
  const name = posix.basename(path);
  return buildFile.test(name) && !ignoreFile.test(name);
}

/** What the file's own name says besides being a Dockerfile: `worker` of Dockerfile.worker and worker.Dockerfile. */
export function variantOf(path: string): string | undefined {
  const [before = "", after = ""] = posix.basename(path).split(/(?:docker|container)file/i);
  const variant = before.replace(/\.$/, "") || after.replace(/^\./, "");
  return variant === "" ? undefined : variant;
}

/** Folders that hold Dockerfiles for what lies outside them. */
const forDockerfiles = new Set([
  "build",
  "ci",
  "container",
  "containers",
  "deploy",
  "docker",
  "dockerfiles",
  "image",
  "images",
]);

/** Whether the folder's name says that Dockerfiles are kept there, and not what they build. */
export function keepsDockerfiles(folder: string): boolean {
  return forDockerfiles.has(posix.basename(folder).replace(/^\./, "").toLowerCase());
}
