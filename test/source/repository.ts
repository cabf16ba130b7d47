import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { GitSource } from "../../src/enrolment/enrolment.ts";

/** What stands at each path: text, bytes, a program, or a symbolic link. */
export type Files = Readonly<
  Record<string, string | Uint8Array | { readonly program: string } | { readonly link: string }>
>;

export function makeTempFolder(): string {
  return mkdtempSync(join(tmpdir(), "factory-source-"));
}

export function removeTempFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

export function writeFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (typeof content === "string" || content instanceof Uint8Array) writeFileSync(at, content);
    else if ("link" in content) symlinkSync(content.link, at);
    else {
      writeFileSync(at, content.program);
      chmodSync(at, 0o755);
    }
  }
}

export interface Repository {
  readonly dir: string;
  readonly git: (...args: string[]) => string;
  /** Writes, commits everything and gives the commit. */
  readonly commit: (files: Files) => string;
}

/** A repository on branch main, made by the real git without the machine's configuration. */
export function makeRepository(dir: string, objectFormat: "sha1" | "sha256" = "sha1"): Repository {
  mkdirSync(dir, { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd: dir,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        HOME: "/nonexistent",
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@example.org",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@example.org",
      },
    }).trim();
  git("init", "--quiet", "--initial-branch=main", `--object-format=${objectFormat}`);
  git("config", "uploadpack.allowFilter", "true");
  return {
    dir,
    git,
    commit: (files) => {
      writeFiles(dir, files);
      git("add", "--all", "--force");
      git("commit", "--quiet", "--allow-empty", "--message=change");
      return git("rev-parse", "HEAD");
    },
  };
}

export function gitSource(url: string, more: Partial<GitSource> = {}): GitSource {
  return {
    kind: "git",
    url,
    ref: undefined,
    directory: ".",
    credentials: undefined,
    submodules: false,
    lfs: false,
    ...more,
  };
}
