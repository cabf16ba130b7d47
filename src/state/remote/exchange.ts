import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, FactoryError } from "../../errors.ts";
import { sharedLock, withLock } from "../lock.ts";
import { type Clone, type CloneDoor, openClone, type RemoteState } from "./clone.ts";
import { type IntegrateDoor, integrate } from "./integrate.ts";
import { type Known, readKnown, writeKnown } from "./known.ts";
import { commitMessage } from "./message.ts";
import { blobName, bytesOf, type Entry, imageOf, isBaseRecord, statePaths, type Tree } from "./tree.ts";

/** What one caller wants of the state folder and its repository to be the same. */
export interface Request {
  /** Everything; or what is about an image whose lock the caller has; or single files. */
  readonly of: "all" | { readonly image: string } | { readonly files: readonly string[] };
  /** Whether what others have pushed has to be here afterwards. */
  readonly pulls: boolean;
  /** Whether what was written here has to be there afterwards. */
  readonly pushes: boolean;
}

export interface ExchangeDoor extends CloneDoor, IntegrateDoor {
  /** Milliseconds to wait before one more try. */
  readonly pauseMs: (tries: number) => number;
}

/**
 * Brings the state folder and its repository to the same, for all callers that ask meanwhile at once: three files that
 * three images have written are one commit.
 */
export function createExchange(remote: RemoteState, door: ExchangeDoor): (request: Request) => Promise<void> {
  let waiting: { readonly requests: Request[]; readonly done: Promise<Outcome> } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return async (request) => {
    if (waiting === undefined) {
      const requests: Request[] = [];
      const done = last
        .catch(() => undefined)
        .then(() => {
          waiting = undefined;
          return exchange(requests, remote, door);
        });
      waiting = { requests, done };
      last = done;
    }
    waiting.requests.push(request);
    const failed = await waiting.done;
    for (const [path, error] of failed) if (owns(request, path)) throw error;
  };
}

/** What went wrong with single files, by their paths. */
type Outcome = ReadonlyMap<string, unknown>;

function owns({ of }: Request, path: string): boolean {
  if (of === "all") return true;
  return "image" in of ? imageOf(path) === of.image : of.files.includes(path);
}

async function exchange(
  requests: readonly Request[],
  remote: RemoteState,
  door: ExchangeDoor,
): Promise<Outcome> {
  const { stateDir, signal } = door;
  const lock = await sharedLock(stateDir, "repository");
  return withLock(lock, signal === undefined ? {} : { signal }, async () => {
    const clone = openClone(stateDir, remote, door);
    let known = await readKnown(stateDir, remote);
    const isClean = unpushed(requests, known, stateDir).length === 0;
    const pulls = requests.some((request) => request.pulls);
    if (!pulls && isClean) return new Map();
    if (isClean && known.exchanges > mostExchanges) await clone.forget();
    const patience = bePatient(remote, door);
    let isDamaged = false;
    const bear = async (error: unknown): Promise<void> => {
      if (isCode(error, "state-unavailable")) return patience("unknown", error);
      if (isDamaged || !isCode(error, "tool-failed")) throw error;
      isDamaged = true;
      await clone.forget();
    };
    for (let fetches = pulls; ; fetches = true) {
      const met = await meet(requests, { ...known, fetches }, clone, door).catch(bear);
      if (met?.outcome === "pushed") return met.failed;
      if (met === undefined) continue;
      known = { ...known, files: met.files };
      // What an unanswered push has done is seen in the branch.
      await patience(met.outcome);
    }
  });
}

function isCode(error: unknown, code: ErrorCode): error is FactoryError {
  return error instanceof FactoryError && error.code === code;
}

/** One try: takes up what has changed there, and puts there what has changed here. */
async function meet(
  requests: readonly Request[],
  before: Known & { readonly fetches: boolean },
  clone: Clone,
  door: ExchangeDoor,
): Promise<{
  readonly outcome: "pushed" | "rejected" | "unknown";
  readonly files: Tree;
  readonly failed: Outcome;
}> {
  const { stateDir } = door;
  const { fetches, ...known } = before;
  const commit = (fetches ? undefined : await clone.current()) ?? (await clone.fetch());
  const theirs: Tree = commit === undefined ? new Map() : await clone.tree(commit);
  const { files, failed } = await integrate(
    {
      commit,
      theirs,
      // A repository that is empty again is filled again with what is here.
      base: commit === undefined ? new Map() : known.files,
      wanted: (path) => requests.some((request) => owns(request, path)),
      holds: (path) => requests.some((request) => request.of !== "all" && owns(request, path)),
    },
    clone,
    door,
  );
  const paths = unpushed(requests, { files }, stateDir).filter((path) => !failed.has(path));
  const changes = await changesOf(paths, files, theirs, clone, stateDir);
  const exchanges = known.exchanges + 1;
  if (changes.size > 0) {
    const texts = [...changes.keys()].map(async (path) => ({
      path,
      before: await textOf(theirs.get(path), clone),
      after: bytesOf(join(stateDir, path))?.toString("utf8"),
    }));
    const made = await clone.commit(commit, changes, commitMessage(await Promise.all(texts)));
    const outcome = await clone.push(made);
    if (outcome !== "pushed") return { outcome, files, failed };
  }
  const common = withChanges(files, changes);
  await writeKnown(stateDir, { ...known, exchanges, files: common });
  return { outcome: "pushed", files: common, failed };
}

/** What was fetched is kept for so long; then one small fetch takes the place of thousands of objects. */
const mostExchanges = 500;

/** How often a push may come too late, and how often a server may not answer. */
const mostTries = { rejected: 60, unknown: 5 } as const;

/** Waits before each further try, longer each time and never as long as another run. */
function bePatient({ url, branch }: RemoteState, { pauseMs, signal }: ExchangeDoor) {
  const tries = { rejected: 0, unknown: 0 };
  return async (why: keyof typeof tries, error?: FactoryError): Promise<void> => {
    tries[why] += 1;
    if (tries[why] >= mostTries[why]) {
      throw (
        error ??
        new FactoryError(
          why === "rejected" ? "locked" : "state-unavailable",
          `${url.text}: ${branch} did not take what was recorded, after ${tries[why]} tries`,
          { hint: "Run the same command again: nothing that was published is lost." },
        )
      );
    }
    await sleep(pauseMs(tries[why]), undefined, signal === undefined ? {} : { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
  };
}

/** The paths that say something else here than when they were last the same. */
function unpushed(
  requests: readonly Request[],
  { files }: Pick<Known, "files">,
  stateDir: string,
): readonly string[] {
  const asked = requests.flatMap((request): readonly string[] => {
    if (!request.pushes) return [];
    const { of } = request;
    if (of !== "all" && "files" in of) return of.files;
    const image = of === "all" ? undefined : of.image;
    const known = [...files.keys()].filter((path) =>
      image === undefined ? imageOf(path) !== undefined || isBaseRecord(path) : imageOf(path) === image,
    );
    return [...statePaths(stateDir, image), ...known];
  });
  return [...new Set(asked)].filter((path) => {
    const bytes = bytesOf(join(stateDir, path));
    const like = files.get(path)?.blob;
    return (bytes === undefined ? undefined : blobName(bytes, like)) !== like;
  });
}

/** What the branch has to take up of these paths. */
async function changesOf(
  paths: readonly string[],
  base: Tree,
  theirs: Tree,
  clone: Clone,
  stateDir: string,
): Promise<ReadonlyMap<string, Entry | undefined>> {
  const there = paths.filter((path) => bytesOf(join(stateDir, path)) !== undefined);
  const blobs = await clone.store(there);
  const entries = new Map(
    there.map((path, index) => {
      const mode = (theirs.get(path) ?? base.get(path))?.mode ?? "100644";
      return [path, { mode, blob: blobs[index] ?? "" }] as const;
    }),
  );
  return new Map(
    paths.flatMap((path) => {
      const entry = entries.get(path);
      return entry?.blob === theirs.get(path)?.blob ? [] : [[path, entry] as const];
    }),
  );
}

function withChanges(files: Tree, changes: ReadonlyMap<string, Entry | undefined>): Tree {
  const after = new Map(files);
  for (const [path, entry] of changes) {
    if (entry === undefined) after.delete(path);
    else after.set(path, entry);
  }
  return after;
}

async function textOf(entry: Entry | undefined, clone: Clone): Promise<string | undefined> {
  return entry === undefined ? undefined : clone.read(entry.blob);
}
