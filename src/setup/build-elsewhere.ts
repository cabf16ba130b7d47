import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { probeHost } from "../build/host.ts";
import type { Session } from "../command/main.ts";
import { type ArchivePlace, credentialsOf, type Enrolment, type Source } from "../enrolment/enrolment.ts";
import { readImages } from "../enrolment/read-images.ts";
import { type ExitStatus, FactoryError } from "../errors.ts";
import { openState } from "../open-state.ts";
import { run } from "../run.ts";
import { runInForeground } from "../run-in-foreground.ts";
import { readSettings, type Settings } from "../settings.ts";
import { withLock } from "../state/lock.ts";
import { workTreeAbove } from "../state/state-repository.ts";
import { type HandOverProps, handOver } from "./hand-over.ts";
import { ownRoot } from "./needs.ts";

/** `runWhereBuildahRuns` for a command that publishes. */
export async function buildElsewhere(
  command: string,
  words: readonly string[],
  session: Session,
): Promise<ExitStatus | undefined> {
  const status = await runWhereBuildahRuns(command, words, session);
  if (status === 0 && (await readSettings(ownRoot, session.env)).registry === undefined) {
    const text =
      "the registry of this folder ran in the builder image and ended with it, so nothing can be pulled from it: name one of your own (registry in factory.yaml)";
    session.log({ kind: "warning", text });
  }
  return status;
}

/**
 * Runs a command in the builder image if this machine cannot build, and gives back its exit status; undefined where it
 * can. A builder image never hands over to another.
 * @param words The command's arguments, as they were given.
 * @throws FactoryError "machine-lacks" when neither is possible.
 */
export async function runWhereBuildahRuns(
  command: string,
  words: readonly string[],
  session: Session,
): Promise<ExitStatus | undefined> {
  const { signal, env } = session;
  const settings = await readSettings(ownRoot, env);
  try {
    await probeHost({ run, workDir: settings.workDir, env, signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== "machine-lacks") throw error;
    if (env["FACTORY_BUILDER"] === "1") throw error;
    return runElsewhere(command, words, session, error);
  }
}

/**
 * Runs a command in the builder image, and gives back its exit status.
 * @param why What this machine lacks for it.
 * @throws FactoryError "machine-lacks" when there is no builder image, or nothing that runs it.
 */
export async function runElsewhere(
  command: string,
  words: readonly string[],
  session: Session,
  why: FactoryError,
): Promise<ExitStatus> {
  const settings = await openState(session);
  const { images } = await readImages(settings.imagesFile, settings.stateDir);
  const props = handOverProps(command, words, settings, images);
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  const { log, env, signal } = session;
  const work = () => handOver(props, why, { run, runInForeground, log, env, terminal });
  // A container sees no process of another one: two registries would serve one folder, each with its own password.
  const status = await (settings.registry !== undefined
    ? work()
    : withLock(
        join(settings.workDir, "locks/hand-over.lock"),
        {
          signal,
          onWait: () => log({ kind: "note", text: "waits for another command in the builder image" }),
        },
        work,
      ));
  // It is the factory that ended there, with one of its own.
  return status as ExitStatus;
}

function handOverProps(
  command: string,
  words: readonly string[],
  { builderImage, workDir, stateDir, stateTokenVariable, imagesFile, authFiles }: Settings,
  enrolments: readonly Enrolment[],
): HandOverProps {
  for (const folder of [workDir, stateDir]) mkdirSync(folder, { recursive: true });
  return {
    image: builderImage,
    root: ownRoot,
    workDir,
    stateDir,
    // An engine refuses to mount what is not there; the command will name it.
    paths: [imagesFile, ...authFiles, ...pathsOf(enrolments), ...sourceWords(words)].filter((path) =>
      existsSync(path),
    ),
    command,
    words,
    variables: [...variablesOf(enrolments), stateTokenVariable ?? [], "GITHUB_TOKEN", "GITLAB_TOKEN"].flat(),
  };
}

/** The folder that `SOURCE=` names, from where the command reads it. */
export function sourceWords(words: readonly string[]): readonly string[] {
  const key = "SOURCE=";
  return words
    .filter((word) => word.startsWith(key) && word !== key)
    .map((word) => resolve(ownRoot, word.slice(key.length)));
}

/** Every path of this machine that images.yaml names. */
export function pathsOf(enrolments: readonly Enrolment[]): readonly string[] {
  return enrolments.flatMap(({ source, secrets, patchFiles, versionFile }) => [
    ...sourcePaths(source),
    ...patchFiles,
    ...(versionFile === undefined ? [] : [workTreeAbove(versionFile) ?? dirname(versionFile)]),
    ...secrets.flatMap((secret) => (secret.from === "file" ? [secret.path] : [])),
  ]);
}

function sourcePaths(source: Source): readonly string[] {
  if (source.kind === "folder") return [source.path];
  if (source.kind === "debian") return [];
  if (source.kind === "archive") return archivePaths(source.place);
  const { url, credentials } = source;
  const repository = url.startsWith("/") ? [url] : [];
  if (credentials?.kind === "file") return [...repository, credentials.path];
  return credentials?.kind === "ssh" ? [...repository, credentials.key, credentials.knownHosts] : repository;
}

function archivePaths(place: ArchivePlace): readonly string[] {
  if (place.kind === "file") return [place.path];
  return place.credentials?.kind === "file" ? [place.credentials.path] : [];
}

/** Every variable that images.yaml names. */
export function variablesOf(enrolments: readonly Enrolment[]): readonly string[] {
  return enrolments.flatMap(({ source, secrets }) => [
    ...credentialVariables(source),
    ...secrets.flatMap((secret) => (secret.from === "variable" ? [secret.name] : [])),
  ]);
}

function credentialVariables(source: Source): readonly string[] {
  const credentials = credentialsOf(source);
  return credentials?.kind === "variable" ? [credentials.name] : [];
}
