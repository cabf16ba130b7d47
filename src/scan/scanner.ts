import { join } from "node:path";
import type { Enrolment, ScanPolicy } from "../enrolment/enrolment.ts";
import type { Address } from "../registry/address.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { CredentialStore } from "../registry/credentials.ts";
import { type Database, type DatabaseDoor, ensureDatabase, ensureJavaIndex } from "./database.ts";
import { advisoryFeed, javaFeed } from "./feed.ts";
import { feedSources, type OpenClient } from "./feed-registry.ts";
import { rescanPlatform } from "./rescan.ts";
import { publishSampleDatabase } from "./sample-database.ts";
import { sbomShelf } from "./sbom-shelf.ts";
import { type ScanDoor, type ScanSettings, scanPlatform } from "./scan-platform.ts";
import type { PlatformScan, ScanDatabase, ScanTarget } from "./scan-report.ts";
import type { Trivy } from "./trivy-command.ts";

/** Whatever has a policy: an enrolled image, or what is judged by the default one. */
export type Judged = Pick<Enrolment, "name" | "repository" | "scan" | "timeouts">;

export interface Scanner {
  /** Scans one platform of an enrolled image by that image's policy; `address` is the registry that has it. */
  readonly scan: <P extends ScanTarget>(
    platform: P,
    enrolment: Judged,
    address: Address,
    signal?: AbortSignal,
  ) => Promise<PlatformScan<P>>;
  /** Scans a published platform again, by the SBOM that is kept beside it where there is one. */
  readonly rescan: <P extends ScanTarget>(
    platform: P,
    enrolment: Judged,
    address: Address,
  ) => Promise<PlatformScan<P>>;
  /** The database that a scan of that image uses; fetches it where it is not there. */
  readonly database: (enrolment: Enrolment) => Promise<Pick<ScanDatabase, "kind" | "updatedAt">>;
  /** Begins to look for Trivy and the database, for a scan that is about to come; what fails is that scan's to say. */
  readonly prepare: (enrolment: Enrolment) => void;
}

export interface ScannerDoor extends Pick<ScanDoor, "run" | "clock" | "workDir" | "log"> {
  readonly credentials: CredentialStore;
  readonly signal: AbortSignal;
  readonly openClient: OpenClient;
  /** Repositories that mirror Trivy's databases; undefined for Trivy's own. */
  readonly mirrors: { readonly advisories: string | undefined; readonly java: string | undefined };
  readonly databaseMaxAgeMs: number;
  /** The sample database's file, where images may fall back to it; undefined where no embedded registry runs. */
  readonly sample: string | undefined;
  readonly findTrivy: () => Promise<Trivy>;
  readonly client: RegistryClient;
  readonly stateDir: string;
}

/** Makes a scanner that looks for Trivy and its databases when the first scan needs them, and once. */
export function createScanner(door: ScannerDoor): Scanner {
  const { workDir, run, clock, log, signal, openClient, sample, credentials } = door;
  const feeds: Omit<DatabaseDoor, "official" | "sample" | "maxAgeMs"> = {
    workDir,
    run,
    clock,
    log,
    signal,
    began: clock(),
  };
  const openSample =
    sample === undefined ? undefined : () => publishSampleDatabase(sample, openClient, signal);

  let trivy: Promise<Trivy> | undefined;
  const databases = new Map<ScanPolicy["database"], Promise<Database>>();
  const databaseFor = (allowed: ScanPolicy["database"]): Promise<Database> => {
    const known =
      databases.get(allowed) ??
      ensureDatabase(allowed, {
        ...feeds,
        official: feedSources(advisoryFeed, door.mirrors.advisories, openClient),
        sample: openSample,
        maxAgeMs: door.databaseMaxAgeMs,
      });
    databases.set(allowed, known);
    return known;
  };
  const tool = (): Promise<Trivy> => {
    trivy ??= door.findTrivy();
    return trivy;
  };
  const prepared = async (
    { scan: policy, timeouts }: Judged,
    address: Address,
    stop: AbortSignal,
  ): Promise<[ScanSettings, ScanDoor]> => {
    const [found, database, credential] = await Promise.all([
      tool(),
      databaseFor(policy.database),
      credentials.lookup(address.host, address.path),
    ]);
    const access = { host: address.host, plainHttp: address.plainHttp, credential };
    const javaIndex = () => ensureJavaIndex(feedSources(javaFeed, door.mirrors.java, openClient), feeds);
    return [
      { policy, timeoutMs: timeouts.scanMs, database, access },
      { run, clock, workDir, log, trivy: found, javaIndex, signal: stop },
    ];
  };
  const scan: Scanner["scan"] = async (platform, enrolment, address, stop = signal) =>
    scanPlatform(platform, ...(await prepared(enrolment, address, stop)));
  const rescan: Scanner["rescan"] = async (platform, enrolment, address) => {
    const shelf = sbomShelf(enrolment.repository, platform, {
      client: door.client,
      stateDir: door.stateDir,
      log,
    });
    return rescanPlatform(platform, shelf, ...(await prepared(enrolment, address, signal)));
  };
  const prepare: Scanner["prepare"] = ({ scan: { database } }) => {
    Promise.all([tool(), databaseFor(database)]).catch(() => undefined);
  };
  return { scan, rescan, database: ({ scan: { database } }) => databaseFor(database), prepare };
}

/** The sample database as it lies in the repository. */
export function sampleArchive(root: string): string {
  return join(root, "sample", "trivy-db", "sample.tar.gz");
}
