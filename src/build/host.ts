import { mkdirSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { release } from "node:os";
import { dirname, join } from "node:path";
import { FactoryError } from "../errors.ts";
import { keepFor, recallFor } from "../kept.ts";
import { hostPlatform } from "../platform.ts";
import { procText } from "../proc.ts";
import { digestOf } from "../registry/digest.ts";
import type { Command, Run } from "../run.ts";
import { findProgram } from "../setup/programs.ts";
import { tinyProgram } from "../setup/tiny-program.ts";
import { enclosure, rootIsMountPoint, stepLimits } from "./enclosure.ts";
import { isRootless, userNamespace } from "./rootless.ts";

/** How this machine builds: found out by building, so that what is written here has worked. Survives JSON.stringify. */
export interface BuildHost {
  readonly buildahVersion: string;
  readonly rootless: boolean;
  /** See `userNamespace`; empty for root. */
  readonly userNamespace: readonly string[];
  readonly storageDriver: "overlay" | "vfs";
  /** fuse-overlayfs, where the kernel's own overlay is not usable. */
  readonly mountProgram?: string;
  readonly isolation: Isolation;
  /** The network of a RUN step that is not told to have none: one of its own where that works, else the machine's. */
  readonly network: "private" | "host";
  /** Limits of a RUN step, as `nofile=<soft>:<hard>`: default_ulimits of containers.conf. */
  readonly limits: readonly string[];
  /** An empty folder on which "/" is mounted for buildah, where it is no mount point by itself (a plain chroot). */
  readonly rootMount?: string;
}

/** What keeps a RUN step from seeing and killing what is outside. */
export type Isolation =
  | { readonly kind: "oci"; readonly runtime: string }
  /**
   * buildah as a whole gets process ids of its own, for its chroot isolation shares them with RUN; and a /proc of its own,
   * where a container whose /proc is masked lets it mount one.
   */
  | { readonly kind: "chroot-in-unshare"; readonly proc: "own" | "machine" };

type StorageChoice = Pick<BuildHost, "storageDriver" | "mountProgram">;
type StepChoice = Pick<BuildHost, "isolation" | "network">;
type MachineFacts = Omit<BuildHost, keyof StorageChoice | keyof StepChoice>;

export interface HostDeps {
  readonly run: Run;
  /** Builds are tried on the disk that they will use. */
  readonly workDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
  readonly signal?: AbortSignal;
}

/**
 * What this machine can do for building: the best storage and isolation with which a RUN step really ran, root or
 * rootless. Remembered under workDir/cache until a tool, the kernel or this process's rights change.
 * @throws FactoryError "machine-lacks" when nothing works, naming each try and how it ended.
 */
export async function probeHost(deps: HostDeps): Promise<BuildHost> {
  const buildah = findProgram("buildah", deps.env);
  if (buildah === undefined) {
    throw new FactoryError("machine-lacks", "there is no buildah on PATH", {
      hint: "npm run setup installs it where that is possible.",
    });
  }
  const file = join(deps.workDir, "cache/build-host.json");
  mkdirSync(dirname(file), { recursive: true });
  const key = circumstances(deps);
  const remembered = recallFor(file, key) as BuildHost | undefined;
  if (remembered !== undefined) return remembered;
  const host = await tryOut(deps);
  await keepFor(file, key, host);
  return host;
}

async function tryOut(deps: HostDeps): Promise<BuildHost> {
  const buildahVersion = await versionOfBuildah(deps);
  const rootless = isRootless(deps.uid);
  const machine: MachineFacts = {
    buildahVersion,
    rootless,
    userNamespace: userNamespace(deps.uid),
    // Without root buildah itself keeps to the limits that it has.
    limits: rootless ? [] : stepLimits(procText("/proc/self/limits")),
    ...(rootIsMountPoint(procText("/proc/self/mountinfo")) ? {} : { rootMount: rootMountOf(deps) }),
  };
  const problems: string[] = [];
  for (const storage of storageChoices(deps.env)) {
    for (const step of stepChoices(deps.env)) {
      const host: BuildHost = { ...machine, ...storage, ...step };
      const problem = await tryBuild(host, deps);
      if (problem === undefined) return host;
      problems.push(`${describeHost(host)}: ${problem}`);
    }
  }
  throw new FactoryError("machine-lacks", `buildah ${buildahVersion} cannot run a step here`, {
    problems,
    hint: rootless
      ? "Without root, builds need ranges in /etc/subuid and /etc/subgid, newuidmap and user namespaces."
      : "Builds need the right to mount and to make namespaces.",
  });
}

function rootMountOf(deps: HostDeps): string {
  const dir = join(deps.workDir, "cache/root");
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** Best first: layers that the kernel itself lays over each other are ten times faster than copies. */
function storageChoices(env: HostDeps["env"]): readonly StorageChoice[] {
  const fuse = findProgram("fuse-overlayfs", env);
  return [
    { storageDriver: "overlay" },
    ...(fuse === undefined ? [] : [{ storageDriver: "overlay", mountProgram: fuse } as const]),
    { storageDriver: "vfs" },
  ];
}

/** Best first. runc comes before crun because it also runs where cgroups are of version 1. */
function stepChoices(env: HostDeps["env"]): readonly StepChoice[] {
  const runtimes = ["runc", "crun"]
    .map((name) => findProgram(name, env))
    .filter((path) => path !== undefined);
  return [
    ...runtimes.flatMap((runtime): readonly StepChoice[] => [
      { isolation: { kind: "oci", runtime }, network: "private" },
      { isolation: { kind: "oci", runtime }, network: "host" },
    ]),
    { isolation: { kind: "chroot-in-unshare", proc: "own" }, network: "host" },
    { isolation: { kind: "chroot-in-unshare", proc: "machine" }, network: "host" },
  ];
}

/** `overlay, oci with /usr/sbin/runc, private network`. */
export function describeHost(host: StorageChoice & StepChoice): string {
  const storage =
    host.mountProgram === undefined ? host.storageDriver : `${host.storageDriver} by ${host.mountProgram}`;
  const isolation =
    host.isolation.kind === "oci"
      ? `oci with ${host.isolation.runtime}`
      : `chroot in unshare, ${host.isolation.proc === "own" ? "its own" : "the machine's"} /proc`;
  return `${storage}, ${isolation}, ${host.network} network`;
}

/** The owner is what most base images have files of: a user without a range of ids cannot write such. */
const smallestDockerfile = 'FROM scratch\nCOPY --chown=65534:65534 program /program\nRUN ["/program"]\n';

/** Builds an image of one tiny program that runs; undefined when that worked, else what buildah said. */
async function tryBuild(host: BuildHost, deps: HostDeps): Promise<string | undefined> {
  const cache = join(deps.workDir, "cache");
  mkdirSync(cache, { recursive: true });
  const dir = await mkdtemp(join(cache, "probe-"));
  const context = join(dir, "context");
  mkdirSync(context);
  try {
    await Promise.all([
      writeFile(join(context, "Dockerfile"), smallestDockerfile),
      writeFile(join(context, "program"), tinyProgram(hostPlatform(), 0), { mode: 0o755 }),
      // What the machine's own configuration says is not what builds will use.
      writeFile(
        join(dir, "containers.conf"),
        `[containers]\ndefault_ulimits = ${JSON.stringify(host.limits)}\n`,
      ),
      writeFile(join(dir, "storage.conf"), `[storage]\ndriver = "${host.storageDriver}"\n`),
      writeFile(join(dir, "registries.conf"), ""),
    ]);
    await deps.run({
      ...smallestBuild(host, dir, context),
      env: {
        CONTAINERS_CONF: join(dir, "containers.conf"),
        CONTAINERS_STORAGE_CONF: join(dir, "storage.conf"),
        CONTAINERS_REGISTRIES_CONF: join(dir, "registries.conf"),
      },
      timeoutMs: 60_000,
      ...(deps.signal === undefined ? {} : { signal: deps.signal }),
    });
    return undefined;
  } catch (error) {
    if (error instanceof FactoryError && (error.code === "tool-failed" || error.code === "timed-out"))
      return error.message;
    throw error;
  } finally {
    await discard(dir, host, deps);
  }
}

function smallestBuild(host: BuildHost, dir: string, context: string): Pick<Command, "tool" | "args"> {
  const [tool = "buildah", ...args] = [
    ...enclosure(host),
    "buildah",
    `--root=${join(dir, "storage")}`,
    `--runroot=${join(dir, "run")}`,
    `--storage-driver=${host.storageDriver}`,
    ...(host.mountProgram === undefined ? [] : [`--storage-opt=overlay.mount_program=${host.mountProgram}`]),
    "build",
    "--quiet",
    `--network=${host.network}`,
    ...(host.isolation.kind === "oci"
      ? ["--isolation=oci", `--runtime=${host.isolation.runtime}`]
      : ["--isolation=chroot", "--cap-drop=CAP_SYS_CHROOT"]),
    context,
  ];
  return { tool, args };
}

/** What a rootless buildah wrote belongs to ids that only its user namespace may delete. */
async function discard(dir: string, host: BuildHost, deps: HostDeps): Promise<void> {
  const [tool, ...words] = host.userNamespace;
  if (tool !== undefined)
    await deps.run({ tool, args: [...words, "rm", "-rf", "--", dir], alsoOk: [1, 125] });
  await rm(dir, { recursive: true, force: true });
}

async function versionOfBuildah(deps: HostDeps): Promise<string> {
  const { stdout } = await deps.run({ tool: "buildah", args: ["--version"] });
  const version = /^buildah version (\S+)/.exec(stdout)?.[1];
  if (version === undefined)
    throw new FactoryError("tool-failed", `buildah --version said ${JSON.stringify(stdout)}`);
  return version;
}

/** Everything that the answer depends on; reading it starts no process. */
function circumstances(deps: HostDeps): string {
  const programs = ["buildah", "runc", "crun", "fuse-overlayfs", "newuidmap"].map((name) => {
    const path = findProgram(name, deps.env);
    return path === undefined ? [name] : [path, ...stamp(path)];
  });
  const rights = /^(?:Cap|NoNewPrivs|Seccomp:).*$/gm;
  return digestOf(
    JSON.stringify({
      recipe: 6,
      // What can be mounted depends on the file system.
      device: statSync(deps.workDir).dev,
      uid: deps.uid ?? process.getuid?.(),
      kernel: release(),
      programs,
      ranges: ["/etc/subuid", "/etc/subgid"].map(stamp),
      identities: procText("/proc/self/uid_map"),
      limits: stepLimits(procText("/proc/self/limits")),
      rootIsMountPoint: rootIsMountPoint(procText("/proc/self/mountinfo")),
      rights: procText("/proc/self/status").match(rights),
    }),
  );
}

function stamp(path: string): readonly number[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? [] : [stat.mtimeMs, stat.size];
}
