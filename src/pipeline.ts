import { join } from "node:path";
import PQueue from "p-queue";
import { type BuildDoor, buildPlatform } from "./build/build-platform.ts";
import type { BuildHost } from "./build/host.ts";
import { renderAllTags } from "./enrolment/tags.ts";
import { type ExitStatus, exitStatus, FactoryError } from "./errors.ts";
import type { Log, Phase } from "./log.ts";
import { isNonEmpty, type NonEmpty } from "./non-empty.ts";
import {
  type BuildStep,
  enrolledBases,
  type PlanRequest,
  type PlanStep,
  type PlatformStep,
  planBuilds,
} from "./plan/plan.ts";
import { formatReason } from "./plan/reason.ts";
import { hostPlatform, type Platform } from "./platform.ts";
import { assemble } from "./publish/assemble.ts";
import { type PublishDoor, type PublishedImage, publish, retag } from "./publish/publish.ts";
import { findStaged, type StagedPlatform, stagingRepository } from "./publish/staging.ts";
import type { RegistryClient } from "./registry/client.ts";
import type { Digest } from "./registry/digest.ts";
import type { Repository } from "./registry/reference.ts";
import type { ResolvedImage, Resolver } from "./resolve/resolver.ts";
import type { BlockedScan, PassedScan, PlatformScan, ScanTarget } from "./scan/scan-report.ts";
import type { Scanner } from "./scan/scanner.ts";
import { blockedError } from "./scan/table.ts";
import type { SourceTree } from "./source/source-tree.ts";
import type { AllowedSafeties } from "./state/image-state.ts";
import { withLock } from "./state/lock.ts";

/** What became of one image. */
export type Outcome =
  | {
      readonly kind: "published";
      readonly image: string;
      readonly digest: Digest;
      readonly tags: readonly string[];
    }
  | { readonly kind: "unchanged"; readonly image: string; readonly digest: Digest }
  | { readonly kind: "superseded"; readonly image: string; readonly digest: Digest }
  | { readonly kind: "staged"; readonly image: string; readonly waitsFor: NonEmpty<PlatformStep> }
  | { readonly kind: "skipped"; readonly image: string; readonly base: string; readonly status: ExitStatus }
  | { readonly kind: "failed"; readonly image: string; readonly error: unknown };

export interface BuildRequest extends PlanRequest {
  /** `PLATFORM=`: only this one is built; the image is published if the others are staged. */
  readonly onlyPlatform: Platform | undefined;
  /** Platform builds at one time. */
  readonly jobs: number;
  /** Safeties that are stepped over on this run, for the record. */
  readonly allowed: AllowedSafeties | undefined;
}

export interface PipelineDoor extends Omit<BuildDoor, "host" | "signal">, Omit<PublishDoor, "signal"> {
  readonly client: RegistryClient;
  readonly resolver: Resolver;
  readonly scan: Scanner;
  /** Finds out, once, how this machine builds, with the tools for it installed. */
  readonly host: () => Promise<BuildHost>;
  /** Makes sure that programs of a foreign platform run here. */
  readonly ensureEmulation: (platform: Platform) => Promise<void>;
  /** Stages a platform that has no Dockerfile: the root filesystem of a debian source. */
  readonly stageRoot: (
    image: ResolvedImage,
    step: PlatformStep,
    target: StagingTargetOf,
  ) => Promise<StagedPlatform>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

type StagingTargetOf = Parameters<typeof findStaged>[1];

/**
 * Builds, scans and publishes what the plan says, each image after its enrolled bases, images that do not need each
 * other side by side. One image's failure stops only what is built from it.
 */
export async function buildImages(request: BuildRequest, door: PipelineDoor): Promise<readonly Outcome[]> {
  const { images, failures } = await door.resolver.resolve(request.images);
  const resolved = new Map(images);
  const facts = () => [...resolved.values()].map((image) => image.facts);
  const first = planBuilds(facts(), request);
  const builds = new PQueue({ concurrency: request.jobs });
  const outcomes = new Map<string, Promise<Outcome>>();
  for (const [image, error] of failures)
    outcomes.set(image, Promise.resolve({ kind: "failed", image, error }));

  /** The step as it is after the bases were published: decided again where one of them moved. */
  const stepOf = async (name: string, below: readonly Outcome[]): Promise<PlanStep | undefined> => {
    const moved = below.some(({ kind }) => kind !== "unchanged");
    if (!moved) return first.steps.find((step) => step.image === name);
    const again = await door.resolver.resolve([name]);
    if (again.failures.has(name)) throw again.failures.get(name);
    for (const [image, found] of again.images) resolved.set(image, found);
    const done = new Set(below.map(({ image }) => image));
    return planBuilds(facts(), { ...request, done }).steps.find((step) => step.image === name);
  };

  const carryOut = async (name: string): Promise<Outcome> => {
    const bases = enrolledBases(resolved.get(name)?.facts);
    const below = await Promise.all(bases.map(outcomeOf));
    const failed = below.find(({ kind }) => kind === "failed" || kind === "skipped" || kind === "staged");
    if (failed !== undefined)
      return { kind: "skipped", image: name, base: failed.image, status: statusOf(failed) };
    const step = await stepOf(name, below);
    const image = resolved.get(name);
    if (step === undefined || image === undefined) throw new Error(`${name} is not in the plan`);
    return carryOutStep(step, image, request, builds, door);
  };

  const outcomeOf = (name: string): Promise<Outcome> => {
    const known = outcomes.get(name);
    if (known !== undefined) return known;
    const outcome = carryOut(name).catch(
      (error: unknown): Outcome => ({ kind: "failed", image: name, error }),
    );
    outcomes.set(name, outcome);
    return outcome;
  };
  return Promise.all([...failures.keys(), ...first.steps.map((step) => step.image)].map(outcomeOf));
}

/** The exit status that one outcome asks for. */
export function statusOf(outcome: Outcome): ExitStatus {
  if (outcome.kind === "failed") return exitStatus(outcome.error);
  return outcome.kind === "skipped" ? outcome.status : 0;
}

async function carryOutStep(
  step: PlanStep,
  image: ResolvedImage,
  request: BuildRequest,
  builds: PQueue,
  door: PipelineDoor,
): Promise<Outcome> {
  switch (step.action) {
    case "keep":
      return { kind: "unchanged", image: step.image, digest: step.digest };
    case "refuse":
      throw new FactoryError("policy-refused", `${step.image}: ${step.why}`, { hint: step.remedy });
    case "wait":
      throw new FactoryError(
        "bug",
        `${step.image} still waits for ${step.bases.join(", ")} after they were built`,
      );
    case "tag":
      return outcomeOfPublished(await addTags(step, image, door));
    case "build":
      door.log({ kind: "note", image: step.image, text: step.reasons.map(formatReason).join("; ") });
      return buildStep(step, image, request, builds, door);
  }
}

async function addTags(
  step: Extract<PlanStep, { action: "tag" }>,
  { facts }: ResolvedImage,
  door: PipelineDoor,
): Promise<PublishedImage> {
  const { enrolment, state, commit } = facts;
  if (state === undefined) throw new Error(`${step.image} has no state`);
  // What is put back or added goes to people anew: today's database has the say.
  const address = door.client.addressOf(enrolment.repository);
  const targets = Object.entries(state.platforms).map(
    ([platform, { digest }]): ScanTarget => ({
      image: step.image,
      platform: platform as Platform,
      digest,
      reference: `${address.host}/${address.path}@${digest}`,
    }),
  );
  const scans = await Promise.all(
    targets.map((target) =>
      timed(door, "scan", target, () => door.scan(target, enrolment, address, door.signal)),
    ),
  );
  const passed = allPassed(scans);
  const request = {
    image: step.image,
    repository: enrolment.repository,
    state,
    tags: step.tags,
    scans: passed,
    commit,
  };
  return timed(door, "publish", { image: step.image }, () => retag(request, door));
}

async function buildStep(
  step: BuildStep,
  image: ResolvedImage,
  request: BuildRequest,
  builds: PQueue,
  door: PipelineDoor,
): Promise<Outcome> {
  const { enrolment } = image.facts;
  const staging = stagingRepository(enrolment.repository);
  await Promise.all([door.client.checkPush(staging), door.client.checkPush(enrolment.repository)]);

  // One platform's failure stops its siblings: nothing is published unless all of them passed.
  const siblings = new AbortController();
  const signal = AbortSignal.any([door.signal, siblings.signal]);
  const trees = shareTrees(image);
  const targetOf = ({ platform, key }: PlatformStep) => ({
    image: step.image,
    platform,
    key,
    repository: staging,
  });
  const address = door.client.addressOf(staging);
  const stage = (platform: PlatformStep) =>
    stagePlatform(
      { image, step: platform, epoch: step.epoch, tree: trees.of, target: targetOf(platform) },
      builds,
      { ...door, signal },
    );
  const scan = (staged: StagedPlatform) =>
    timed(door, "scan", staged, () => door.scan(staged, enrolment, address, signal));
  try {
    const own = step.platforms.filter(({ platform }) => platform === (request.onlyPlatform ?? platform));
    if (request.onlyPlatform !== undefined) {
      await settled(own.map(stage), siblings);
      const found = await Promise.all(
        step.platforms.map((platform) => findStaged(door.client, targetOf(platform))),
      );
      const missing = step.platforms.filter((_, index) => found[index] === undefined);
      if (isNonEmpty(missing)) return { kind: "staged", image: step.image, waitsFor: missing };
    }
    const scans = await settled(
      step.platforms.map(async (platform) => scan(await stage(platform))),
      siblings,
    );
    return outcomeOfPublished(await publishScans(step, image, allPassed(scans), request, door));
  } finally {
    await trees.dispose();
  }
}

async function publishScans(
  step: BuildStep,
  { facts }: ResolvedImage,
  scans: NonEmpty<PassedScan<StagedPlatform>>,
  { allowed }: BuildRequest,
  door: PipelineDoor,
): Promise<PublishedImage> {
  const { enrolment, commit, version, state } = facts;
  const once = facts.tags.filter((tag) => tag.once).map(({ tag }) => tag);
  return timed(door, "publish", { image: step.image }, () =>
    publish(
      {
        image: step.image,
        repository: enrolment.repository,
        index: assemble(scans, enrolment.annotations),
        inputs: Object.fromEntries(step.platforms.map(({ platform, inputs }) => [platform, inputs])),
        annotations: enrolment.annotations,
        commit,
        version,
        epoch: step.epoch,
        allowed,
        plannedOn: state,
        tags: (date) => [
          ...renderAllTags(enrolment, { commit, version, date }).map((tag) => ({ tag, once: false })),
          ...once.map((tag) => ({ tag, once: true })),
        ],
      },
      door,
    ),
  );
}

interface StageRequest {
  readonly image: ResolvedImage;
  readonly step: PlatformStep;
  readonly epoch: number | undefined;
  readonly tree: (platform: Platform) => Promise<SourceTree>;
  readonly target: StagingTargetOf;
}

/** What is staged under the key, built if nobody has. Builders of one key wait for each other. */
async function stagePlatform(
  request: StageRequest,
  builds: PQueue,
  door: PipelineDoor,
): Promise<StagedPlatform> {
  const { target } = request;
  const found = await findStaged(door.client, target);
  if (found !== undefined) {
    door.log({
      kind: "note",
      image: target.image,
      platform: target.platform,
      text: `already staged as ${found.digest}`,
    });
    return found;
  }
  const lock = join(door.workDir, "locks", `build-${target.key.slice("sha256:".length)}.lock`);
  return builds.add(() =>
    withLock(lock, { signal: door.signal }, async () => {
      const since = await findStaged(door.client, target);
      return since ?? timed(door, "build", target, () => build(request, door));
    }),
  );
}

async function build(
  { image, step, epoch, tree, target }: StageRequest,
  door: PipelineDoor,
): Promise<StagedPlatform> {
  const read = image.dockerfiles?.get(step.platform);
  if (read === undefined) return door.stageRoot(image, step, target);
  const host = await door.host();
  const foreign = read.bases.needsToRun.filter((platform) => platform !== hostPlatform());
  for (const platform of foreign) await door.ensureEmulation(platform);
  return buildPlatform({ image, step, epoch, tree: await tree(step.platform), target }, { ...door, host });
}

/** One checkout for all platforms; of a debian source one for each, for each has files of its own. */
function shareTrees({ source, facts }: ResolvedImage) {
  const trees = new Map<string, Promise<SourceTree>>();
  return {
    of: (platform: Platform): Promise<SourceTree> => {
      const name = facts.enrolment.source.kind === "debian" ? platform : "all";
      const tree = trees.get(name) ?? source.checkout(platform);
      trees.set(name, tree);
      return tree;
    },
    dispose: async (): Promise<void> => {
      const checkedOut = await Promise.allSettled(trees.values());
      await Promise.all(
        checkedOut.map((tree) => (tree.status === "fulfilled" ? tree.value.dispose() : undefined)),
      );
    },
  };
}

/**
 * The results of all, or the first failure once everything has come to its end: what still ran was told to stop, and
 * has cleaned up.
 */
async function settled<T>(works: readonly Promise<T>[], siblings: AbortController): Promise<readonly T[]> {
  let first: { readonly error: unknown } | undefined;
  const watched = works.map((work) =>
    work.catch((error: unknown) => {
      first ??= { error };
      siblings.abort(new FactoryError("interrupted", "stopped because another platform failed"));
      throw error;
    }),
  );
  const results = await Promise.allSettled(watched);
  if (first !== undefined) throw first.error;
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

/** @throws FactoryError "scan-blocked" naming every finding of every platform, when one is blocked. */
function allPassed<P extends ScanTarget>(scans: readonly PlatformScan<P>[]): NonEmpty<PassedScan<P>> {
  const blocked = scans.filter((scan): scan is BlockedScan<P> => scan.verdict === "blocked");
  if (isNonEmpty(blocked)) throw blockedError(blocked);
  const passed = scans.filter((scan): scan is PassedScan<P> => scan.verdict === "passed");
  if (!isNonEmpty(passed)) throw new Error("no platform was scanned");
  return passed;
}

function outcomeOfPublished({ outcome, image, digest, tags }: PublishedImage): Outcome {
  return outcome === "published"
    ? { kind: "published", image, digest, tags }
    : { kind: "superseded", image, digest };
}

/** Says in the log when a phase begins and how long it took. */
async function timed<T>(
  { log }: Pick<PipelineDoor, "log">,
  phase: Phase,
  { image, platform }: { readonly image: string; readonly platform?: Platform },
  work: () => Promise<T>,
): Promise<T> {
  const subject = { image, ...(platform === undefined ? {} : { platform }) };
  const startedAt = performance.now();
  log({ kind: "started", ...subject, phase });
  const result = await work();
  log({ kind: "finished", ...subject, phase, elapsedMs: performance.now() - startedAt });
  return result;
}

/** `host:port/path@sha256:…`: where the digest can be pulled from here and now. */
export function pullReference(client: RegistryClient, repository: Repository, digest: Digest): string {
  const { host, path } = client.addressOf(repository);
  return `${host}/${path}@${digest}`;
}
