import { mkdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { describeHost, probeHost } from "../build/host.ts";
import { isRootless } from "../build/rootless.ts";
import { FactoryError } from "../errors.ts";
import type { NonEmpty } from "../non-empty.ts";
import { architectureOf, hostPlatform, type Platform } from "../platform.ts";
import type { Repository } from "../registry/reference.ts";
import type { Run } from "../run.ts";
import { canRun } from "./emulation.ts";
import { findProgram } from "./programs.ts";
import { locateTrivy } from "./trivy.ts";

/** One line of `npm run doctor`. */
export interface Finding {
  /** "lacks" alone keeps a build from working; "note" is worth knowing. */
  readonly verdict: "ok" | "note" | "lacks";
  readonly topic: string;
  readonly saw: string;
  readonly remedy?: string;
}

export interface DoctorProps {
  readonly platforms: NonEmpty<Platform>;
  /** Where the enrolled images are published. */
  readonly repositories: readonly Repository[];
  /** The registry that the factory starts itself, while it does not run. */
  readonly idleRegistry?: string;
  /** Throws a FactoryError when this machine may not push there. */
  readonly checkPush: (repository: Repository) => Promise<void>;
  /** Says in words which credentials a registry gets and from where; undefined when there are none for it. */
  readonly describeCredentials: (registry: string) => Promise<string | undefined>;
  /** The advisory database that is here; undefined before the first scan. */
  readonly presentDatabase: () => Promise<{ readonly updatedAt: string } | undefined>;
  readonly workDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly run: Run;
  readonly now: Date;
  readonly uid?: number;
}

/** Looks at everything that a build needs, each by using it. Changes nothing but the work folder's cache. */
export async function examine(props: DoctorProps): Promise<readonly Finding[]> {
  mkdirSync(props.workDir, { recursive: true });
  const groups = await Promise.all([
    lookAtBuildah(props),
    ...props.platforms.map((platform) => lookAtPlatform(platform, props)),
    lookAtGit(props),
    ...registriesOf(props.repositories).map(([registry, paths]) => lookAtRegistry(registry, paths, props)),
    lookAtTrivy(props),
    lookAtDatabase(props),
    lookAtDisk(props),
    lookAtProxies(props),
  ]);
  return groups.flat();
}

export function wouldBuild(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.verdict !== "lacks");
}

/** One line each, in columns: `lacks  buildah   there is no buildah on PATH → npm run setup installs it`. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map((finding) => finding.topic.length));
  const line = ({ verdict, topic, saw, remedy }: Finding) =>
    `${verdict.padEnd(5)}  ${topic.padEnd(width)}  ${saw}${remedy === undefined ? "" : ` → ${remedy}`}\n`;
  return findings.map(line).join("");
}

async function lookAtBuildah(props: DoctorProps): Promise<readonly Finding[]> {
  return finding("buildah", async () => {
    const host = await probeHost(props);
    return [
      ok("buildah", `${host.buildahVersion}, ${host.rootless ? "rootless" : "root"}`),
      host.storageDriver === "overlay" && host.mountProgram === undefined
        ? ok("storage", "overlay")
        : note(
            "storage",
            host.mountProgram === undefined
              ? "vfs, which copies each layer"
              : `overlay by ${host.mountProgram}`,
            "put the work folder on a disk where the kernel's overlay works",
          ),
      ok("isolation", `${describeHost(host)}: a step ran`),
    ];
  });
}

async function lookAtPlatform(platform: Platform, props: DoctorProps): Promise<readonly Finding[]> {
  return finding(platform, async () => {
    const native = platform === hostPlatform();
    if (await canRun(platform, props))
      return [ok(platform, `a program of it ran${native ? "" : ", emulated"}`)];
    if (native)
      return [
        lacks(
          platform,
          "a program of this machine's own kind did not run",
          "builds need the right to chroot, or user namespaces",
        ),
      ];
    const qemu = platform === "linux/arm64" ? "qemu-aarch64" : "qemu-x86_64";
    const found = findProgram(`${qemu}-static`, props.env) ?? findProgram(qemu, props.env);
    if (found !== undefined && !isRootless(props.uid)) {
      return [
        note(platform, `${found} is not registered`, "the factory registers it when a step has to run"),
      ];
    }
    const remedy = `register ${qemu} with flag F (npm run setup, as root), or build on ${architectureOf(platform)} with PLATFORM=${platform}`;
    return [lacks(platform, "a program of it did not run", remedy)];
  });
}

async function lookAtGit(props: DoctorProps): Promise<readonly Finding[]> {
  return finding("git", async () => {
    const { stdout } = await props.run({ tool: "git", args: ["--version"] });
    return [ok("git", stdout.trim().replace(/^git version /, ""))];
  });
}

async function lookAtRegistry(
  registry: string,
  repositories: NonEmpty<Repository>,
  props: DoctorProps,
): Promise<readonly Finding[]> {
  if (registry === props.idleRegistry) return [lookAtIdleRegistry(registry, props)];
  const credentials = await finding("credentials", async () => {
    const described = await props.describeCredentials(registry);
    return [
      described === undefined
        ? note("credentials", `${registry}: none, it is spoken to without`)
        : ok("credentials", `${registry}: ${described}`),
    ];
  });
  const refused = (await Promise.all(repositories.map((repository) => tryPush(repository, props)))).flat();
  return refused.length > 0
    ? [...credentials, ...refused]
    : [...credentials, ok("registry", `${registry}: reachable, and writable for ${names(repositories)}`)];
}

function lookAtIdleRegistry(registry: string, props: DoctorProps): Finding {
  return findProgram("docker-registry", props.env) === undefined
    ? lacks("registry", `${registry}: there is no docker-registry to start`, "npm run setup")
    : note("registry", `${registry}: not running`, "a build starts it");
}

async function tryPush(repository: Repository, props: DoctorProps): Promise<readonly Finding[]> {
  return finding("registry", async () => {
    await props.checkPush(repository);
    return [];
  });
}

function registriesOf(
  repositories: readonly Repository[],
): readonly (readonly [string, NonEmpty<Repository>])[] {
  const groups = new Map<string, NonEmpty<Repository>>();
  for (const repository of repositories) {
    const known = groups.get(repository.registry);
    if (known?.some(({ path }) => path === repository.path)) continue;
    groups.set(repository.registry, known === undefined ? [repository] : [...known, repository]);
  }
  return [...groups];
}

function names(repositories: NonEmpty<Repository>): string {
  const [first, ...rest] = repositories;
  return rest.length === 0 ? first.path : `${first.path} and ${rest.length} more`;
}

async function lookAtTrivy(props: DoctorProps): Promise<readonly Finding[]> {
  return finding("trivy", async () => {
    const trivy = await locateTrivy(props);
    return trivy.version === undefined
      ? [
          note(
            "trivy",
            `${trivy.path}, an older build`,
            "npm run setup TRIVY=source builds the current release",
          ),
        ]
      : [ok("trivy", `${trivy.version} (${trivy.path})`)];
  });
}

const staleAfterHours = 48;

async function lookAtDatabase(props: DoctorProps): Promise<readonly Finding[]> {
  return finding("database", async () => {
    const database = await props.presentDatabase();
    if (database === undefined)
      return [note("database", "no advisory database yet", "the first scan fetches it")];
    const hours = Math.floor((props.now.getTime() - Date.parse(database.updatedAt)) / 3_600_000);
    const age = `made ${database.updatedAt}, ${hours} h ago`;
    return [
      hours > staleAfterHours
        ? note("database", age, "the next scan asks for a newer one")
        : ok("database", age),
    ];
  });
}

const gibibyte = 1024 ** 3;

async function lookAtDisk(props: DoctorProps): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(props.workDir);
  return [judgeDisk(bavail * bsize, props.workDir)];
}

/** @param freeBytes What this user may still write. */
export function judgeDisk(freeBytes: number, workDir: string): Finding {
  const saw = `${(freeBytes / gibibyte).toFixed(1)} GiB free in ${workDir}`;
  const remedy = "npm run clean, or name another work folder in factory.yaml (workDir)";
  if (freeBytes < gibibyte) return lacks("disk", saw, remedy);
  return freeBytes < 10 * gibibyte ? note("disk", saw, remedy) : ok("disk", saw);
}

const proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

async function lookAtProxies(props: DoctorProps): Promise<readonly Finding[]> {
  return [describeProxies(props.env)];
}

/** Which proxies the environment names; a password in one is not shown. */
export function describeProxies(env: DoctorProps["env"]): Finding {
  const seen = proxyNames
    .filter((name) => (env[name] ?? "") !== "")
    .map((name) => `${name}=${withoutPassword(env[name] ?? "")}`);
  return seen.length === 0 ? ok("proxies", "none") : note("proxies", seen.join(" "));
}

function withoutPassword(proxy: string): string {
  return proxy.replace(/\/\/[^/@]*@/, "//***@");
}

/** What a FactoryError says becomes a finding; anything else is a bug and stays one. */
async function finding(topic: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    return [lacks(topic, [error.message, ...error.problems].join("; "), error.hint)];
  }
}

function ok(topic: string, saw: string): Finding {
  return { verdict: "ok", topic, saw };
}

function note(topic: string, saw: string, remedy?: string): Finding {
  return { verdict: "note", topic, saw, ...(remedy === undefined ? {} : { remedy }) };
}

function lacks(topic: string, saw: string, remedy?: string): Finding {
  return { verdict: "lacks", topic, saw, ...(remedy === undefined ? {} : { remedy }) };
}
