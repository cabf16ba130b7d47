import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { formatDuration } from "../enrolment/duration.ts";
import type { ScanPolicy } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { Run } from "../run.ts";
import { withLock } from "../state/lock.ts";
import { advisoryFeed, type Feed, type FeedLayer, type FeedSource, javaFeed } from "./feed.ts";
import { confirmFeed, type InstalledFeed, installFeed, readInstalledFeed } from "./feed-store.ts";

/** The advisories that a scan compares packages with. */
export interface Database {
  readonly kind: "official" | "sample";
  /** Holds `db/`, as a cache folder of Trivy's does; nobody changes what is in it. */
  readonly dir: string;
  /** When its advisories were gathered, RFC 3339. */
  readonly updatedAt: string;
  /** Version of its schema. */
  readonly version: number;
  /** `host/path:tag` that it came from. */
  readonly source: string;
}

export interface DatabaseDoor {
  readonly workDir: string;
  readonly run: Run;
  readonly clock: () => Date;
  readonly log: Log;
  /** Trivy's own repositories, or the mirror that settings name; the first that answers is taken. */
  readonly official: NonEmpty<FeedSource>;
  /** Puts the sample database into the embedded registry and says where; undefined where there is no such registry. */
  readonly sample: (() => Promise<FeedSource>) | undefined;
  /** When this run began: who needs the official database asks again for what failed before. */
  readonly began: Date;
  /** An official database whose advisories are older counts as none, whatever its source says. */
  readonly maxAgeMs: number;
  readonly signal?: AbortSignal;
}

type FeedDoor = Omit<DatabaseDoor, "official" | "sample" | "maxAgeMs">;

const hourMs = 3_600_000;
/** An official database that could not be refreshed is used until its advisories are this old. */
export const staleAfterMs = 48 * hourMs;
/** The index says only which package a JAR is: an older one misses the newest JARs. */
const javaStaleAfterMs = 30 * 24 * hourMs;
/** A source that was asked is not asked again so soon, though its database announces a newer one. */
const checkIntervalMs = hourMs;
/** How long a repository has to answer at all: on a closed network this is what the decision costs. */
const answerMs = 4_000;
const downloadMs = 15 * 60_000;
/** After a failure, entries that may use the sample do so this long without asking again. */
const sampleRetryMs = 10 * 60_000;
/** After a failure, other entries of the same run, and runs that wait beside it, fail this long without asking again. */
const officialRetryMs = 15_000;

/**
 * Finds the database for an entry whose policy names `allowed`: the official one, fetched when there is none or its
 * successor is due, and only for "sample" the factory's own where the official one is not to be had. Callers in any
 * process wait for one fetch.
 * @throws FactoryError "database-unavailable".
 */
export async function ensureDatabase(allowed: ScanPolicy["database"], door: DatabaseDoor): Promise<Database> {
  try {
    const effort =
      allowed === "sample"
        ? { retryMs: sampleRetryMs, rounds: 1, believed: undefined }
        : { retryMs: officialRetryMs, rounds: 2, believed: door.began };
    const usableMs = Math.min(staleAfterMs, door.maxAgeMs);
    const installed = await ensureFeed({ ...official, usableMs, sources: door.official, ...effort }, door);
    const age = ageMs(installed, door.clock());
    if (age > door.maxAgeMs) {
      const newest = `${installed.source} has none that is newer than ${installed.updatedAt.toISOString()}`;
      throw new FactoryError(
        "database-unavailable",
        `no ${advisoryFeed.name} is to be had: ${newest}, and one older than ${formatDuration(door.maxAgeMs)} counts as none`,
        {
          hint: "Bring the mirror that trivyDatabase names up to date, or set databaseMaxAge in factory.yaml.",
        },
      );
    }
    if (age > staleAfterMs) {
      const text = `${installed.source} has no newer ${advisoryFeed.name} than that of ${installed.updatedAt.toISOString()}`;
      door.log({ kind: "warning", text });
    }
    return databaseOf("official", installed);
  } catch (error) {
    if (!isUnavailable(error) || allowed !== "sample" || door.sample === undefined) throw error;
    door.log({
      kind: "warning",
      text: `database: sample, which knows next to nothing, because ${error.message}`,
    });
    return databaseOf("sample", await ensureFeed({ ...sample, sources: [await door.sample()] }, door));
  }
}

/**
 * The folder of the index by which Trivy tells which package a JAR file is; fetched like the database.
 * @throws FactoryError "database-unavailable".
 */
export async function ensureJavaIndex(sources: NonEmpty<FeedSource>, door: FeedDoor): Promise<string> {
  const installed = await ensureFeed({ ...java, sources, believed: door.began }, door);
  return join(installed.dir, javaFeed.folder);
}

/** The bbolt file with the advisories. */
export function databaseFile(database: Pick<Database, "dir">): string {
  return join(database.dir, advisoryFeed.folder, advisoryFeed.data);
}

/** The official database as it is on this machine, however old; undefined when there is none. Fetches nothing. */
export async function presentDatabase(workDir: string): Promise<Database | undefined> {
  const installed = await readInstalledFeed(storeOf(workDir, "official"), advisoryFeed);
  return installed === undefined ? undefined : databaseOf("official", installed);
}

function databaseOf(kind: Database["kind"], installed: InstalledFeed): Database {
  const { dir, version, source } = installed;
  return { kind, dir, updatedAt: installed.updatedAt.toISOString(), version, source };
}

function storeOf(workDir: string, name: string): string {
  return join(workDir, "cache", "trivy", name);
}

interface FeedRequest {
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

const official = { feed: advisoryFeed, name: "official", isFresh: isCurrent };
const java = {
  feed: javaFeed,
  name: "java",
  isFresh: isCurrent,
  usableMs: javaStaleAfterMs,
  retryMs: officialRetryMs,
  rounds: 2,
};
/** Is on this machine, and changes with the factory: always asked for. */
const sample = {
  feed: advisoryFeed,
  name: "sample",
  isFresh: () => false,
  usableMs: Number.POSITIVE_INFINITY,
  retryMs: 0,
  believed: undefined,
  rounds: 1,
};

async function ensureFeed(
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

function ageMs({ updatedAt }: InstalledFeed, now: Date): number {
  return now.getTime() - updatedAt.getTime();
}

/** Whether there can be nothing newer, or the source was asked a moment ago. */
function isCurrent({ nextUpdate, checkedAt }: InstalledFeed, now: Date): boolean {
  const sinceCheckMs = now.getTime() - checkedAt.getTime();
  return now < nextUpdate || (sinceCheckMs >= 0 && sinceCheckMs < checkIntervalMs);
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

function isUnavailable(error: unknown): error is FactoryError {
  return error instanceof FactoryError && error.code === "database-unavailable";
}
