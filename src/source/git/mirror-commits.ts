import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../../errors.ts";
import { withLock } from "../../state/lock.ts";
import { removeFolder } from "../private-folder.ts";
import { explainFailure, explainGit, lacksCommit, refusesPart, stderrOf } from "./failure.ts";
import { fetchOptions, fromRemote, inMirror, lockOptions, type Mirror, type MirrorDeps } from "./mirror.ts";

/**
 * Runs `work` on a mirror that holds `commit`, fetching it where it is missing. A mirror that turns out to be damaged
 * is fetched anew and `work` run once more, so `work` has to be repeatable.
 * @throws FactoryError "source-ref-missing", "source-unavailable", "source-invalid" or "credentials-invalid".
 */
export async function withCommit<T>(
  mirror: Mirror,
  commit: string,
  deps: MirrorDeps,
  work: () => Promise<T>,
): Promise<T> {
  const generation = await ensureCommit(mirror, commit, undefined, deps);
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== "tool-failed") throw error;
    await ensureCommit(mirror, commit, generation, deps);
  }
  try {
    return await work();
  } catch (error) {
    throw explainFailure(error, mirror.url.text);
  }
}

/** Gives the name of the mirror's present incarnation; `damaged` is one that may not be used any more. */
async function ensureCommit(
  mirror: Mirror,
  commit: string,
  damaged: string | undefined,
  deps: MirrorDeps,
): Promise<string> {
  const ready = () => {
    const generation = generationOf(mirror);
    return generation !== damaged && holds(mirror, commit) ? generation : undefined;
  };
  return (
    ready() ??
    withLock(mirror.lock, lockOptions(deps), async () => {
      const generation = ready();
      if (generation !== undefined) return generation;
      // A commit that is gone was tidied away by another run; one that is there and cannot be read is damage.
      if (generationOf(mirror) === damaged && holds(mirror, commit)) await retire(mirror);
      return fetchInto(mirror, commit, deps);
    })
  );
}

function generationOf(mirror: Mirror): string | undefined {
  return readIfThere(join(mirror.dir, "generation"));
}

/** The ref is written after all objects are there, so it stands for the whole commit. */
function holds(mirror: Mirror, commit: string): boolean {
  const ref = keptRef(commit);
  if (existsSync(join(mirror.dir, ref))) return true;
  return readIfThere(join(mirror.dir, "packed-refs"))?.includes(` ${ref}\n`) === true;
}

function keptRef(commit: string): string {
  return `refs/kept/${commit}`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function fetchInto(
  mirror: Mirror,
  commit: string,
  deps: MirrorDeps,
  isLastTry = false,
): Promise<string> {
  const known = generationOf(mirror);
  const generation = known ?? (await create(mirror, commit, deps));
  try {
    await fetchCommit(mirror, commit, deps);
    await tidy(mirror, commit, deps);
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== "tool-failed") throw error;
    // What git says nothing known about is blamed on the mirror, or on bytes that were spoilt on their way into it:
    // stale locks, lost objects, another object format.
    if (isLastTry || explainGit(stderrOf(error)) !== undefined) throw explainFailure(error, mirror.url.text);
    await retire(mirror);
    return fetchInto(mirror, commit, deps, true);
  }
  return generation;
}

async function retire(mirror: Mirror): Promise<void> {
  const away = `${mirror.dir}.${randomUUID()}`;
  await rename(mirror.dir, away);
  await removeFolder(away);
}

/** Made aside and moved into place, so that a mirror is either whole or not there. */
async function create(mirror: Mirror, commit: string, deps: MirrorDeps): Promise<string> {
  const generation = randomUUID();
  const aside = { ...mirror, dir: `${mirror.dir}.${randomUUID()}` };
  const git = (...args: string[]) => inMirror(aside, args, deps, { cwd: "/" });
  try {
    await mkdir(aside.dir, { recursive: true });
    await git(
      "init",
      "--quiet",
      "--bare",
      "--template=",
      `--object-format=${commit.length === 64 ? "sha256" : "sha1"}`,
    );
    await git("config", "remote.origin.url", mirror.url.text);
    if (mirror.partial) {
      await git("config", "core.repositoryFormatVersion", "1");
      await git("config", "extensions.partialClone", "origin");
      await git("config", "remote.origin.promisor", "true");
      await git("config", "remote.origin.partialCloneFilter", "blob:none");
    }
    await mkdir(join(aside.dir, "info"), { recursive: true });
    await writeFile(join(aside.dir, "info", "attributes"), bytesAsTheyAre);
    await writeFile(join(aside.dir, "generation"), generation);
    await removeFolder(mirror.dir);
    await rename(aside.dir, mirror.dir);
    return generation;
  } catch (error) {
    await removeFolder(aside.dir);
    throw error;
  }
}

/** Stands above every .gitattributes of a tree: no filter program runs, no line ending or keyword changes. */
const bytesAsTheyAre = "* -text -filter -ident !eol !crlf !working-tree-encoding\n";

async function fetchCommit(mirror: Mirror, commit: string, deps: MirrorDeps): Promise<void> {
  const filter = mirror.partial ? ["--filter=blob:none"] : [];
  const refspec = `+${commit}:${keptRef(commit)}`;
  try {
    await fromRemote(
      mirror,
      ["fetch", ...fetchOptions, "--depth=1", ...filter, "--", "origin", refspec],
      deps,
    );
  } catch (error) {
    if (lacksCommit(stderrOf(error))) throw commitMissing(mirror, commit, error);
    if (!refusesPart(stderrOf(error))) throw error;
    await fetchEverything(mirror, commit, deps);
  }
}

/** For servers that hand out neither single commits nor history in part: plain files over HTTP, and very old ones. */
async function fetchEverything(mirror: Mirror, commit: string, deps: MirrorDeps): Promise<void> {
  const depth = existsSync(join(mirror.dir, "shallow")) ? ["--unshallow"] : [];
  const refspecs = ["+refs/heads/*:refs/all/heads/*", "+refs/tags/*:refs/all/tags/*"];
  await fromRemote(mirror, ["fetch", ...fetchOptions, ...depth, "--", "origin", ...refspecs], deps);
  const { exitCode } = await inMirror(mirror, ["cat-file", "-e", `${commit}^{commit}`], deps, {
    alsoOk: [1, 128],
  });
  if (exitCode !== 0) throw commitMissing(mirror, commit);
  await inMirror(mirror, ["update-ref", keptRef(commit), commit], deps);
}

function commitMissing(mirror: Mirror, commit: string, cause?: unknown): FactoryError {
  return new FactoryError("source-ref-missing", `${mirror.url.text} has no commit ${commit}`, {
    hint: "Push it, or correct source.ref.",
    cause,
  });
}

/** A mirror keeps this many commits when it has twice as many. */
const keptCommits = 32;

/** Lets go of the oldest commits, and packs what has become many files. */
async function tidy(mirror: Mirror, commit: string, deps: MirrorDeps): Promise<void> {
  // The last time left as many in a pack: of twice as many, these are files of their own.
  if ((await readdir(join(mirror.dir, "refs/kept"))).length < keptCommits) return;
  const { stdout } = await inMirror(
    mirror,
    ["for-each-ref", "--sort=-committerdate", "--format=%(refname)", "refs/kept"],
    deps,
  );
  const refs = stdout.split("\n").filter((ref) => ref !== "" && ref !== keptRef(commit));
  if (refs.length < 2 * keptCommits) return;
  const input = refs
    .slice(keptCommits)
    .map((ref) => `delete ${ref}\n`)
    .join("");
  await inMirror(mirror, ["update-ref", "--stdin"], deps, { input });
  await inMirror(mirror, ["gc", "--quiet"], deps);
}
