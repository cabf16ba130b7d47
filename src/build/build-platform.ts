import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Base } from "../dockerfile/bases.ts";
import { stageGraph } from "../dockerfile/graph.ts";
import { pinDockerfile } from "../dockerfile/pin.ts";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { PlatformStep } from "../plan/plan.ts";
import { baseName } from "../plan/platform-key.ts";
import { type StagedPlatform, type StagingTarget, stageImage, stagingTag } from "../publish/staging.ts";
import { writeAuthFile } from "../registry/auth-file.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { CredentialStore } from "../registry/credentials.ts";
import { parseImageConfig } from "../registry/image-config.ts";
import { parseImageManifest } from "../registry/manifest.ts";
import { formatReference } from "../registry/reference.ts";
import type { BaseImage } from "../resolve/base-images.ts";
import { normaliseBase, type PlatformDockerfile } from "../resolve/dockerfile-bases.ts";
import type { ResolvedImage } from "../resolve/resolver.ts";
import type { Finished, Run } from "../run.ts";
import type { SourceTree } from "../source/source-tree.ts";
import { openSecrets } from "./build-secrets.ts";
import { buildArgs, buildahCommand, pushArgs } from "./buildah.ts";
import { type BaseParts, composeImage, type ImageParts } from "./composed-image.ts";
import { type GraphRoot, withGraphRoot } from "./graph-root.ts";
import type { BuildHost } from "./host.ts";

export interface BuildDoor {
  readonly run: Run;
  readonly client: RegistryClient;
  readonly credentials: CredentialStore;
  readonly host: BuildHost;
  readonly workDir: string;
  readonly log: Log;
  /** Where the values of build secrets come from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface PlatformBuild {
  readonly image: ResolvedImage;
  readonly step: PlatformStep;
  readonly epoch: number | undefined;
  readonly tree: SourceTree;
  readonly target: StagingTarget;
}

/**
 * Builds one platform from its Dockerfile with one call of buildah, and stages what came out with a config and a manifest
 * of our own: the base's layers as they are, then the new ones.
 * @throws FactoryError "build-failed" when a step of the Dockerfile fails, "tool-failed" when buildah does, "timed-out".
 */
export async function buildPlatform(build: PlatformBuild, door: BuildDoor): Promise<StagedPlatform> {
  const { image, step, target } = build;
  const read = image.dockerfiles?.get(step.platform);
  if (read === undefined) throw new Error(`${target.image} has no Dockerfile for ${step.platform}`);
  const bases = await copyBases(build, read, door);
  const owner = { workDir: door.workDir, image: target.image, platform: step.platform, epoch: build.epoch };
  const insecure = door.client.addressOf(target.repository);
  return withGraphRoot(
    owner,
    { ...door, insecureHost: insecure.plainHttp ? insecure.host : undefined },
    async (root) => {
      const authFile = await writeAuth(root, target, door);
      const imageId = await buildImage(build, read, bases, authFile, root, door);
      const built = await pushParts(imageId, target, authFile, root, door);
      const base = targetBase(read);
      const composed = composeImage(
        target.image,
        step.platform,
        base === undefined ? undefined : await baseParts(base, image),
        built,
        image.facts.enrolment.labels,
      );
      const staged = await stageImage(door.client, target, composed);
      await door.client.deleteTag(target.repository, partsTag(target));
      return staged;
    },
  );
}

/** `host/path@digest` in the staging repository, by reference and platform. */
type PinnedBases = ReadonlyMap<string, string>;

/** A base that is in the staging repository stays when it vanishes upstream, and buildah leaves its layers as they are. */
async function copyBases(
  { image, target }: PlatformBuild,
  { bases }: PlatformDockerfile,
  { client }: BuildDoor,
): Promise<PinnedBases> {
  const { host, path } = client.addressOf(target.repository);
  const pinned = bases.bases.map(async (base) => {
    const { repository, digest } = await image.baseImage(base.reference, base.platform);
    await client.copyImage(repository, digest, target.repository);
    return [pinName(base), `${host}/${path}@${digest}`] as const;
  });
  return new Map(await Promise.all(pinned));
}

function pinName({ reference, platform }: Base): string {
  return baseName(reference, platform);
}

async function buildImage(
  { image, step, tree, target }: PlatformBuild,
  read: PlatformDockerfile,
  bases: PinnedBases,
  authFile: string,
  root: GraphRoot,
  door: BuildDoor,
): Promise<string> {
  const { enrolment } = image.facts;
  const pinOf = (base: Base) => {
    const found = bases.get(pinName(base));
    if (found !== undefined) return found;
    throw new FactoryError("bug", `${enrolment.name}: ${base.reference} was not looked up before the build`);
  };
  const pinned = pinDockerfile(read.dockerfile, read.settings, pinOf, normaliseBase);
  const dockerfile = join(root.tmp, "Dockerfile");
  const imageIdFile = join(root.tmp, "image-id");
  const ignoreFile = join(root.tmp, "ignore");
  await Promise.all([writeFile(dockerfile, pinned.text), writeFile(ignoreFile, "")]);
  const secrets = await openSecrets(enrolment, door.variables);
  const args = buildArgs(
    {
      platform: step.platform,
      contextDir: tree.dir,
      dockerfile,
      ignoreFile,
      imageIdFile,
      authFile,
      args: { ...enrolment.args, ...pinned.buildArgs },
      network: enrolment.network,
      secrets: secrets.mounts,
      buildContexts: pinned.buildContexts,
    },
    root,
    door.host,
  );
  const command = buildahCommand(args, root, door.host);
  const logFile = await openLog(door.workDir, target);
  try {
    await door.run({
      ...command,
      env: { ...command.env, ...secrets.env },
      logFile,
      timeoutMs: enrolment.timeouts.buildMs,
      onLine: (line) => {
        const text = stepOf(line);
        if (text !== undefined)
          door.log({ kind: "note", image: enrolment.name, platform: step.platform, text });
      },
      ...(door.signal === undefined ? {} : { signal: door.signal }),
    });
  } catch (error) {
    throw explainFailure(error, target, logFile);
  }
  return (await readFile(imageIdFile, "utf8")).trim();
}

/** `STEP 2/5: RUN make`, as buildah announces what it does. */
function stepOf(line: string): string | undefined {
  return /^(?:\[\d+\/\d+\] )?STEP (\d+\/\d+: .*)/.exec(line)?.[1]?.slice(0, 160);
}

/** Pushes the new layers. The tag is for passing them on alone: what counts is written by the factory afterwards. */
async function pushParts(
  imageId: string,
  target: StagingTarget,
  authFile: string,
  root: GraphRoot,
  door: BuildDoor,
): Promise<ImageParts> {
  const { client } = door;
  const { host, path } = client.addressOf(target.repository);
  const tag = partsTag(target);
  await door.run({
    ...buildahCommand(
      pushArgs(imageId, `${host}/${path}:${tag}`, authFile, root, door.host),
      root,
      door.host,
    ),
    logFile: await openLog(door.workDir, target),
    timeoutMs: pushTimeoutMs,
    ...(door.signal === undefined ? {} : { signal: door.signal }),
  });
  const name = formatReference({ ...target.repository, tag });
  const document = await client.getManifest(target.repository, tag);
  // buildah may say that a push went well that did not: only what is read back counts.
  if (document === undefined)
    throw new FactoryError("tool-failed", `${name} is not there after buildah pushed it`);
  const manifest = parseImageManifest(document, name);
  if (manifest.config.digest !== `sha256:${imageId.replace(/^sha256:/, "")}`) {
    throw new FactoryError(
      "tool-failed",
      `${name} is not the image that buildah built: ${imageId} was pushed`,
    );
  }
  const config = await client.getBlob(target.repository, manifest.config.digest, {
    maxBytes: maxConfigBytes,
  });
  if (config === undefined)
    throw new FactoryError("tool-failed", `${name} has no config after buildah pushed it`);
  return { layers: manifest.layers, config: parseImageConfig(config, name) };
}

const pushTimeoutMs = 30 * 60_000;
const maxConfigBytes = 8 * 1024 * 1024;

function partsTag({ key }: StagingTarget): string {
  return `${stagingTag(key)}-parts`;
}

/** The external image that the target descends from, through stages of the Dockerfile; undefined for scratch. */
function targetBase({ dockerfile, settings, bases }: PlatformDockerfile): Base | undefined {
  const { reached, target } = stageGraph(dockerfile, settings);
  let index = target;
  for (;;) {
    const origin = reached.find(({ stage }) => stage.index === index)?.origin;
    if (origin?.kind !== "stage") {
      return bases.bases.find(({ stage, use, inTrigger }) => stage === index && use === "from" && !inTrigger);
    }
    index = origin.index;
  }
}

async function baseParts(base: Base, image: ResolvedImage): Promise<BaseParts> {
  const { manifest, config, digest }: BaseImage = await image.baseImage(base.reference, base.platform);
  return { reference: base.reference, digest, layers: manifest.layers, config };
}

async function writeAuth(root: GraphRoot, { repository }: StagingTarget, door: BuildDoor): Promise<string> {
  const { host, path } = door.client.addressOf(repository);
  const credential = await door.credentials.lookup(host, path);
  const file = join(root.tmp, "auth.json");
  await writeAuthFile(file, credential === undefined ? {} : { [host]: credential });
  return file;
}

/** The log of the newest build of one image and platform. */
export function buildLog(
  workDir: string,
  { image, platform }: Pick<StagingTarget, "image" | "platform">,
): string {
  return join(workDir, "logs", image, `${platform.replace("/", "-")}.log`);
}

async function openLog(workDir: string, target: StagingTarget): Promise<string> {
  const file = buildLog(workDir, target);
  await mkdir(dirname(file), { recursive: true });
  return file;
}

/**
 * Tells a step of the Dockerfile that failed, which another try does not cure, from a builder that failed.
 */
function explainFailure(error: unknown, { image, platform }: StagingTarget, logFile: string): unknown {
  if (!(error instanceof FactoryError) || error.code !== "tool-failed") return error;
  const said = (error.cause as Partial<Finished> | undefined)?.stderr ?? "";
  const step = said
    .split("\n")
    .findLast((line) => /building at STEP|while running runtime|exit status \d+|COPY|ADD/.test(line));
  if (step === undefined) return error;
  return new FactoryError(
    "build-failed",
    `${image} ${platform}: ${step.trim().replace(/^(?:Error: |time=.*msg=)/i, "")}`,
    {
      hint: `The whole output is in ${logFile}`,
      cause: error,
    },
  );
}
