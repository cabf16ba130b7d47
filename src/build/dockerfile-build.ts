import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Base } from "../dockerfile/bases.ts";
import { mountProblems } from "../dockerfile/mount-sources.ts";
import { pinDockerfile } from "../dockerfile/pin.ts";
import { missingSecrets } from "../dockerfile/secrets.ts";
import { refuseUnsupported, unsupportedFeatures } from "../dockerfile/unsupported.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { BasePlatform } from "../plan/platform-key.ts";
import { baseName } from "../plan/platform-key.ts";
import type { Platform } from "../platform.ts";
import { normaliseBase, type PlatformDockerfile } from "../resolve/dockerfile-bases.ts";
import { type Finished, isStall, type Run } from "../run.ts";
import { killedHint } from "../run-failure.ts";
import { stallMs } from "../stall.ts";
import { whenAbsent } from "../when-absent.ts";
import { openSecrets } from "./build-secrets.ts";
import { buildArgs, buildahCommand, pullingLine } from "./buildah.ts";
import { assertMountsInside } from "./context-mounts.ts";
import type { GraphRoot } from "./graph-root.ts";
import type { BuildHost } from "./host.ts";

export interface DockerfileBuildDoor {
  readonly run: Run;
  readonly host: BuildHost;
  readonly workDir: string;
  readonly log: Log;
  /** Where the values of build secrets come from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface DockerfileBuild {
  readonly enrolment: Enrolment;
  readonly platform: Platform;
  readonly read: PlatformDockerfile;
  /** Folder of the files as sent. */
  readonly contextDir: string;
  readonly pins: PinnedBases;
  readonly authFile: string;
  /** For files with secrets; see `withSecretFolder`. */
  readonly secretsDir: string;
  /** A name that the image gets in the storage; none for one that is pushed by its id. */
  readonly tag?: string;
  readonly cache?: UsedCache | undefined;
}

/** A layer cache as a build is given it. */
export interface UsedCache {
  /** `host/path`. */
  readonly repository: string;
  /** Told when layers could not be handed to it: the build goes on without. */
  readonly onFailure: (why: string) => void;
}

/** `host/path@digest` for each base, by `pinName`. */
export type PinnedBases = ReadonlyMap<string, string>;

export function pinName({
  reference,
  platform,
}: {
  readonly reference: string;
  readonly platform: BasePlatform;
}): string {
  return baseName(reference, platform);
}

/**
 * Refuses what the installed buildah cannot build, or would build into something else.
 * @throws FactoryError "dockerfile-unsupported" with each line and its remedy.
 */
export function assertBuildable(
  { dockerfile, settings, bases }: PlatformDockerfile,
  enrolment: Enrolment,
  host: BuildHost,
): void {
  refuseUnsupported(dockerfile, [
    ...unsupportedFeatures(dockerfile, settings, host.buildahVersion),
    ...mountProblems(dockerfile, settings, host.buildahVersion),
    ...missingSecrets(bases.secrets, enrolment.secrets),
  ]);
}

/**
 * Runs one buildah build of one platform, its text pinned, and returns the id of the image in the storage of `root`.
 * @throws FactoryError "build-failed" when a step of the Dockerfile fails, "tool-failed" when buildah does, "timed-out".
 */
export async function runDockerfile(
  build: DockerfileBuild,
  root: GraphRoot,
  door: DockerfileBuildDoor,
): Promise<string> {
  const { enrolment, platform, read } = build;
  await assertMountsInside(read, build.contextDir, door.host);
  const pinned = pinDockerfile(read.dockerfile, read.settings, (base) => pinOf(base, build), normaliseBase);
  const files = {
    dockerfile: join(root.tmp, "Dockerfile"),
    imageIdFile: join(root.tmp, "image-id"),
    ignoreFile: join(root.tmp, "ignore"),
  };
  await Promise.all([writeFile(files.dockerfile, pinned.text), writeFile(files.ignoreFile, "")]);
  const secrets = await openSecrets(enrolment, door.variables, build.secretsDir);
  const logFile = await openBuildLog(door.workDir, enrolment.name, platform);
  const runOnce = (cache: string | undefined) => {
    const args = buildArgs(
      {
        ...files,
        platform,
        contextDir: build.contextDir,
        authFile: build.authFile,
        args: { ...enrolment.args, ...pinned.buildArgs },
        network: enrolment.network,
        secrets,
        buildContexts: pinned.buildContexts,
        ...(build.tag === undefined ? {} : { tag: build.tag }),
        cache,
      },
      root,
      door.host,
    );
    const command = buildahCommand(args, root, door.host);
    return door.run({
      ...command,
      logFile,
      timeoutMs: enrolment.timeouts.buildMs,
      stall: { patienceMs: stallMs, while: pullingLine },
      output: { mostBytes: mostLogBytes, code: "build-failed" },
      crowd: { most: mostProcesses, code: "build-failed" },
      onLine: (line) => {
        const text = stepOf(line);
        if (text !== undefined) door.log({ kind: "note", image: enrolment.name, platform, text });
      },
      ...(door.signal === undefined ? {} : { signal: door.signal }),
    });
  };
  const runTwice = (cache: string | undefined) =>
    runOnce(cache).catch((error: unknown) => {
      if (!isCurable(error)) throw error;
      door.log({
        kind: "note",
        image: enrolment.name,
        platform,
        text: "buildah failed outside of any step: once more",
      });
      return runOnce(cache);
    });
  try {
    await runTwice(build.cache?.repository).catch((error: unknown) => {
      const why = cacheFailure(error);
      if (build.cache === undefined || why === undefined) throw error;
      build.cache.onFailure(why);
      // What was built so far is in the storage of this machine.
      return runTwice(undefined);
    });
  } catch (error) {
    throw explainFailure(error, `${enrolment.name} ${platform}`, { logFile, contextDir: build.contextDir });
  }
  return readImageId(files.imageIdFile, `${enrolment.name} ${platform}`, logFile);
}

async function readImageId(file: string, subject: string, logFile: string): Promise<string> {
  const text = (await readFile(file, "utf8").catch(whenAbsent(""))).trim().replace(/^sha256:/, "");
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new FactoryError("tool-failed", `${subject}: buildah ended with 0 and named no image`, {
    hint: `Look at buildah on this machine: npm run doctor. Its whole output is in ${logFile}`,
  });
}

/** The log of a build that prints more is a flood: it would fill the disk until the build's time is up. */
const mostLogBytes = 64 * 1024 * 1024;

/** What starts more at a time, threads counted, multiplies without end: compilers on many cores are some hundreds. */
const mostProcesses = 8_192;

/** The log of the newest build of one image and platform. */
export function buildLog(workDir: string, image: string, platform: Platform): string {
  return join(workDir, "logs", image, `${platform.replace("/", "-")}.log`);
}

/** Begins the log of a build anew and returns its path. */
async function openBuildLog(workDir: string, image: string, platform: Platform): Promise<string> {
  const file = buildLog(workDir, image, platform);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "");
  return file;
}

function pinOf(base: Base, { pins, enrolment }: DockerfileBuild): string {
  const found = pins.get(pinName(base));
  if (found !== undefined) return found;
  throw new FactoryError("bug", `${enrolment.name}: ${base.reference} was not looked up before the build`);
}

/** `2/5: RUN make`, as buildah announces what it does. */
function stepOf(line: string): string | undefined {
  return /^(?:\[\d+\/\d+\] )?STEP (\d+\/\d+: .*)/.exec(line)?.[1]?.slice(0, 160);
}

/** Why layers could not be handed to the cache, where that is what ended the build. */
function cacheFailure(error: unknown): string | undefined {
  if (!(error instanceof FactoryError) || error.code !== "tool-failed") return undefined;
  const said = (error.cause as Partial<Finished> | undefined)?.stderr ?? "";
  return /failed pushing cache to .*/.exec(said)?.[0];
}

/** No step failed, and nobody killed it: what could not be pulled can mostly be pulled a moment later. */
function isCurable(error: unknown): boolean {
  if (!(error instanceof FactoryError) || error.code !== "tool-failed") return false;
  if (cacheFailure(error) !== undefined) return false;
  const { exitCode, stderr = "" } = (error.cause ?? {}) as Partial<Finished>;
  return isStall(error) || (exitCode !== undefined && exitCode < 128 && failedStep(stderr) === undefined);
}

function failedStep(said: string): string | undefined {
  return said.split("\n").findLast((line) => /building at STEP|exit status \d+/.test(line));
}
/** What buildah says of a step that did not end by itself, by its isolation; and what a shell makes of it. */
const killedStep = /^(?:container|subprocess) exited on (?:killed|terminated)$|exit status 137$/m;

/**
 * Tells a step of the Dockerfile that failed, which another try does not cure, from one that was killed and from a builder
 * that failed. The folder of the context, which is another for each build, is not in the message: that is recorded.
 */
function explainFailure(
  error: unknown,
  subject: string,
  { logFile, contextDir }: { readonly logFile: string; readonly contextDir: string },
): unknown {
  if (!(error instanceof FactoryError) || error.code !== "tool-failed") return error;
  const said = (error.cause as Partial<Finished> | undefined)?.stderr ?? "";
  const step = failedStep(said);
  if (step === undefined) {
    const pulled = [...said.matchAll(/Trying to pull (\S+?)\.\.\./g)].at(-1)?.[1];
    const what = pulled === undefined ? "" : `after the pull of ${pulled} began: `;
    return new FactoryError("tool-failed", `${subject}: ${what}${error.message}`, {
      hint:
        error.hint ??
        `Look whether the registry that is named can be reached, and try again; the whole output is in ${logFile}`,
      cause: error,
    });
  }
  const text = step
    .replace(/^.*?(?=(?:error )?building at STEP)/, "")
    .trim()
    .replaceAll(contextDir, "context");
  if (killedStep.test(said)) {
    const message = `${subject}: ${text}: it was killed (full output: ${logFile})`;
    return new FactoryError("tool-failed", message, { hint: killedHint, cause: error });
  }
  return new FactoryError("build-failed", `${subject}: ${text}`, {
    hint: `Correct the Dockerfile or its source; the whole output is in ${logFile}`,
    cause: error,
  });
}
