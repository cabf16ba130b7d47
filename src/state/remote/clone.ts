import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitCredentials } from "../../enrolment/enrolment.ts";
import { FactoryError } from "../../errors.ts";
import type { Command, Finished, Run } from "../../run.ts";
import { localEnvironment, remoteEnvironment } from "../../source/git/environment.ts";
import { explainGit, lacksCommit, stderrOf } from "../../source/git/failure.ts";
import type { GitUrl } from "../../source/git/url.ts";
import type { Tree } from "./tree.ts";

/** The repository that a state folder is a clone of. */
export interface RemoteState {
  readonly url: GitUrl;
  readonly branch: string;
  readonly credentials: GitCredentials | undefined;
}

export interface CloneDoor {
  readonly run: Run;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal | undefined;
}

/** Git's own part of a clone of the state, without its files: those lie in the state folder. */
export interface Clone {
  /**
   * The newest commit of the branch; undefined where the repository is empty.
   * @throws FactoryError "settings-invalid" for a repository that has other branches alone, "credentials-invalid",
   *   "state-unavailable".
   */
  readonly fetch: () => Promise<string | undefined>;
  readonly tree: (commit: string) => Promise<Tree>;
  /** The content of a blob; undefined where the clone does not have it. */
  readonly read: (blob: string) => Promise<string | undefined>;
  /** Writes files of a commit below a folder, as git has them. */
  readonly checkOut: (commit: string, paths: readonly string[], into: string) => Promise<void>;
  /** Makes a commit of `parent` with these files changed; undefined takes one away. */
  readonly commit: (
    parent: string | undefined,
    changes: ReadonlyMap<string, Content | undefined>,
    message: string,
  ) => Promise<string>;
  /**
   * "rejected": the branch has moved; "unknown": no answer came, and the push may have been done.
   * @throws FactoryError as `fetch`.
   */
  readonly push: (commit: string) => Promise<"pushed" | "rejected" | "unknown">;
  /** The content of two texts that come from `base`, line by line; undefined where they contradict each other. */
  readonly mergeLines: (base: string, ours: string, theirs: string) => Promise<string | undefined>;
  /** Lets go of everything that was fetched: it is fetched anew. */
  readonly forget: () => Promise<void>;
}

/** A file as a commit is to have it. */
export interface Content {
  readonly mode: string;
  readonly bytes: Uint8Array;
}

const tip = "refs/state/tip";
const networkTimeoutMs = 120_000;

/** `<stateDir>/.repository` holds it; what a killed git has left there is in nobody's way, for the caller has the lock. */
export function openClone(stateDir: string, remote: RemoteState, door: CloneDoor): Clone {
  const home = join(stateDir, ".repository");
  const dir = join(home, "git");
  const options = { cwd: "/", ...(door.signal === undefined ? {} : { signal: door.signal }) };
  const local = (
    args: readonly string[],
    more: Pick<Command, "input" | "alsoOk"> = {},
    index?: string,
  ): Promise<Finished> =>
    door.run({
      ...options,
      ...more,
      tool: "git",
      args: [`--git-dir=${dir}`, ...args],
      env: {
        ...localEnvironment(door.variables),
        ...(index === undefined ? {} : { GIT_INDEX_FILE: index }),
      },
    });
  const speak = (args: readonly string[]): Promise<Finished> =>
    door.run({
      ...options,
      tool: "git",
      args: [`--git-dir=${dir}`, ...args],
      timeoutMs: networkTimeoutMs,
      env: remoteEnvironment(remote.url, remote.credentials, door.variables),
    });
  let author: Promise<string> | undefined;
  const findAuthor = async () => {
    const { stdout } = await local(["config", "--get-regexp", "^user\\.(name|email)$"], { alsoOk: [1] });
    const said = (key: string) => new RegExp(`^user\\.${key} ([^<>\n]+)$`, "m").exec(stdout)?.[1];
    return `${said("name") ?? "image-factory"} <${said("email") ?? "image-factory@localhost"}>`;
  };

  const ready = async () => {
    if (existsSync(join(dir, "ready"))) return removeAll(join(dir, "shallow.lock"), join(dir, `${tip}.lock`));
    await removeAll(dir);
    await mkdir(dir, { recursive: true });
    await local(["init", "--quiet", "--bare", "--template="]);
    await mkdir(join(dir, "info"), { recursive: true });
    await writeFile(join(dir, "info", "attributes"), "* -text -filter -ident !eol !working-tree-encoding\n");
    await writeFile(join(dir, "ready"), "");
  };

  return {
    fetch: async () => {
      await ready();
      const refspec = `+refs/heads/${remote.branch}:${tip}`;
      try {
        await speak([...fetchWords, "--", remote.url.text, refspec]);
      } catch (error) {
        if (!lacksCommit(stderrOf(error))) throw explain(error, remote);
        await refuseOtherBranches(remote, await speak(["ls-remote", "--heads", "--", remote.url.text]));
        return undefined;
      }
      return (await readFile(join(dir, tip), "utf8")).trim();
    },
    tree: async (commit) => parseTree((await local(["ls-tree", "-r", "-z", commit])).stdout),
    read: async (blob) => {
      const { exitCode, stdout } = await local(["cat-file", "blob", blob], { alsoOk: [1, 128] });
      return exitCode === 0 ? stdout : undefined;
    },
    checkOut: async (commit, paths, into) => {
      const index = join(home, "index");
      await removeAll(index, `${index}.lock`);
      await local(["read-tree", commit], {}, index);
      const words = [`--work-tree=${stateDir}`, "checkout-index", "-z", "--stdin", `--prefix=${into}/`];
      await local(words, { input: paths.map((path) => `${path}\0`).join("") }, index);
      await removeAll(index);
    },
    commit: async (parent, changes, message) => {
      author ??= findAuthor();
      const marks = join(home, "marks");
      const input = importStream(
        parent,
        changes,
        `${await author} ${Math.floor(Date.now() / 1_000)} +0000`,
        message,
      );
      await local(["fast-import", "--quiet", "--force", `--export-marks=${marks}`], { input });
      const [, made = ""] = /^:1 ([0-9a-f]+)$/m.exec(await readFile(marks, "utf8")) ?? [];
      return made;
    },
    push: async (commit) => {
      const target = `${commit}:refs/heads/${remote.branch}`;
      try {
        await speak(["push", "--porcelain", "--quiet", "--no-verify", "--", remote.url.text, target]);
        return "pushed";
      } catch (error) {
        return rejection(error, remote);
      }
    },
    mergeLines: async (base, ours, theirs) => {
      const files = ["ours", "base", "theirs"].map((name) => join(home, name));
      await Promise.all([ours, base, theirs].map((text, index) => writeFile(files[index] ?? "", text)));
      const alsoOk = Array.from({ length: 128 }, (_, index) => index);
      const { exitCode, stdout } = await local(["merge-file", "-p", ...files], { alsoOk });
      await removeAll(...files);
      return exitCode === 0 ? stdout : undefined;
    },
    forget: () => removeAll(dir),
  };
}

const fetchWords = [
  "fetch",
  "--quiet",
  "--depth=1",
  "--no-tags",
  "--no-write-fetch-head",
  "--no-auto-maintenance",
  "--refmap=",
];

/** @see https://git-scm.com/docs/git-fast-import */
function importStream(
  parent: string | undefined,
  changes: ReadonlyMap<string, Content | undefined>,
  author: string,
  message: string,
): Uint8Array {
  const ref = "refs/state/ours";
  const data = (bytes: Uint8Array) => [Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from("\n")];
  return Buffer.concat([
    Buffer.from(`reset ${ref}\n\ncommit ${ref}\nmark :1\ncommitter ${author}\n`),
    ...data(Buffer.from(message)),
    Buffer.from(parent === undefined ? "" : `from ${parent}\n`),
    ...[...changes].flatMap(([path, content]) =>
      content === undefined
        ? [Buffer.from(`D ${quoted(path)}\n`)]
        : [Buffer.from(`M ${content.mode} inline ${quoted(path)}\n`), ...data(content.bytes)],
    ),
  ]);
}

function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

async function removeAll(...paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
}

/** Files alone: what a submodule holds is another repository's. */
function parseTree(listed: string): Tree {
  return new Map(
    listed.split("\0").flatMap((line) => {
      const [, mode, blob, path] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
      return mode === undefined || blob === undefined || path === undefined ? [] : [[path, { mode, blob }]];
    }),
  );
}

/** A branch that is missing beside others is misspelt, or was removed: to begin it anew would forget every image. */
async function refuseOtherBranches({ url, branch }: RemoteState, { stdout }: Finished): Promise<void> {
  const branches = [...stdout.matchAll(/\trefs\/heads\/(.+)/g)].map(([, name]) => name);
  if (branches.length === 0) return;
  const shown = branches.slice(0, 5).join(", ");
  throw new FactoryError("settings-invalid", `${url.text} has no branch ${branch}; it has ${shown}`, {
    hint: `Correct stateBranch, or make the branch: git push ${url.text} <commit>:refs/heads/${branch}`,
  });
}

/** A push that the server refused by a rule of its own is refused again; of any other the branch says what became. */
function rejection(error: unknown, remote: RemoteState): "rejected" | "unknown" {
  if (!(error instanceof FactoryError)) throw error;
  if (error.code === "timed-out") return "unknown";
  if (error.code !== "tool-failed") throw error;
  const finished = error.cause as Finished | undefined;
  const said = `${finished?.stdout ?? ""}\n${finished?.stderr ?? ""}`;
  if (
    /\[remote rejected\].*\((?!cannot lock|failed to (?:update|lock)|incorrect old|shallow update)/.test(said)
  ) {
    const why = /\[remote rejected\].*\(([^)]*)\)/.exec(said)?.[1];
    throw new FactoryError(
      "credentials-invalid",
      `${remote.url.text} refuses pushes to ${remote.branch}: ${why}`,
      {
        hint: "Let the factory's account push to that branch, or name another by stateBranch.",
        cause: error,
      },
    );
  }
  if (/\[(?:remote )?rejected\]/.test(said)) return "rejected";
  const explained = explain(error, remote);
  if (explained instanceof FactoryError && explained.code !== "state-unavailable") throw explained;
  return "unknown";
}

/** What a failed git process means for the state repository; what says nothing about a network is left as it is. */
function explain(error: unknown, { url }: RemoteState): unknown {
  if (!(error instanceof FactoryError) || (error.code !== "tool-failed" && error.code !== "timed-out"))
    return error;
  const stderr = stderrOf(error);
  const found = error.code === "timed-out" ? undefined : explainGit(stderr);
  if (error.code === "tool-failed" && found === undefined) return error;
  const said = stderr.split("\n").find((line) => /^(?:fatal|error|remote):/.test(line)) ?? error.message;
  const code = found?.code === "source-invalid" ? "settings-invalid" : found?.code;
  if (code === undefined || code === "source-unavailable")
    return new FactoryError(
      "state-unavailable",
      `the state repository ${url.text} does not answer: ${said}`,
      {
        hint: "Run the same command again once it does: nothing that was published is lost.",
        cause: error,
      },
    );
  const hint =
    code === "credentials-invalid"
      ? "Set the variable that stateTokenVariable names (GITHUB_TOKEN for github.com) to a token that may push there."
      : "Correct stateRepository, or the permissions of its token.";
  return new FactoryError(code, `the state repository ${url.text}: ${said}`, { hint, cause: error });
}
