import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, FactoryError } from "../../errors.ts";
import { sharedLock, withLock } from "../lock.ts";
import { type Clone, type CloneDoor, type Content, openClone, type RemoteState } from "./clone.ts";
import { type IntegrateDoor, integrate } from "./integrate.ts";
import { type Known, readKnown, writeKnown } from "./known.ts";
import { commitMessage } from "./message.ts";
import { blobName, bytesOf, type Entry, imageOf, isState, statePaths, type Tree } from "./tree.ts";

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
  const clone = openClone(door.stateDir, remote, door);
  let waiting: { readonly requests: Request[]; readonly done: Promise<Outcome> } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let tip: Tip | undefined;
  return async (request) => {
    if (waiting === undefined) {
      const requests: Request[] = [];
      const done = last
        .catch(() => undefined)
        .then(async () => {
          waiting = undefined;
          const met = await exchange(requests, remote, tip, clone, door);
          tip = met.tip;
          return met.failed;
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
  last: Tip | undefined,
  clone: Clone,
  door: ExchangeDoor,
): Promise<Pick<Met, "failed" | "tip">> {
  const { stateDir, signal } = door;
  const lock = await sharedLock(stateDir, "repository");
  return withLock(lock, signal === undefined ? {} : { signal }, async () => {
    let known = await readKnown(stateDir, remote);
    const isClean = unpushed(requests, known, stateDir).length === 0;
    const pulls = requests.some((request) => request.pulls);
    if (!pulls && isClean) return { failed: new Map(), tip: last };
    if (isClean && known.exchanges > mostExchanges) {
      known = { ...known, exchanges: 0 };
      await clone.forget();
    }
    const patience = bePatient(remote, door);
    let isDamaged = false;
    const bear = async (error: unknown): Promise<undefined> => {
      if (isCode(error, "state-unavailable")) return patience("unknown", error);
      if (isDamaged || !isCode(error, "tool-failed")) throw error;
      isDamaged = true;
      await clone.forget();
      return undefined;
    };
    for (let tip = pulls ? undefined : last; ; tip = undefined) {
      const met = await meet(requests, known, tip, clone, door).catch(bear);
      if (met?.outcome === "pushed") return met;
      if (met === undefined) continue;
      known = met.known;
      // What an unanswered push has done is seen in the branch.
      await patience(met.outcome);
    }
  });
}

function isCode(error: unknown, code: ErrorCode): error is FactoryError {
  return error instanceof FactoryError && error.code === code;
}

/** The newest commit of the branch that is known, and its files. */
interface Tip {
  readonly commit: string | undefined;
  readonly files: Tree;
}

interface Met {
  readonly outcome: "pushed" | "rejected" | "unknown";
  readonly known: Known;
  readonly failed: Outcome;
  /** Undefined where it has moved. */
  readonly tip: Tip | undefined;
}

/** One try: takes up what has changed there, and puts there what has changed here. */
async function meet(
  requests: readonly Request[],
  known: Known,
  tip: Tip | undefined,
  clone: Clone,
  door: ExchangeDoor,
): Promise<Met> {
  const { stateDir } = door;
  const now = tip ?? (await fetchTip(clone));
  const { files, failed } = await integrate(
    {
      commit: now.commit,
      theirs: now.files,
      // A repository that is empty again is filled again with what is here.
      base: now.commit === undefined ? new Map() : known.files,
      wanted: (path) => requests.some((request) => owns(request, path)),
      holds: (path) => requests.some((request) => request.of !== "all" && owns(request, path)),
    },
    clone,
    door,
  );
  const paths = unpushed(requests, { files }, stateDir).filter((path) => !failed.has(path));
  const changes = changesOf(paths, files, now, stateDir);
  const common = { ...known, exchanges: known.exchanges + 1, files: withChanges(files, changes) };
  if (changes.size === 0) {
    await writeKnown(stateDir, common);
    return { outcome: "pushed", known: common, failed, tip: now };
  }
  const texts = [...changes].map(async ([path, content]) => ({
    path,
    before: imageOf(path) === undefined ? undefined : await textOf(now.files.get(path), clone),
    after: content === undefined ? undefined : Buffer.from(content.bytes).toString("utf8"),
  }));
  const commit = await clone.commit(now.commit, changes, commitMessage(await Promise.all(texts)));
  const outcome = await clone.push(commit);
  if (outcome !== "pushed") return { outcome, known: { ...known, files }, failed, tip: undefined };
  await writeKnown(stateDir, common);
  return { outcome, known: common, failed, tip: { commit, files: withChanges(now.files, changes) } };
}

async function fetchTip(clone: Clone): Promise<Tip> {
  const commit = await clone.fetch();
  return { commit, files: commit === undefined ? new Map() : await clone.tree(commit) };
}

/** What was fetched is kept for so long; then one small fetch takes the place of thousands of objects. */
const mostExchanges = 500;

/** How often a push may come too late, and how often a server may not answer. */
const mostTries = { rejected: 60, unknown: 5 } as const;

/** Waits before each further try, longer each time and never as long as another run. */
function bePatient({ url, branch }: RemoteState, { pauseMs, signal }: ExchangeDoor) {
  const tries = { rejected: 0, unknown: 0 };
  return async (why: keyof typeof tries, error?: FactoryError): Promise<undefined> => {
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
    const options = signal === undefined ? {} : { signal };
    await sleep(pauseMs(tries[why]), undefined, options).catch(() => signal?.throwIfAborted());
    return undefined;
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
      image === undefined ? isState(path) : imageOf(path) === image,
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
function changesOf(
  paths: readonly string[],
  base: Tree,
  { commit, files: theirs }: Tip,
  stateDir: string,
): ReadonlyMap<string, (Content & Entry) | undefined> {
  return new Map(
    paths.flatMap((path) => {
      const bytes = bytesOf(join(stateDir, path));
      const blob = bytes === undefined ? undefined : blobName(bytes, commit);
      if (blob === theirs.get(path)?.blob) return [];
      const mode = (theirs.get(path) ?? base.get(path))?.mode ?? "100644";
      return [[path, bytes === undefined || blob === undefined ? undefined : { mode, blob, bytes }] as const];
    }),
  );
}

function withChanges(files: Tree, changes: ReadonlyMap<string, Entry | undefined>): Tree {
  const after = new Map(files);
  for (const [path, entry] of changes) {
    if (entry === undefined) after.delete(path);
    else after.set(path, { mode: entry.mode, blob: entry.blob });
  }
  return after;
}

async function textOf(entry: Entry | undefined, clone: Clone): Promise<string | undefined> {
  return entry === undefined ? undefined : clone.read(entry.blob);
}
