import PQueue from "p-queue";
import { type StageDoor, shareTrees, stagePlatform } from "./build/stage-platform.ts";
import type { Enrolment } from "./enrolment/enrolment.ts";
import { type ExitStatus, exitStatus, FactoryError } from "./errors.ts";
import { timed } from "./log.ts";
import { isNonEmpty, type NonEmpty } from "./non-empty.ts";
import {
  type BuildStep,
  enrolledBases,
  type ImageFacts,
  type PlanRequest,
  type PlanStep,
  type PlatformStep,
  planBuilds,
} from "./plan/plan.ts";
import { formatReason } from "./plan/reason.ts";
import type { Platform } from "./platform.ts";
import { adopt } from "./publish/adopt.ts";
import { assemble } from "./publish/assemble.ts";
import type { HeldTags } from "./publish/move-tags.ts";
import { publicationTags } from "./publish/publication-tags.ts";
import { type PublishDoor, type PublishedImage, publish, retag } from "./publish/publish.ts";
import { findStaged, type StagedPlatform, stagingRepository } from "./publish/staging.ts";
import type { Digest } from "./registry/digest.ts";
import { pullReference } from "./registry/pull-reference.ts";
import type { ResolvedImage, Resolver } from "./resolve/resolver.ts";
import type { BlockedScan, PassedScan, PlatformScan, ScanTarget } from "./scan/scan-report.ts";
import type { Scanner } from "./scan/scanner.ts";
import { blockedError } from "./scan/table.ts";
import type { AllowedSafeties } from "./state/image-state.ts";
import { type PublishedVersion, type VersionPart, versionAfter } from "./state/version.ts";

/** What became of one image. */
export type Outcome =
  | {
      readonly kind: "published";
      readonly image: string;
      readonly digest: Digest;
      readonly tags: readonly string[];
    }
  | {
      readonly kind: "unchanged";
      readonly image: string;
      readonly digest: Digest;
      /** What the plan says besides. */
      readonly note?: string;
      /** What somebody else's CI pushed was recorded as what is published. */
      readonly adopted?: true;
    }
  | { readonly kind: "superseded"; readonly image: string; readonly digest: Digest }
  | { readonly kind: "staged"; readonly image: string; readonly waitsFor: NonEmpty<PlatformStep> }
  | { readonly kind: "skipped"; readonly image: string; readonly base: string; readonly status: ExitStatus }
  | { readonly kind: "failed"; readonly image: string; readonly error: unknown };

export interface BuildRequest extends PlanRequest {
  /** `PLATFORM=`: only this one is built; the image is published if the others are staged. */
  readonly onlyPlatform: Platform | undefined;
  /** `BUMP=`: the part of the version file of the named images that a publication increments. */
  readonly bump?: VersionPart | undefined;
  /** Platform builds at one time. */
  readonly jobs: number;
  /** Safeties that are stepped over on this run, for the record. */
  readonly allowed: AllowedSafeties | undefined;
}

export interface PipelineDoor extends StageDoor, Omit<PublishDoor, "signal"> {
  readonly resolver: Resolver;
  readonly scanner: Scanner;
  /** Brings the version file of an image up to what is published of it. */
  readonly settleVersion: (enrolment: Enrolment) => Promise<void>;
}

/**
 * Builds, scans and publishes what the plan says, each image after its enrolled bases, images that do not need each
 * other side by side. One image's failure stops only what is built from it.
 */
export async function buildImages(request: BuildRequest, door: PipelineDoor): Promise<readonly Outcome[]> {
  try {
    return await buildResolved(request, door);
  } finally {
    await door.resolver.close();
  }
}

async function buildResolved(request: BuildRequest, door: PipelineDoor): Promise<readonly Outcome[]> {
  const { images, failures } = await door.resolver.resolve(request.images);
  const resolved = new Map(images);
  const facts = () => [...resolved.values()].map((image) => image.facts);
  const first = planBuilds(facts(), request);
  const builds = new PQueue({ concurrency: request.jobs });
  const outcomes = new Map<string, Promise<Outcome>>();

  /** The step as it is after the bases were published: decided again where one of them moved. */
  const stepOf = async (name: string, below: readonly Outcome[]): Promise<PlanStep | undefined> => {
    const moved = below.some((outcome) => outcome.kind !== "unchanged" || outcome.adopted === true);
    if (!moved) return first.steps.find((step) => step.image === name);
    const again = await door.resolver.resolve([name]);
    if (again.failures.has(name)) throw again.failures.get(name);
    for (const [image, found] of again.images) resolved.set(image, found);
    const done = new Set(below.map(({ image }) => image));
    return planBuilds(facts(), { ...request, done }).steps.find((step) => step.image === name);
  };

  const carryOut = async (name: string): Promise<Outcome> => {
    if (failures.has(name)) throw failures.get(name);
    const bases = enrolledBases(resolved.get(name)?.facts);
    const below = await Promise.all(bases.map(outcomeOf));
    const failed = below.find(({ kind }) => kind === "failed" || kind === "skipped" || kind === "staged");
    if (failed !== undefined)
      return { kind: "skipped", image: name, base: failed.image, status: statusOf(failed) };
    const step = await stepOf(name, below);
    const image = resolved.get(name);
    if (step === undefined || image === undefined) throw new Error(`${name} is not in the plan`);
    const outcome = await carryOutStep(step, image, request, builds, door);
    if (outcome.kind === "superseded" && image.facts.enrolment.workflow !== undefined)
      await adoptNew(name, request, door);
    await door.settleVersion(image.facts.enrolment);
    return outcome;
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
  const names = [...first.steps.map((step) => step.image), ...failures.keys()];
  return Promise.all(names.map(outcomeOf));
}

/** Records what somebody else's CI pushed while this run built. */
async function adoptNew(name: string, request: BuildRequest, door: PipelineDoor): Promise<void> {
  const { images } = await door.resolver.resolve([name]);
  const facts = [...images.values()].map((image) => image.facts);
  const step = planBuilds(facts, { ...request, images: [name] }).steps.find(({ image }) => image === name);
  const image = images.get(name);
  if (step !== undefined && image !== undefined) await adoptPushed(step, image, door);
}

async function adoptPushed(step: PlanStep, { facts }: ResolvedImage, door: PipelineDoor): Promise<void> {
  if (step.adopts === undefined) return;
  const { repository } = facts.enrolment;
  await adopt({ image: step.image, repository, adopts: step.adopts, plannedOn: facts.state }, door);
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
  await adoptPushed(step, image, door);
  switch (step.action) {
    case "keep":
      return {
        kind: "unchanged",
        image: step.image,
        digest: step.digest,
        ...(step.note === undefined ? {} : { note: step.note }),
        ...(step.adopts === undefined ? {} : { adopted: true }),
      };
    case "refuse":
      throw new FactoryError("policy-refused", `${step.image}: ${step.why}`, { hint: step.remedy });
    case "wait":
      throw new FactoryError(
        "bug",
        `${step.image} still waits for ${step.bases.join(", ")} after they were built`,
      );
    case "tag":
      return outcomeOfPublished(await addTags(step, image, request, door));
    case "build":
      door.log({ kind: "note", image: step.image, text: step.reasons.map(formatReason).join("; ") });
      return buildStep(step, image, request, builds, door);
  }
}

/** What the tags held when the plan was made, of an image that somebody else's CI publishes too. */
function heldBefore({ enrolment, tags }: ImageFacts): HeldTags | undefined {
  if (enrolment.workflow === undefined) return undefined;
  return Object.fromEntries(tags.flatMap(({ tag, holds, once }) => (once ? [] : [[tag, holds]])));
}

async function addTags(
  step: Extract<PlanStep, { action: "tag" }>,
  { facts }: ResolvedImage,
  buildRequest: BuildRequest,
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
      reference: pullReference(door.client, enrolment.repository, digest),
    }),
  );
  const scans = await Promise.all(
    targets.map((target) =>
      timed(door.log, "scan", target, () => door.scanner.scan(target, enrolment, address, door.signal)),
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
    heldBefore: heldBefore(facts),
    next: nextVersion(facts, buildRequest),
  };
  return timed(door.log, "publish", { image: step.image }, () => retag(request, door));
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
  door.scanner.prepare(enrolment);
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
    timed(door.log, "scan", staged, () => door.scanner.scan(staged, enrolment, address, signal));
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
  request: BuildRequest,
  door: PipelineDoor,
): Promise<PublishedImage> {
  const { enrolment, commit, version, state } = facts;
  const once = facts.tags.filter((tag) => tag.once).map(({ tag }) => tag);
  return timed(door.log, "publish", { image: step.image }, () =>
    publish(
      {
        image: step.image,
        repository: enrolment.repository,
        index: assemble(scans, enrolment.annotations),
        inputs: Object.fromEntries(step.platforms.map(({ platform, inputs }) => [platform, inputs])),
        annotations: enrolment.annotations,
        commit,
        version,
        next: nextVersion(facts, request),
        epoch: step.epoch,
        allowed: request.allowed,
        plannedOn: state,
        heldBefore: heldBefore(facts),
        tags: (date, ofFile) => [
          ...publicationTags(enrolment, { commit, version, date }, ofFile).map((tag) => ({
            ...tag,
            once: false,
          })),
          ...once.map((tag) => ({ tag, once: true })),
        ],
      },
      door,
    ),
  );
}

/** What its version file calls a publication of the image, and what the file is to hold then. */
function nextVersion(
  { enrolment, next }: ImageFacts,
  { images, bump }: BuildRequest,
): PublishedVersion | undefined {
  if (next === undefined) return undefined;
  const { version, held } = next;
  const after = versionAfter(version, images.includes(enrolment.name) ? bump : undefined);
  return { tag: version, held, ...(after === undefined ? {} : { next: after }) };
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
