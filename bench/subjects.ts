import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { enclosure } from "../src/build/enclosure.ts";
import { probeHost } from "../src/build/host.ts";
import { platforms } from "../src/platform.ts";
import { childEnvironment, run } from "../src/run.ts";
import { ownRoot } from "../src/setup/needs.ts";
import { locateTrivy } from "../src/setup/trivy.ts";
import { type BenchWorld, factoryEnvironment, removeFolder } from "./bench-world.ts";
import type { Measured } from "./measure.ts";
import type { Sample } from "./samples.ts";

/** Something that builds, scans and publishes a sample: the factory, or one of its rivals. */
export interface Subject {
  readonly name: "factory" | "side by side" | "one after another" | "BuildKit";
  /** The command for one sample; `registry` is the `host:port/prefix` to publish below. */
  readonly command: (sample: Sample, url: string, registry: string) => Promise<Measured>;
  /** Forgets everything about images: what follows is a cold run. */
  readonly forget: () => Promise<void>;
}

export async function factorySubject(world: BenchWorld): Promise<Subject> {
  const workDir = join(world.dir, "factory");
  // Found out once for each machine and work folder, by building: that is set-up.
  const machine = {
    run,
    workDir,
    signal: world.signal,
    env: { ...childEnvironment(), TRIVY: world.trivy.path },
  };
  await mkdir(join(workDir, "cache"), { recursive: true });
  await probeHost(machine);
  await locateTrivy(machine);
  return {
    name: "factory",
    command: async (sample, url, registry) => {
      const imagesFile = join(world.dir, `${sample.name}.yaml`);
      const { name, scan } = sample;
      await writeFile(
        imagesFile,
        stringify([{ name, source: { git: { url, ref: "main" } }, platforms, scan }]),
      );
      return {
        tool: "npm",
        args: ["run", "--silent", "build", `IMAGE=${name}`],
        cwd: ownRoot,
        env: factoryEnvironment(world, { workDir, imagesFile, registry }),
        signal: world.signal,
      };
    },
    forget: () => forgetImages(workDir, world),
  };
}

/** What the factory has found out about the machine and its tools stays: set-up is not what is measured. */
async function forgetImages(workDir: string, { host }: BenchWorld): Promise<void> {
  const machine = ["build-host.json", "trivy.json", "root"];
  for (const name of await readdir(join(workDir, "cache"))) {
    if (!machine.includes(name)) await rm(join(workDir, "cache", name), { recursive: true });
  }
  for (const name of await readdir(workDir)) {
    if (name !== "cache") await removeFolder(join(workDir, name), host);
  }
}

type Script = "by-hand.sh side-by-side" | "by-hand.sh one-after-another" | "by-buildkit.sh";

/** A rival that is a shell script; it too is started by npm. */
async function scriptSubject(
  world: BenchWorld,
  name: Subject["name"],
  script: Script,
  env: Readonly<Record<string, string>> = {},
  forgetMore: () => Promise<void> = async () => undefined,
): Promise<Subject> {
  const dir = join(world.dir, name.replaceAll(" ", "-"));
  const { host, trivy } = world;
  await mkdir(dir, { recursive: true });
  const scripts = { build: `exec sh ${join(import.meta.dirname, script)}` };
  await writeFile(join(dir, "package.json"), JSON.stringify({ private: true, scripts }));
  return {
    name,
    command: async (sample, url, registry) => ({
      tool: "npm",
      args: ["run", "--silent", "build"],
      cwd: dir,
      env: {
        BENCH_DIR: join(dir, sample.name),
        BENCH_SOURCE: url,
        BENCH_REPOSITORY: `${registry}/${sample.name}`,
        BENCH_PLATFORMS: platforms.join(" "),
        BENCH_BUILDAH: [...enclosure(host), "buildah"].join(" "),
        BENCH_STORAGE: host.storageDriver,
        BENCH_BUILD_FLAGS: buildFlags(world).join(" "),
        BENCH_TRIVY: trivy.path,
        BENCH_TRIVY_FLAGS: trivy.flags.filter((flag) => flag !== "--cache-backend").join(" "),
        BENCH_DATABASE: world.database,
        DOCKER_CONFIG: world.credentialsDir,
        BENCH_NETRC: world.netrc,
        ...env,
      },
      signal: world.signal,
    }),
    forget: async () => {
      for (const entry of await readdir(dir)) {
        if (entry !== "package.json") await removeFolder(join(dir, entry), host);
      }
      await forgetMore();
    },
  };
}

export function rawSubjects(world: BenchWorld): Promise<readonly Subject[]> {
  return Promise.all([
    scriptSubject(world, "side by side", "by-hand.sh side-by-side"),
    scriptSubject(world, "one after another", "by-hand.sh one-after-another"),
  ]);
}

export function buildkitSubject(
  world: BenchWorld,
  buildctl: string,
  address: string,
  prune: () => Promise<void>,
): Promise<Subject> {
  const env = { BENCH_BUILDCTL: buildctl, BENCH_BUILDKIT: address };
  return scriptSubject(world, "BuildKit", "by-buildkit.sh", env, prune);
}

/** The isolation and network that the factory uses here. */
function buildFlags({ host }: BenchWorld): readonly string[] {
  const { isolation } = host;
  return [
    ...(isolation.kind === "oci"
      ? ["--isolation=oci", `--runtime=${isolation.runtime}`]
      : ["--isolation=chroot", "--cap-drop=CAP_SYS_CHROOT"]),
    `--network=${host.network}`,
  ];
}
