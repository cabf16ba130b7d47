import { posix } from "node:path";
import { FactoryError } from "../errors.ts";

/**
 * A path inside a source as images.yaml writes it, made plain: `./docker//app/` is `docker/app`, the root is `.`.
 * `what` names it in messages: `dockerfile`, `context`, `directory`.
 * @throws FactoryError "source-invalid" for a path that is absolute, has `..` in it or a control character.
 */
export function parseSourcePath(what: string, path: string): string {
  const refuse = (why: string) =>
    new FactoryError("source-invalid", `${what} ${JSON.stringify(path)} ${why}`, {
      hint: `Write ${what} relative to the root of the source, without "..".`,
    });
  if (path === "") throw refuse("is empty");
  if (/[\0-\x1f\x7f]/.test(path)) throw refuse("has a control character in it");
  if (path.startsWith("/")) throw refuse("is absolute");
  if (path.split("/").includes("..")) throw refuse('has ".." in it');
  const plain = posix.normalize(path);
  return plain.length > 1 && plain.endsWith("/") ? plain.slice(0, -1) : plain;
}

/**
 * Refuses the Dockerfile names that buildah would run through the C preprocessor, which can include files of the host.
 * @throws FactoryError "dockerfile-unsupported", or as `parseSourcePath`.
 */
export function parseDockerfilePath(path: string): string {
  const plain = parseSourcePath("dockerfile", path);
  if (!plain.endsWith(".in")) return plain;
  throw new FactoryError("dockerfile-unsupported", `dockerfile ${JSON.stringify(path)} ends in ".in"`, {
    hint: "Buildah preprocesses such files with cpp, which the factory does not do: keep the preprocessed text under another name.",
  });
}

/** Which part of a source a build wants; both paths are relative to the source's root. */
export interface BuildPaths {
  readonly dockerfile: string;
  readonly context: string;
}

/** @throws FactoryError as `parseSourcePath` and `parseDockerfilePath`. */
export function parseBuildPaths(paths: BuildPaths): BuildPaths {
  return {
    dockerfile: parseDockerfilePath(paths.dockerfile),
    context: parseSourcePath("context", paths.context),
  };
}

/** The error of a path that is not there, or not what it has to be; `source` names the folder or the repository. */
export function pathMissing(
  what: keyof BuildPaths | "directory",
  path: string,
  source: string,
): FactoryError {
  if (what === "dockerfile") {
    return new FactoryError("dockerfile-invalid", `${source} has no Dockerfile ${path}`, {
      hint: "Set dockerfile to the path of the Dockerfile, relative to the root of the source.",
    });
  }
  return new FactoryError("source-invalid", `${source} has no folder ${path}, which ${what} names`, {
    hint: `Set ${what} to a folder, relative to the root of the source.`,
  });
}

/** The error of a path that a symbolic link leads out of the source. */
export function pathEscapes(path: string, source: string): FactoryError {
  return new FactoryError("source-invalid", `${path} of ${source} is a symbolic link that leads out of it`, {
    hint: "Put the file itself into the source.",
  });
}
