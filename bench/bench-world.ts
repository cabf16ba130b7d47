import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildHost, probeHost } from "../src/build/host.ts";
import { FactoryError } from "../src/errors.ts";
import type { Log } from "../src/log.ts";
import { platforms } from "../src/platform.ts";
import { writeAuthFile } from "../src/registry/auth-file.ts";
import { createRegistryClient } from "../src/registry/client.ts";
import { readCredentials } from "../src/registry/embedded/credentials.ts";
import { ensureEmbeddedRegistry, stopEmbeddedRegistry } from "../src/registry/embedded/daemon.ts";
import { embeddedRegistryFiles } from "../src/registry/embedded/folders.ts";
import { run } from "../src/run.ts";
import { advisoryFeed } from "../src/scan/feed.ts";
import { pushFeed } from "../src/scan/feed-registry.ts";
import { sampleArchive } from "../src/scan/scanner.ts";
import { ensureEmulation } from "../src/setup/emulation.ts";
import { ensureTools, ownRoot } from "../src/setup/needs.ts";
import { locateTrivy, type Trivy } from "../src/setup/trivy.ts";

/** What all subjects share: one registry with one password, one advisory database, one Trivy, one way to build. */
export interface BenchWorld {
  readonly dir: string;
  /** `127.0.0.1:<port>` of the registry. */
  readonly address: string;
  /** Folder with the config.json that has its credentials. */
  readonly credentialsDir: string;
  readonly netrc: string;
  /** `host:port/path:tag`. */
  readonly database: string;
  readonly trivy: Trivy;
  readonly host: BuildHost;
  readonly signal: AbortSignal;
  readonly end: () => Promise<void>;
}

export interface BenchDoor {
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Makes ready what no subject's time shall contain: tools, emulation, registry and database. */
export async function makeBenchWorld(dir: string, { log, env, signal }: BenchDoor): Promise<BenchWorld> {
  const deps = { run, log, env, signal, workDir: dir };
  await ensureTools(["git", "buildah", "runc", "mmdebstrap", "registry", "trivy"], deps);
  for (const platform of platforms) await ensureEmulation(platform, deps);
  const [trivy, host] = [await locateTrivy(deps), await probeHost(deps)];

  const { address } = await ensureEmbeddedRegistry(deps);
  const secret = await readCredentials(embeddedRegistryFiles(dir).authFile, address);
  if (secret === undefined) throw new FactoryError("bug", `there are no credentials for ${address}`);
  const credential = { username: secret.user, password: secret.password };
  const credentialsDir = join(dir, "credentials");
  const netrc = join(credentialsDir, "netrc");
  await mkdir(credentialsDir, { recursive: true, mode: 0o700 });
  await writeAuthFile(join(credentialsDir, "config.json"), { [address]: credential });
  const [hostName] = address.split(":");
  await writeFile(netrc, `machine ${hostName} login ${secret.user} password ${secret.password}\n`, {
    mode: 0o600,
  });

  const client = createRegistryClient({
    embedded: address,
    credentials: { lookup: async () => credential },
    log,
    signal,
    env,
  });
  const archive = await readFile(sampleArchive(ownRoot));
  await pushFeed(advisoryFeed, archive, { registry: address, path: "trivy-db" }, client);
  return {
    dir,
    address,
    credentialsDir,
    netrc,
    database: `${address}/trivy-db:2`,
    trivy,
    host,
    signal,
    end: async () => {
      await stopEmbeddedRegistry({ workDir: dir, log });
    },
  };
}

/** What every command of the factory is told in the bench: where to work, where to publish, and the shared parts. */
export function factoryEnvironment(
  world: BenchWorld,
  settings: { readonly workDir: string; readonly imagesFile: string; readonly registry: string },
): Readonly<Record<string, string>> {
  return {
    FACTORY_WORK_DIR: settings.workDir,
    FACTORY_IMAGES_FILE: settings.imagesFile,
    FACTORY_REGISTRY: settings.registry,
    FACTORY_AUTH_FILE: join(world.credentialsDir, "config.json"),
    FACTORY_TRIVY_DATABASE: world.database,
    FACTORY_DATABASE_MAX_AGE: "9999d",
    TRIVY: world.trivy.path,
  };
}

/** Removes a folder, whatever user of a rootless build its layers belong to. */
export async function removeFolder(dir: string, { rootless }: BuildHost): Promise<void> {
  const words = rootless ? ["buildah", "unshare", "rm"] : ["rm"];
  const [tool = "rm", ...args] = [...words, "-rf", "--", dir];
  await run({ tool, args });
}
