import { join } from "node:path";
import { formatDuration } from "../enrolment/duration.ts";
import type { ScanPolicy } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { NonEmpty } from "../non-empty.ts";
import { ageMs, ensureFeed, type FeedDoor, storeOf } from "./ensure-feed.ts";
import { advisoryFeed, type FeedSource, javaFeed } from "./feed.ts";
import { type InstalledFeed, readInstalledFeed } from "./feed-store.ts";

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

export interface DatabaseDoor extends FeedDoor {
  /** Trivy's own repositories, or the mirror that settings name; the first that answers is taken. */
  readonly official: NonEmpty<FeedSource>;
  /** Puts the sample database into the embedded registry and says where; undefined where there is no such registry. */
  readonly sample: (() => Promise<FeedSource>) | undefined;
  /** When this run began: who needs the official database asks again for what failed before. */
  readonly began: Date;
  /** An official database whose advisories are older counts as none, whatever its source says. */
  readonly maxAgeMs: number;
}

const hourMs = 3_600_000;
/** An official database that could not be refreshed is used until its advisories are this old. */
export const staleAfterMs = 48 * hourMs;
/** The index says only which package a JAR is: an older one misses the newest JARs. */
const javaStaleAfterMs = 30 * 24 * hourMs;
/** A source that was asked is not asked again so soon, though its database announces a newer one. */
const checkIntervalMs = hourMs;
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
export async function ensureJavaIndex(
  sources: NonEmpty<FeedSource>,
  door: Omit<DatabaseDoor, "official" | "sample" | "maxAgeMs">,
): Promise<string> {
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

function isUnavailable(error: unknown): error is FactoryError {
  return error instanceof FactoryError && error.code === "database-unavailable";
}

/** Whether there can be nothing newer, or the source was asked a moment ago. */
function isCurrent({ nextUpdate, checkedAt }: InstalledFeed, now: Date): boolean {
  const sinceCheckMs = now.getTime() - checkedAt.getTime();
  return now < nextUpdate || (sinceCheckMs >= 0 && sinceCheckMs < checkIntervalMs);
}
