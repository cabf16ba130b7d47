import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { createCredentialStore } from "../../src/registry/credentials.ts";
import { embeddedRegistryStatus, stopEmbeddedRegistry } from "../../src/registry/embedded/daemon.ts";
import { run } from "../../src/run.ts";
import { advisoryFeed } from "../../src/scan/feed.ts";
import { pushFeed } from "../../src/scan/feed-registry.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { whenAbsent } from "../../src/when-absent.ts";
import { nodeVariables, nodeWords } from "../command-start.ts";
import { startRegistry } from "../registry/real-registry.ts";

/** What a command printed and how it ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when a line of stderr matches. */
  readonly says: (pattern: RegExp) => Promise<void>;
}

/** A team's folder with images.yaml and sources, and a factory that works for it and for nobody else. */
export interface World {
  readonly dir: string;
  readonly workDir: string;
  /** Writes a file below the folder; `mode` is octal. */
  readonly write: (path: string, content: string | Uint8Array, mode?: number) => Promise<void>;
  /** Runs a command of the factory as `npm run` does, by its script's name. */
  readonly run: (command: string, ...words: readonly string[]) => Promise<Ended>;
  readonly start: (command: string, ...words: readonly string[]) => Started;
  /** Speaks to the world's registry with its credentials; after the first build. */
  readonly client: () => Promise<RegistryClient>;
  /** Variables that commands run with besides the machine's. */
  readonly env: Record<string, string>;
  /** A client of the registry that the world's settings name as mirror of the advisory database. */
  readonly useDatabase: (archive: string) => Promise<void>;
  readonly end: () => Promise<void>;
}

const fixtures = join(ownRoot, "test", "fixtures", "trivy-db");

/** Makes a world of its own in a temporary folder; `archive` is the advisory database that is official in it. */
export async function makeWorld(archive = "unfixed.tar.gz"): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), "factory-world-"));
  const workDir = join(dir, ".factory");
  const mirror = await startRegistry();
  const mirrorClient = createRegistryClient({
    embedded: mirror.address,
    credentials: { lookup: async () => undefined },
    log: () => undefined,
  });
  const useDatabase = async (name: string) => {
    await pushFeed(
      advisoryFeed,
      await readFile(join(fixtures, name)),
      { registry: mirror.address, path: "trivy-db" },
      mirrorClient,
    );
    await rm(join(workDir, "cache", "trivy"), { recursive: true, force: true });
  };
  await useDatabase(archive);
  await copyProbes(sharedProbes, join(workDir, "cache"));
  const env: Record<string, string> = {
    FACTORY_WORK_DIR: workDir,
    FACTORY_IMAGES_FILE: join(dir, "images.yaml"),
    FACTORY_TRIVY_DATABASE: `${mirror.address}/trivy-db:2`,
    // The database of the fixtures never becomes younger.
    FACTORY_DATABASE_MAX_AGE: "9999d",
  };
  const start = (command: string, ...words: readonly string[]): Started => {
    const child = spawn(
      process.execPath,
      [...nodeWords, join(ownRoot, "scripts", `${command}.ts`), ...words],
      { env: { ...machineEnvironment(), ...nodeVariables, ...env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    let stdout = "";
    let stderr = "";
    const waiting: { readonly pattern: RegExp; readonly resolve: () => void }[] = [];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
      for (const { pattern, resolve } of waiting) if (pattern.test(stderr)) resolve();
    });
    const ended = once(child, "close").then(([status]) => ({
      status: status as number | null,
      stdout,
      stderr,
    }));
    if (child.pid === undefined) throw new Error(`${command} did not start`);
    return {
      pid: child.pid,
      ended,
      kill: (signal) => child.kill(signal),
      says: (pattern) =>
        Promise.race([
          new Promise<void>((resolve) => {
            waiting.push({ pattern, resolve });
            if (pattern.test(stderr)) resolve();
          }),
          ended.then(({ status, stderr }) => {
            throw new Error(`ended with ${status} without saying ${pattern}: ${stderr}`);
          }),
        ]),
    };
  };
  return {
    dir,
    workDir,
    env,
    start,
    useDatabase,
    run: (command, ...words) => start(command, ...words).ended,
    write: async (path, content, mode = 0o644) => {
      const file = join(dir, path);
      await mkdir(dirname(file), { recursive: true });
      await rm(file, { force: true });
      await writeFile(file, content, { mode });
    },
    client: async () => {
      const registry = await embeddedRegistryStatus(workDir);
      const address = registry.running ? registry.address : undefined;
      return createRegistryClient({
        embedded: address,
        credentials: createCredentialStore({ authFiles: [join(workDir, "auth.json")], run, env: {} }),
        log: () => undefined,
      });
    },
    end: async () => {
      await stopEmbeddedRegistry({ workDir, log: () => undefined });
      await copyProbes(join(workDir, "cache"), sharedProbes);
      await mirror.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What the factory has found out of this machine's tools is the same in every world: each says what it holds for. */
const sharedProbes = join(ownRoot, "node_modules", ".cache", "worlds");

async function copyProbes(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of ["trivy.json", "build-host.json"]) {
    const text = await readFile(join(from, name), "utf8").catch(whenAbsent(undefined));
    if (text !== undefined) await writeFileAtomic(join(to, name), text);
  }
}

/** The machine's variables without those of whoever runs the tests. */
function machineEnvironment(): NodeJS.ProcessEnv {
  const own = /^(?:FACTORY_|npm_|VITEST|NODE_ENV|CI$|IMAGES_YAML|IMAGE_FACTORY)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/** A root that a scanner takes for Debian with these packages, as lines of a context's files. */
export async function addDebianRoot(
  world: World,
  folder: string,
  packages: readonly string[],
): Promise<void> {
  const status = packages.map((text) => {
    const [name, version] = text.split(" ");
    return `Package: ${name}\nStatus: install ok installed\nArchitecture: all\nVersion: ${version}\nMaintainer: nobody\nDescription: x\n`;
  });
  await world.write(`${folder}/root/etc/os-release`, 'ID=debian\nVERSION_ID="13"\n');
  await world.write(`${folder}/root/etc/debian_version`, "13.1\n");
  await world.write(`${folder}/root/var/lib/dpkg/status`, `${status.join("\n")}\n`);
}

/** What builds of an image have left besides layers: containers, mounts, temporary folders. */
export async function leftovers(world: World, image: string): Promise<readonly string[]> {
  const platforms = join(world.workDir, "storage", image);
  const found = await Promise.all(
    (await readdir(platforms).catch(() => [])).map(async (platform) => {
      const dir = join(platforms, platform);
      const list = await readFile(join(dir, "graph/overlay-containers/containers.json"), "utf8").catch(
        () => "",
      );
      const containers = list.trim() === "" ? [] : (JSON.parse(list) as readonly { readonly id: string }[]);
      const folders = (await readdir(dir)).filter((name) => name === "tmp");
      return [...folders, ...containers.map(({ id }) => id)];
    }),
  );
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .filter((line) => line.includes(world.dir));
  const contexts = await readdir(join(world.workDir, "cache/contexts")).catch(() => []);
  return [...found.flat(), ...mounts, ...contexts, ...(await processesOf(world))];
}

/** Command lines of processes that have the world's folder in theirs, except its registry's. */
async function processesOf(world: World): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")));
  return lines
    .map((line) => line.replaceAll("\0", " ").trim())
    .filter((line) => line.includes(world.dir) && !line.startsWith("docker-registry"));
}
