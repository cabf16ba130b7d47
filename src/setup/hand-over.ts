import { existsSync, statSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import { digestOf, shortDigest } from "../registry/digest.ts";
import type { Command, Run } from "../run.ts";
import type { RunInForeground } from "../run-in-foreground.ts";
import { findProgram } from "./programs.ts";

/** What runs the builder image where buildah itself cannot run. */
const engineNames = ["podman", "docker"] as const;

/** A program that runs containers. */
export interface Engine {
  readonly name: (typeof engineNames)[number];
  readonly path: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A command of the factory that is to run in the builder image, with the work tree as it is here. */
export interface HandOver {
  /** Reference of the builder image, from settings. */
  readonly image: string;
  /** The work tree; it has the same path inside. */
  readonly root: string;
  /** The factory's work folder; its layers go into a volume. */
  readonly workDir: string;
  readonly stateDir: string;
  /** Paths outside the work tree that the command reads or writes; they are the same inside. */
  readonly paths: readonly string[];
  /** `build`, `scan`, …: the name of its script. */
  readonly command: string;
  /** Its words, unchanged. */
  readonly words: readonly string[];
  /** Names of the variables that images.yaml names; their values never stand in a command line. */
  readonly variables: readonly string[];
  /** A file of registry credentials, mounted read-only: the one that settings name, else the user's own. */
  readonly authFile?: string;
  /** Variables that name a file of certificates, each with where that is inside. */
  readonly certificates: Readonly<Record<string, string>>;
  readonly terminal: boolean;
}

/** The one of podman and docker that can run the builder image; podman first, for it needs no daemon of root's. */
export async function findEngine(deps: {
  readonly run: Run;
  readonly env: Environment;
}): Promise<Engine | undefined> {
  for (const name of engineNames) {
    const path = findProgram(name, deps.env);
    if (path !== undefined && (await answers({ name, path }, deps))) return { name, path };
  }
  return undefined;
}

/** How many ids each range has that podman maps for a user; nothing for root. */
const idRanges = "{{range .Host.IDMappings.UIDMap}}{{.Size}} {{end}}";

async function answers(
  { name, path }: Engine,
  { run, env }: { readonly run: Run; readonly env: Environment },
): Promise<boolean> {
  const args = name === "podman" ? ["info", "--format", idRanges] : ["info"];
  try {
    const { stdout } = await run({ tool: path, args, env: setVariables(env), timeoutMs: 20_000 });
    // With one id alone podman answers, and can unpack no image that has files of several users.
    return name !== "podman" || stdout.trim() !== "1";
  } catch (error) {
    if (error instanceof FactoryError && (error.code === "tool-failed" || error.code === "timed-out"))
      return false;
    throw error;
  }
}

const ownPlaces = ["FACTORY_WORK_DIR", "FACTORY_STATE_DIR"];
const authFileInside = "/run/image-factory/auth.json";

/**
 * The arguments with which an engine runs a command of the factory in the builder image. The network is the machine's,
 * so that a registry on loopback is the same one inside; the layers are in a volume, for a shared folder of macOS cannot
 * hold them; the rights are those that buildah needs to mount and to make namespaces, and no more.
 */
export function handOverArgs(handOver: HandOver): string[] {
  const { root, workDir, stateDir } = handOver;
  const storage = `image-factory-${shortDigest(digestOf(workDir))}`;
  const shared = [
    root,
    ...[...new Set([workDir, stateDir, ...handOver.paths])].filter((path) => !isWithin(path, root)).sort(),
  ];
  return [
    "run",
    "--rm",
    "--interactive",
    ...(handOver.terminal ? ["--tty"] : []),
    "--network=host",
    // Of an engine without root this is the user; the image's own could not write to the work tree.
    "--user=0:0",
    "--cap-add=SYS_ADMIN",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--security-opt=label=disable",
    ...shared.map((path) => `--volume=${path}:${path}`),
    `--volume=${storage}:${join(workDir, "storage")}`,
    ...(handOver.authFile === undefined
      ? []
      : [`--volume=${handOver.authFile}:${authFileInside}:ro`, `--env=REGISTRY_AUTH_FILE=${authFileInside}`]),
    ...handOver.variables.filter((name) => !ownPlaces.includes(name)).map((name) => `--env=${name}`),
    ...Object.entries(handOver.certificates).map(([name, file]) => `--env=${name}=${file}`),
    "--env=FACTORY_BUILDER=1",
    // The image has its own places for a pod.
    `--env=FACTORY_WORK_DIR=${workDir}`,
    `--env=FACTORY_STATE_DIR=${stateDir}`,
    `--workdir=${root}`,
    "--entrypoint=sh",
    handOver.image,
    "src/setup/start.sh",
    handOver.command,
    ...handOver.words,
  ];
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** What the factory reads from its environment, besides FACTORY_*. */
const readVariables = [
  "CI",
  "COLUMNS",
  "NO_COLOR",
  "TERM",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "npm_config_dry_run",
  "npm_config_json",
  "IMAGE_FACTORY_STATE_DIR",
  "IMAGES_YAML",
];

/**
 * Names of the set variables that go along: what the factory itself reads, and those that images.yaml names (secrets,
 * credentials of sources).
 */
export function variablesToPass(env: Environment, named: readonly string[]): string[] {
  return Object.keys(env)
    .filter((name) => env[name] !== undefined)
    .filter((name) => name.startsWith("FACTORY_") || readVariables.includes(name) || named.includes(name))
    .sort();
}

/** A hand-over as a command asks for it, before it is known what runs it. */
export interface HandOverProps extends Omit<HandOver, "image" | "terminal" | "authFile" | "certificates"> {
  readonly image: string | undefined;
}

export interface HandOverDeps {
  readonly run: Run;
  readonly runInForeground: RunInForeground;
  readonly log: Log;
  readonly env: Environment;
  readonly terminal: boolean;
}

/**
 * Runs a command in the builder image instead of here, with this process's terminal and signals, and gives back its
 * exit status.
 * @param why What this machine cannot do; it is thrown when there is no builder image or no engine that answers.
 * @throws FactoryError "machine-lacks".
 */
export async function handOver(props: HandOverProps, why: FactoryError, deps: HandOverDeps): Promise<number> {
  const engine = await findEngine(deps);
  if (engine === undefined) {
    throw new FactoryError("machine-lacks", why.message, {
      problems: why.problems,
      hint: `${why.hint ?? ""} Or start podman or docker: neither can run the builder image here (podman without root needs ranges in /etc/subuid and /etc/subgid).`.trim(),
      cause: why,
    });
  }
  if (props.image === undefined) {
    throw new FactoryError("machine-lacks", why.message, {
      problems: why.problems,
      hint: `${engine.name} answers: name a builder image in factory.yaml (builderImage) and it runs there.`,
      cause: why,
    });
  }
  deps.log({
    kind: "note",
    text: `${why.message}: ${props.command} runs in ${props.image} through ${engine.name}`,
  });
  const authFile = registryAuthFile(deps.env);
  const command: Command = {
    tool: engine.path,
    args: handOverArgs({
      ...props,
      image: props.image,
      variables: variablesToPass(deps.env, props.variables),
      ...(authFile === undefined ? {} : { authFile }),
      certificates: await shareCertificates(deps.env, props.workDir),
      terminal: deps.terminal,
    }),
    env: setVariables(deps.env),
  };
  const status = await deps.runInForeground(command);
  // 125 is the engine's own: it could not start the container. The factory has no such status.
  if (status === 125) {
    throw new FactoryError("machine-lacks", `${engine.name} could not start ${props.image}`, {
      hint: `Try ${engine.name} pull ${props.image}; what ${engine.name} said stands above.`,
    });
  }
  return status;
}

/** Variables by which people name the certificates of a proxy or of servers of their own. */
const certificateVariables = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "GIT_SSL_CAINFO"];

/**
 * Copies the files of certificates that variables name below the work folder: of other folders an engine on macOS may see
 * nothing. A variable that names no file is left out, as the tools that read it do.
 */
async function shareCertificates(env: Environment, workDir: string): Promise<Record<string, string>> {
  const folder = join(workDir, "cache", "certificates");
  const shared: Record<string, string> = {};
  for (const name of certificateVariables) {
    const named = env[name];
    if (named === undefined || !statSync(named, { throwIfNoEntry: false })?.isFile()) continue;
    shared[name] = join(folder, `${name}.pem`);
    await mkdir(folder, { recursive: true });
    await copyFile(named, shared[name]);
  }
  return shared;
}

/** podman's and docker's own files of registry credentials, in the order in which they are looked for. */
function registryAuthFile(env: Environment): string | undefined {
  const named = env["REGISTRY_AUTH_FILE"];
  const candidates = [
    ...(named === undefined ? [] : [named]),
    ...(env["XDG_RUNTIME_DIR"] === undefined ? [] : [join(env["XDG_RUNTIME_DIR"], "containers/auth.json")]),
    join(env["DOCKER_CONFIG"] ?? join(env["HOME"] ?? homedir(), ".docker"), "config.json"),
  ];
  return candidates.find((file) => existsSync(file));
}

/** The engine is the user's own program: it gets the user's environment, out of which `--env=NAME` takes values. */
function setVariables(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
