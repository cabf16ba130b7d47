import { join } from "node:path";
import { type BaseRules, createBaseRules } from "./bases/base-rules.ts";
import { createBaseScans } from "./bases/base-scan.ts";
import { createBaseWatch } from "./bases/base-watch.ts";
import { readBaseRecords } from "./bases/record-store.ts";
import type { BuildHost } from "./build/host.ts";
import { createLayerCache } from "./build/layer-cache.ts";
import type { PipelineDoor } from "./carry-out.ts";
import type { Session } from "./command/main.ts";
import { parseDuration } from "./enrolment/duration.ts";
import type { Enrolment, WatchedImage } from "./enrolment/enrolment.ts";
import { builtFromFolder } from "./enrolment/instead.ts";
import type { Opened } from "./open-factory.ts";
import { openRegistry, withoutEmbedded } from "./open-registry.ts";
import { ensureEmulationFor, openSources } from "./open-sources.ts";
import { sharedCommits } from "./open-state.ts";
import type { DatabaseDates } from "./plan/plan-step.ts";
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from "./registry/client.ts";
import { type CredentialStore, createCredentialStore } from "./registry/credentials.ts";
import type { Digest } from "./registry/digest.ts";
import { type BaseImages, createBaseImages } from "./resolve/base-images.ts";
import type { SourceWords } from "./resolve/begin-sources.ts";
import type { SourceOpener } from "./resolve/open-source.ts";
import { createResolver, type Resolver } from "./resolve/resolver.ts";
import { createStoredImages, type StoredImages } from "./resolve/stored-images.ts";
import { run } from "./run.ts";
import { type LazyScanner, lazyScanner } from "./scan/lazy-scanner.ts";
import type { Scanner } from "./scan/scanner.ts";
import type { Trivy } from "./scan/trivy-command.ts";
import type { TrivyRunDoor } from "./scan/trivy-run.ts";
import { removeAbandonedSecrets } from "./secret-folder.ts";
import type { Settings } from "./settings.ts";
import { ensureTools, ownRoot } from "./setup/needs.ts";
import { removeAbandonedFolders } from "./source/private-folder.ts";
import { sharedState } from "./state/shared-state.ts";
import { createStateRepository } from "./state/state-repository.ts";
import { settleVersion } from "./state/version-file.ts";

/** What of one run applies to the images that it names alone. */
export interface RunWords extends SourceWords {
  /** `TAG=`: added to the tags of images.yaml once. */
  readonly tag?: string | undefined;
  /** `PIN=`: digests by formatted reference, for all images. */
  readonly pins?: ReadonlyMap<string, Digest>;
  /** Whether bases that moved may have to wait; what a person asks for does not, which is the default. */
  readonly mode?: "manual" | "automatic";
  /** Whether what a base has become is scanned before an image takes it. */
  readonly scansBases?: boolean;
}

/** What one run asks for bases and sources; each is looked at once. */
export interface LookUps {
  readonly bases: BaseImages;
  readonly sources: SourceOpener;
  readonly rules: BaseRules;
}

/** The parts of the factory, put together for one command. */
export interface Factory {
  readonly settings: Settings;
  readonly enrolments: readonly Enrolment[];
  readonly watched: readonly WatchedImage[];
  readonly client: RegistryClient;
  /** Speaks to registries themselves, whatever mirrors there are: for what decides over deletes. */
  readonly directClient: RegistryClient;
  /** Ends this command's use of the embedded registry, for who wants it alone. */
  readonly leaveRegistry: () => void;
  readonly credentials: CredentialStore;
  readonly clock: () => Date;
  readonly lookUps: (words: RunWords) => LookUps;
  readonly resolver: (words: RunWords) => Resolver;
  readonly scanner: () => Scanner;
  /** What turning a scan's report into other formats takes. */
  readonly reportDoor: () => Promise<TrivyRunDoor>;
  readonly pipeline: (words: RunWords) => PipelineDoor;
  /** When the advisories of this machine's databases were gathered; fetches none. */
  readonly presentDatabases: () => Promise<DatabaseDates>;
}

/**
 * Puts together what a command needs.
 * @param registry "start" starts the embedded registry where none is configured; "look" speaks to one that runs or has
 *   something to say, and otherwise takes it as empty: nothing was ever published there.
 * @throws FactoryError as `ensureEmbeddedRegistry`.
 */
export async function assembleFactory(
  { settings, enrolled: { images: enrolments, watched }, lister }: Opened,
  registry: "start" | "look",
  session: Session,
): Promise<Factory> {
  const { log, signal, env } = session;
  const { address, leave } = await openRegistry(settings, registry, session);
  const { workDir, stateDir, insecureRegistries } = settings;
  // A run that was killed may have got so far that nothing is checked out for it any more.
  if (registry === "start")
    await Promise.all([removeAbandonedFolders(workDir), removeAbandonedSecrets(workDir)]);
  const authFiles = [...settings.authFiles, join(workDir, "auth.json")];
  const credentials = createCredentialStore({ authFiles, run, env });
  const openClient = (options: Partial<RegistryClientOptions> = {}) =>
    createRegistryClient({
      embedded: address,
      insecureRegistries,
      credentials,
      log,
      signal,
      env,
      ...options,
    });
  const clientWith = (options: Partial<RegistryClientOptions>) =>
    address === undefined ? withoutEmbedded(openClient(options)) : openClient(options);
  const client = clientWith({});
  const clock = () => new Date();
  const movesTags = settings.publish === "tags";

  const baseRules = ({ mode = "manual", scansBases = false }: RunWords, stored: StoredImages): BaseRules => {
    const watch = createBaseWatch({ client, stored, stateDir, workDir, clock, signal });
    let records: ReturnType<typeof readBaseRecords> | undefined;
    const rules = createBaseRules({
      watch,
      watched,
      client,
      stored,
      mode,
      movesTags,
      clock,
      scans: scansBases ? createBaseScans({ scanner: scanner(), client }) : undefined,
      records: () => {
        records ??= readBaseRecords({ stateDir, workDir });
        return records;
      },
    });
    return {
      ...rules,
      record: async (images) => {
        if (signal.aborted) return;
        await rules.record(images).catch((error: unknown) => {
          // What was seen will be seen again: it is no reason to fail for a run that did all else.
          const text = `what bases are now could not be recorded: ${(error as Error).message}`;
          log({ kind: "warning", text });
        });
      },
    };
  };

  const lookUps = (words: RunWords): LookUps => {
    const pins = words.pins ?? new Map<string, Digest>();
    const named = new Set(words.images);
    const stored = createStoredImages(client, join(workDir, "cache", "registry"));
    const rules = baseRules(words, stored);
    const bases = createBaseImages({ stored, lookUp: rules.lookUp, pins });
    const refOf = (image: string) => (named.has(image) ? words.ref : undefined);
    const sources = openSources(settings, session, { refOf, lister });
    return { bases, sources, rules };
  };
  const resolver = (words: RunWords): Resolver => {
    const { bases, sources, rules } = lookUps(words);
    const named = new Set(words.images);
    const { source } = words;
    const built =
      source === undefined
        ? enrolments
        : enrolments.map((enrolment) =>
            named.has(enrolment.name) ? builtFromFolder(enrolment, source) : enrolment,
          );
    return createResolver(built, {
      client,
      bases,
      stateDir,
      clock,
      sources,
      rules,
      pins: new Set(words.pins?.keys()),
      extraTag: (image) => (named.has(image) ? words.tag : undefined),
      movesTags,
      warn: (text) => log({ kind: "warning", text }),
    });
  };

  const findTrivy = async (): Promise<Trivy> => {
    const { locateTrivy } = await import("./setup/trivy.ts");
    await ensureTools(["trivy"], { run, log, env, signal });
    return locateTrivy({ workDir, env, run });
  };
  const scanner = (): LazyScanner =>
    lazyScanner(async () => {
      const { createScanner, sampleArchive } = await import("./scan/scanner.ts");
      return createScanner({
        run,
        clock,
        workDir,
        credentials,
        findTrivy,
        log,
        signal,
        openClient,
        client,
        stateDir,
        mirrors: { advisories: settings.trivyDatabase, java: settings.trivyJavaDatabase },
        databaseMaxAgeMs: parseDuration(settings.databaseMaxAge) ?? 0,
        sample: settings.registry === undefined && address !== undefined ? sampleArchive(ownRoot) : undefined,
      });
    });

  const ensureGit = () => ensureTools(["git"], { run, log, env, signal });
  const stateRepository = sharedCommits(stateDir, createStateRepository({ run, variables: env, ensureGit }));

  let host: Promise<BuildHost> | undefined;
  const findHost = () => {
    host ??= ensureTools(["buildah", "runc"], { run, log, env, signal }).then(async () => {
      const { probeHost } = await import("./build/host.ts");
      return probeHost({ run, workDir, env, signal });
    });
    return host;
  };

  return {
    settings,
    enrolments,
    watched,
    client,
    directClient: clientWith({ mirrors: false }),
    leaveRegistry: leave,
    credentials,
    clock,
    lookUps,
    resolver,
    scanner,
    reportDoor: async () => ({ run, trivy: await findTrivy(), workDir, log, signal }),
    presentDatabases: async () => {
      const { presentDatabase } = await import("./scan/database.ts");
      const found = await presentDatabase(workDir);
      return found === undefined ? {} : { official: found.updatedAt };
    },
    pipeline: (words) => {
      const scans = scanner();
      // Almost every build needs them: begun while sources and bases are looked up, they cost it no time.
      const found = Promise.allSettled([findHost(), scans.load()]);
      session.atEnd(() => found.then(() => undefined));
      return {
        run,
        client,
        credentials,
        clock,
        log,
        signal,
        stateDir,
        workDir,
        variables: env,
        leases: sharedState(stateDir).leases,
        layerCache:
          settings.layerCache === undefined
            ? undefined
            : createLayerCache(settings.layerCache, { client, stateDir, log }),
        resolver: resolver(words),
        scanner: scans,
        movesTags,
        settleVersion: (enrolment) =>
          settleVersion(enrolment, { stateDir, workDir, repository: stateRepository, log, signal }),
        host: findHost,
        ensureEmulation: ensureEmulationFor(workDir, session),
        stageRoot: async (image, step, target) => {
          const { stageDebianRoot } = await import("./build/debian-root.ts");
          return stageDebianRoot(image, step, target, { client, run, signal });
        },
      };
    },
  };
}
