import type { BuildQueue } from "./build/build-queue.ts";
import { type StageDoor, shareTrees, stagePlatform } from "./build/stage-platform.ts";
import { explainDisk } from "./disk-failure.ts";
import type { Enrolment } from "./enrolment/enrolment.ts";
import { FactoryError } from "./errors.ts";
import { timed } from "./log.ts";
import { isNonEmpty, type NonEmpty } from "./non-empty.ts";
import type { Outcome } from "./outcome.ts";
import type { ImageFacts } from "./plan/image-facts.ts";
import type { BuildStep, PlanRequest, PlanStep, PlatformStep } from "./plan/plan-step.ts";
import { formatReason, type Reason } from "./plan/reason.ts";
import type { Platform } from "./platform.ts";
import { adopt } from "./publish/adopt.ts";
import { assemble } from "./publish/assemble.ts";
import type { HeldTags } from "./publish/move-tags.ts";
import { publicationTags } from "./publish/publication-tags.ts";
import { type HeldImage, type PublishDoor, type PublishedImage, publish, retag } from "./publish/publish.ts";
import { findStaged, type StagedPlatform, stagingRepository } from "./publish/staging.ts";
import { factoryVersion, whoAsks } from "./receipt/asker.ts";
import type { ReceiptFacts } from "./receipt/receipt.ts";
import { pullReference } from "./registry/pull-reference.ts";
import type { ResolvedImage, Resolver } from "./resolve/resolver.ts";
import type { BlockedScan, PassedScan, PlatformScan, ScanTarget } from "./scan/scan-report.ts";
import type { Scanner } from "./scan/scanner.ts";
import { blockedError } from "./scan/table.ts";
import { forgetFailures, noteFailure } from "./state/failure-record.ts";
import type { AllowedSafeties } from "./state/image-state.ts";
import { type PublishedVersion, type VersionPart, versionAfter } from "./state/version.ts";

export interface BuildRequest extends PlanRequest {
  /** `PLATFORM=`: only this one is built; the image is published if the others are staged. */
  readonly onlyPlatform: Platform | undefined;
  /** `BUMP=`: the part of the version file of the named images that a publication increments. */
  readonly bump?: VersionPart | undefined;
  /** Platform builds at one time. */
  readonly jobs: number;
  /** Platform builds that may start within any 60 seconds; undefined is as many as there are places for. */
  readonly startsPerMinute: number | undefined;
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
 * Does what one step of the plan says; what stands below it is published.
 * @throws FactoryError as builds, scans and publications do, and "policy-refused" for a step that refuses.
 */
export async function carryOutStep(
  step: PlanStep,
  image: ResolvedImage,
  request: BuildRequest,
  builds: BuildQueue,
  door: PipelineDoor,
): Promise<Outcome> {
  await adoptPushed(step, image, door);
  switch (step.action) {
    case "keep":
      if (image.facts.failures !== undefined) await forgetFailures(image.facts.enrolment, door);
      return {
        kind: "unchanged",
        image: step.image,
        digest: step.digest,
        ...(step.note === undefined ? {} : { note: step.note }),
        ...(step.adopts === undefined ? {} : { adopted: true }),
      };
    case "leave":
      return {
        kind: "left",
        image: step.image,
        cause: step.cause,
        reasons: step.reasons,
        digest: step.digest,
      };
    case "refuse":
      throw new FactoryError("policy-refused", `${step.image}: ${step.why}`, { hint: step.remedy });
    case "wait":
      throw new FactoryError(
        "bug",
        `${step.image} still waits for ${step.bases.join(", ")} after they were built`,
      );
    case "tag":
      return outcomeOfPublished(await addTags(step, image, request, door), [], image.facts);
    case "build":
      door.log({ kind: "note", image: step.image, text: step.reasons.map(formatReason).join("; ") });
      try {
        return await buildStep(step, image, request, builds, door);
      } catch (thrown) {
        const error = explainDisk(thrown, [door.workDir, door.stateDir]);
        await noteFailure(error, { step, facts: image.facts, byHand: request.mode === "manual" }, door);
        throw error;
      }
  }
}

/** Records what somebody else's CI pushed, where the step says so. */
export async function adoptPushed(
  step: PlanStep,
  { facts }: ResolvedImage,
  door: PipelineDoor,
): Promise<void> {
  if (step.adopts === undefined) return;
  const { repository } = facts.enrolment;
  await adopt({ image: step.image, repository, adopts: step.adopts, plannedOn: facts.state }, door);
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
): Promise<PublishedImage | HeldImage> {
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
    allowHeld: buildRequest.allowHeld,
    next: nextVersion(facts, buildRequest),
    receipt: receiptFacts(facts, buildRequest),
  };
  return timed(door.log, "publish", { image: step.image }, () => retag(request, door));
}

async function buildStep(
  step: BuildStep,
  image: ResolvedImage,
  request: BuildRequest,
  builds: BuildQueue,
  door: PipelineDoor,
): Promise<Outcome> {
  const { enrolment } = image.facts;
  const staging = stagingRepository(enrolment.repository);
  door.scanner.prepare(enrolment);
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
    const published = await publishScans(step, image, allPassed(scans), request, door);
    if (image.facts.failures !== undefined) await forgetFailures(enrolment, door);
    return outcomeOfPublished(published, step.reasons, image.facts);
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
): Promise<PublishedImage | HeldImage> {
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
        allowHeld: request.allowHeld,
        plannedOn: state,
        heldBefore: heldBefore(facts),
        reasons: step.reasons.map(formatReason),
        receipt: receiptFacts(facts, request),
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

/** What a receipt says besides what the state does. */
function receiptFacts({ enrolment: { source } }: ImageFacts, { mode }: BuildRequest): ReceiptFacts {
  return { source, asked: whoAsks(mode), factory: factoryVersion };
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

function outcomeOfPublished(
  published: PublishedImage | HeldImage,
  reasons: readonly Reason[],
  { state }: ImageFacts,
): Outcome {
  const { image } = published;
  switch (published.outcome) {
    case "held":
      return { kind: "held", image, hold: published.hold, digest: published.digest };
    case "superseded":
      return { kind: "superseded", image, digest: published.digest };
    case "published": {
      const { digest, tags } = published;
      return { kind: "published", image, digest, tags, reasons, previous: state?.digest };
    }
  }
}
