import { setTimeout as sleep } from "node:timers/promises";
import { type BuildQueue, createBuildQueue } from "./build/build-queue.ts";
import { type StageDoor, shareTrees, stagePlatform } from "./build/stage-platform.ts";
import type { Enrolment } from "./enrolment/enrolment.ts";
import { FactoryError } from "./errors.ts";
import { timed } from "./log.ts";
import { isNonEmpty, type NonEmpty } from "./non-empty.ts";
import { isUsable, type Outcome, statusOf } from "./outcome.ts";
import type { ImageFacts } from "./plan/image-facts.ts";
import type { PendingBase } from "./plan/pending-base.ts";
import { enrolledBases, planBuilds } from "./plan/plan.ts";
import type { BuildStep, DatabaseDates, PlanRequest, PlanStep, PlatformStep } from "./plan/plan-step.ts";
import { formatReason, type Reason } from "./plan/reason.ts";
import type { Platform } from "./platform.ts";
import { adopt } from "./publish/adopt.ts";
import { assemble } from "./publish/assemble.ts";
import type { HeldTags } from "./publish/move-tags.ts";
import { publicationTags } from "./publish/publication-tags.ts";
import { type HeldImage, type PublishDoor, type PublishedImage, publish, retag } from "./publish/publish.ts";
import { findStaged, type StagedPlatform, stagingRepository } from "./publish/staging.ts";
import { factoryVersion, whoAsks } from "./receipt/asker.ts";
import { settleReceipts } from "./receipt/owed.ts";
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

async function buildResolved(asked: BuildRequest, door: PipelineDoor): Promise<readonly Outcome[]> {
  const { images, failures } = await door.resolver.resolve(asked.images);
  const resolved = new Map(images);
  const facts = [...images.values()].map((image) => image.facts);
  const request = { ...asked, databases: await databaseDates(facts, asked, door) };
  const first = planBuilds(facts, request);
  const planned = new Map(first.steps.map((step) => [step.image, step]));
  const named = new Set(request.images);
  const builds = createBuildQueue({
    jobs: request.jobs,
    startsPerMinute: request.startsPerMinute,
    clock: door.clock,
    sleep: (ms) => sleep(ms, undefined, { signal: door.signal }).catch(() => door.signal.throwIfAborted()),
  });
  const outcomes = new Map<string, Promise<Outcome>>();

  /** The step as it is after the bases were published: decided again where one moved or was waited for. */
  const decisionOf = async (name: string, below: readonly Outcome[]): Promise<Decision> => {
    const before = { step: planned.get(name), pending: first.pending[name] };
    const moved = below.some((outcome) => outcome.kind !== "unchanged" || outcome.adopted === true);
    if (before.step?.action !== "wait" && !moved) return before;
    const again = await door.resolver.resolve([name]);
    if (again.failures.has(name)) throw again.failures.get(name);
    for (const [image, found] of again.images) resolved.set(image, found);
    const done = new Set(below.map(({ image }) => image));
    const own = [name, ...done].flatMap((image) => resolved.get(image)?.facts ?? []);
    const { force, epoch } = named.has(name) ? request : { force: false, epoch: undefined };
    const { steps, pending } = planBuilds(own, { ...request, images: [name], force, epoch, done });
    return { step: steps.find(({ image }) => image === name), pending: pending[name] };
  };

  const carryOut = async (name: string): Promise<Outcome> => {
    if (failures.has(name)) throw failures.get(name);
    const bases = enrolledBases(resolved.get(name)?.facts);
    const below = await Promise.all(bases.map(outcomeOf));
    const failed = below.find((outcome) => !isUsable(outcome));
    if (failed !== undefined)
      return { kind: "skipped", image: name, base: failed.image, status: statusOf(failed) };
    const { step, pending } = await decisionOf(name, below);
    const image = resolved.get(name);
    if (step === undefined || image === undefined) throw new Error(`${name} is not in the plan`);
    const owed = await missingReceipt(name, door);
    const outcome = await carryOutStep(step, image, request, builds, door);
    // Of what was superseded while its tags moved, some may have moved.
    const mayOwe = outcome.kind === "published" || outcome.kind === "superseded";
    const receipt = mayOwe ? await missingReceipt(name, door) : owed;
    if (outcome.kind === "superseded" && image.facts.enrolment.workflow !== undefined)
      await adoptNew(name, request, door);
    await door.settleVersion(image.facts.enrolment);
    return {
      ...outcome,
      ...(pending === undefined ? {} : { pending }),
      ...(receipt === undefined ? {} : { receipt }),
    };
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

/**
 * Writes the receipts that an image is owed, by this run or one before it. Tags have moved by then: what keeps a receipt
 * from its place is said beside the outcome and undoes nothing.
 */
async function missingReceipt(image: string, door: PipelineDoor): Promise<Outcome["receipt"]> {
  try {
    await settleReceipts(image, door);
    return undefined;
  } catch (error) {
    if (!(error instanceof FactoryError) || door.signal.aborted) throw error;
    return { missing: error };
  }
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

interface Decision {
  readonly step: PlanStep | undefined;
  readonly pending: NonEmpty<PendingBase> | undefined;
}

/** When today's advisories were gathered, where images rest because older ones blocked them. */
async function databaseDates(
  facts: readonly ImageFacts[],
  { mode }: BuildRequest,
  { scanner }: PipelineDoor,
): Promise<DatabaseDates> {
  if (mode === "manual") return {};
  const blocked = facts.filter(({ failures }) => failures?.database !== undefined);
  const byPolicy = new Map(blocked.map(({ enrolment }) => [enrolment.scan.database, enrolment]));
  const dates = [...byPolicy].map(async ([name, enrolment]) => {
    try {
      return [[name, (await scanner.database(enrolment)).updatedAt] as const];
    } catch (error) {
      // Without a database nothing could be scanned either: what rests goes on resting.
      if (error instanceof FactoryError && error.code === "database-unavailable") return [];
      throw error;
    }
  });
  return Object.fromEntries((await Promise.all(dates)).flat());
}

async function carryOutStep(
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
      } catch (error) {
        await noteFailure(error, { step, facts: image.facts, byHand: request.mode === "manual" }, door);
        throw error;
      }
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
