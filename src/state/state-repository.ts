import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Run } from "../run.ts";
import { localEnvironment } from "../source/git/environment.ts";

/** The git repository in which images.yaml, version files and state lie, where they lie in one. */
export interface StateRepository {
  /**
   * Commits one file as it stands, and nothing else that its user staged or changed. "outside" is a file in no work
   * tree, or one that git is told to ignore.
   * @throws FactoryError "tool-failed" when git cannot commit now.
   */
  readonly commit: (file: string, message: string) => Promise<"committed" | "unchanged" | "outside">;
}

export interface StateRepositoryDoor {
  readonly run: Run;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly ensureGit: () => Promise<void>;
}

/** The folder above (or at) a path that is a git work tree; found without git, for a machine may have none. */
export function workTreeAbove(path: string): string | undefined {
  const folder = dirname(path);
  if (existsSync(join(folder, ".git"))) return folder;
  return folder === path ? undefined : workTreeAbove(folder);
}

export function createStateRepository({ run, variables, ensureGit }: StateRepositoryDoor): StateRepository {
  return {
    commit: async (file, message) => {
      if (workTreeAbove(file) === undefined) return "outside";
      await ensureGit();
      const name = basename(file);
      const git = (args: readonly string[], alsoOk: readonly number[] = [], env = {}) =>
        run({
          tool: "git",
          args,
          alsoOk,
          cwd: dirname(file),
          env: { ...localEnvironment(variables), ...env },
        });
      const state = await git([
        "status",
        "--porcelain",
        "-z",
        "--untracked-files=all",
        "--ignored",
        "--",
        name,
      ]);
      if (state.stdout === "") return "unchanged";
      if (state.stdout.startsWith("!!")) return "outside";
      if (state.stdout.startsWith("??")) await git(["add", "--intent-to-add", "--", name]);
      const known = await git(["config", "--get-regexp", "^user\\.(name|email)$"], [1]);
      const only = ["--quiet", "--only", "--no-verify", "--no-gpg-sign"];
      const env = { ...identity(known.stdout) };
      await git(["commit", ...only, `--message=${message}`, "--", name], [], env);
      return "committed";
    },
  };
}

/** A name of the factory's own for what git's configuration does not say. */
function identity(configured: string): Readonly<Record<string, string>> {
  const name = /^user\.name ./m.test(configured) ? undefined : "image-factory";
  const email = /^user\.email ./m.test(configured) ? undefined : "image-factory@localhost";
  return {
    ...(name === undefined ? {} : { GIT_AUTHOR_NAME: name, GIT_COMMITTER_NAME: name }),
    ...(email === undefined ? {} : { GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_EMAIL: email }),
  };
}
