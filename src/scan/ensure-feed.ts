import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { Run } from "../run.ts";
import { withLock } from "../state/lock.ts";
import type { Feed, FeedLayer, FeedSource } from "./feed.ts";
import { confirmFeed, type InstalledFeed, installFeed, readInstalledFeed } from "./feed-store.ts";

export interface FeedDoor {
  readonly workDir: string;
  readonly run: Run;
  readonly clock: () => Date;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

export interface FeedRequest {
  readonly feed: Feed;
  /** Name of the folder that it is kept in. */
  readonly name: string;
  readonly sources: NonEmpty<FeedSource>;
  /** Whether one that is there is used without asking its source. */
  readonly isFresh: (installed: InstalledFeed, now: Date) => boolean;
  /** Age of the contents up to which one that could not be refreshed is used. */
  readonly usableMs: number;
  /** How long a failure stands for the next one. */
  readonly retryMs: number;
  /** Only failures since then do; undefined for all. */
  readonly believed: Date | undefined;
  /** How often all sources are asked when there is nothing to fall back to: what passes shall not fail a build. */
  readonly rounds: number;
}

/** How long a repository has to answer at all: on a closed network this is what the decision costs. */
const answerMs = 4_000;
const downloadMs = 15 * 60_000;

/**
 * A feed as it is on this machine, or as the first of its sources that answers has it: fetched where none is fresh.
 * Callers in any process wait for one fetch.
 * @throws FactoryError "database-unavailable".
 */
export async function ensureFeed(
  { feed, name, sources, isFresh, usableMs, retryMs, believed, rounds }: FeedRequest,
  door: FeedDoor,
): Promise<InstalledFeed> {
  const store = storeOf(door.workDir, name);
  const names = sources.map((source) => source.name);
  const options = door.signal === undefined ? {} : { signal: door.signal };
  return withLock(join(door.workDir, "locks", `trivy-${name}.lock`), options, async () => {
    await mkdir(store, { recursive: true });
    const found = await readInstalledFeed(store, feed, (file) => {
      door.log({ kind: "warning", text: `${file} is damaged: the ${feed.name} is fetched again` });
    });
    const installed = found !== undefined && names.includes(found.source) ? found : undefined;
    const now = door.clock();
    if (installed !== undefined && isFresh(installed, now)) return installed;
    const isUsable = installed !== undefined && ageMs(installed, now) <= usableMs;
    const fetch = () => fetchFeed(feed, store, sources, installed, now, door);
    const earlier = await readFailure(feed, store, names, now, { retryMs, believed });
    let failure = earlier ?? (await fetch());
    for (let round = 1; failure instanceof FactoryError && earlier === undefined && round < rounds; round++) {
      if (isUsable) break;
      failure = await fetch();
    }
    if (!(failure instanceof FactoryError)) return failure;
    if (!isUsable) throw failure;
    door.log({
      kind: "warning",
      text: `the ${feed.name} of ${installed.updatedAt.toISOString()} is used: ${failure.message}`,
    });
    return installed;
  });
}

/** Fetches from the first source that answers; what fails is remembered and returned. */
async function fetchFeed(
  feed: Feed,
  store: string,
  sources: NonEmpty<FeedSource>,
  installed: InstalledFeed | undefined,
  now: Date,
  door: FeedDoor,
): Promise<InstalledFeed | FactoryError> {
  const within = (ms: number) =>
    AbortSignal.any([AbortSignal.timeout(ms), ...(door.signal === undefined ? [] : [door.signal])]);
  const answers = await Promise.allSettled(sources.map((source) => source.resolve(within(answerMs))));
  door.signal?.throwIfAborted();
  const problems: string[] = [];
  for (const [at, answer] of answers.entries()) {
    const source = sources[at] as FeedSource;
    let tooLate = `no answer within ${answerMs / 1000} s`;
    try {
      const layer = settledValue(answer);
      tooLate = `not fetched within ${downloadMs / 60_000} minutes`;
      const isSame = installed?.digest === layer.digest;
      const fetched = isSame
        ? await confirmFeed(store, feed, pointerOf(installed, source), now)
        : await download(feed, store, source, layer, { ...door, now, signal: within(downloadMs) });
      await rm(failureFile(store), { force: true });
      return fetched;
    } catch (error) {
      door.signal?.throwIfAborted();
      problems.push(`${source.name}: ${reasonOf(error, tooLate)}`);
    }
  }
  const failure = unavailable(feed, problems);
  const record: Failure = { at: now.toISOString(), sources: sources.map(({ name }) => name), problems };
  await writeFileAtomic(failureFile(store), `${JSON.stringify(record)}\n`);
  return failure;
}

function pointerOf({ dir, digest, marks }: InstalledFeed, source: FeedSource) {
  return { digest, source: source.name, folder: dir.slice(dir.lastIndexOf("/") + 1), marks };
}

async function download(
  feed: Feed,
  store: string,
  source: FeedSource,
  layer: FeedLayer,
  door: { readonly run: Run; readonly log: Log; readonly now: Date; readonly signal: AbortSignal },
): Promise<InstalledFeed> {
  const megabytes = (layer.size / 1e6).toFixed(1);
  door.log({ kind: "note", text: `fetching the ${feed.name} (${megabytes} MB) from ${source.name}` });
  return installFeed(store, feed, source, layer, door);
}

function settledValue<T>(answer: PromiseSettledResult<T>): T {
  if (answer.status === "rejected") throw answer.reason;
  return answer.value;
}

/** A failure to fetch is told in words; anything else is a bug of ours and stays one. */
function reasonOf(error: unknown, tooLate: string): string {
  const isTooLate = error instanceof FactoryError ? error.code === "interrupted" : isTimeOut(error);
  if (isTooLate) return tooLate;
  if (error instanceof FactoryError) return error.message;
  throw error;
}

function isTimeOut(error: unknown): boolean {
  if (error instanceof DOMException) return error.name === "TimeoutError";
  // What a stream is stopped with names the reason as its cause.
  return error instanceof Error && error.cause instanceof DOMException && isTimeOut(error.cause);
}

interface Failure {
  readonly at: string;
  readonly sources: readonly string[];
  readonly problems: readonly string[];
}

function failureFile(store: string): string {
  return join(store, "not-to-be-had.json");
}

/** What went wrong a moment ago with the same sources; undefined when it is time to ask again. */
async function readFailure(
  feed: Feed,
  store: string,
  sources: readonly string[],
  now: Date,
  { retryMs, believed }: Pick<FeedRequest, "retryMs" | "believed">,
): Promise<FactoryError | undefined> {
  let failure: Failure;
  try {
    failure = JSON.parse(await readFile(failureFile(store), "utf8")) as Failure;
  } catch {
    return undefined;
  }
  const at = new Date(failure.at);
  if (believed !== undefined && at < believed) return undefined;
  const sinceMs = now.getTime() - at.getTime();
  const isRecent = sinceMs >= 0 && sinceMs < retryMs;
  if (!isRecent || failure.sources.join() !== sources.join()) return undefined;
  const again = new Date(now.getTime() - sinceMs + retryMs).toISOString();
  return unavailable(feed, failure.problems, `asked at ${failure.at}, not again before ${again}`);
}

function unavailable(feed: Feed, problems: readonly string[], when?: string): FactoryError {
  const reason = problems.join("; ");
  return new FactoryError(
    "database-unavailable",
    `no ${feed.name} is to be had: ${reason}${when === undefined ? "" : ` (${when})`}`,
    { hint: `Let this machine reach one of these, or name a mirror by ${feed.setting} in factory.yaml.` },
  );
}

/** Of its contents. */
export function ageMs({ updatedAt }: InstalledFeed, now: Date): number {
  return now.getTime() - updatedAt.getTime();
}

/** The folder that a feed is kept in. */
export function storeOf(workDir: string, name: string): string {
  return join(workDir, "cache", "trivy", name);
}
