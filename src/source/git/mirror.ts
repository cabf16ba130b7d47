import { createHash } from "node:crypto";
import { join } from "node:path";
import type { GitCredentials } from "../../enrolment/enrolment.ts";
import type { Finished } from "../../run.ts";
import { withLock } from "../../state/lock.ts";
import { localEnvironment, remoteEnvironment } from "./environment.ts";
import { explainFailure, explainGit, stderrOf } from "./failure.ts";
import { persistently } from "./persistence.ts";
import type { GitDeps } from "./resolve.ts";
import type { GitUrl } from "./url.ts";

/** A bare repository of ours that holds single commits of another one, each without its history. */
export interface Mirror {
  readonly url: GitUrl;
  readonly credentials: GitCredentials | undefined;
  /** Holds no file contents but those that were asked for: cheaper where only a sub-directory is wanted. */
  readonly partial: boolean;
  readonly dir: string;
  readonly lock: string;
}

export interface MirrorDeps extends GitDeps {
  readonly workDir: string;
}

export function mirrorOf(
  url: GitUrl,
  credentials: GitCredentials | undefined,
  partial: boolean,
  workDir: string,
): Mirror {
  const name = createHash("sha256").update(url.text).digest("hex") + (partial ? "-partial" : "");
  return {
    url,
    credentials,
    partial,
    dir: join(workDir, "cache", "git", `${name}.git`),
    lock: join(workDir, "locks", `git-${name}.lock`),
  };
}

/** A git process on the mirror's own objects. */
export async function inMirror(
  mirror: Mirror,
  args: readonly string[],
  deps: GitDeps,
  more: {
    readonly alsoOk?: readonly number[];
    readonly input?: string | Uint8Array;
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  } = {},
): Promise<Finished> {
  return deps.run({
    ...more,
    tool: "git",
    args: [`--git-dir=${mirror.dir}`, ...args],
    cwd: more.cwd ?? mirror.dir,
    // A tree of ten folders, each ten times the next, has ten thousand million files.
    output: { mostBytes: 128 * 1024 * 1024, code: "source-invalid" },
    env: { ...localEnvironment(deps.variables), ...more.env },
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
}

/** A git process that asks the mirror's repository for something, as often as that may help. */
export async function fromRemote(
  mirror: Mirror,
  args: readonly string[],
  deps: GitDeps,
  input?: string,
): Promise<Finished> {
  const ask = () =>
    deps.run({
      tool: "git",
      args: [`--git-dir=${mirror.dir}`, ...args],
      cwd: mirror.dir,
      env: remoteEnvironment(mirror.url, mirror.credentials, deps.variables),
      // It was told to be quiet.
      output: { mostBytes: 16 * 1024 * 1024, code: "source-unavailable" },
      ...(input === undefined ? {} : { input }),
      ...(deps.signal === undefined ? {} : { signal: deps.signal }),
    });
  return persistently(ask, { signal: deps.signal, onUnknown: false });
}

/**
 * Fetches the file contents below `tree` that a partial mirror lacks, all in one request.
 * @throws FactoryError as `withCommit`.
 */
export async function completeTree(mirror: Mirror, tree: string, deps: MirrorDeps): Promise<void> {
  if (!mirror.partial) return;
  const missing = async (): Promise<readonly string[]> => {
    const args = ["rev-list", "--objects", "--no-object-names", "--missing=print", tree];
    const { stdout } = await inMirror(mirror, args, deps);
    return stdout.split("\n").flatMap((line) => (line.startsWith("?") ? [line.slice(1)] : []));
  };
  if ((await missing()).length === 0) return;
  await withLock(mirror.lock, lockOptions(deps), async () => {
    const wanted = await missing();
    if (wanted.length === 0) return;
    // The objects are named one by one: what else the mirror has says nothing about which of them it lacks.
    const negotiation = ["-c", "fetch.negotiationAlgorithm=noop"];
    const args = [...negotiation, "fetch", ...fetchOptions, "--filter=blob:none", "--stdin", "--", "origin"];
    try {
      await fromRemote(mirror, args, deps, `${wanted.join("\n")}\n`);
    } catch (error) {
      throw explainGit(stderrOf(error)) === undefined ? error : explainFailure(error, mirror.url.text);
    }
  });
}

export const fetchOptions = [
  "--quiet",
  "--no-tags",
  "--no-write-fetch-head",
  "--no-auto-maintenance",
  "--refmap=",
];

export function lockOptions({ signal }: GitDeps) {
  return signal === undefined ? {} : { signal };
}
