import type { BuildQueue } from "./build/build-queue.ts";
import { type StageDoor, shareTrees, stagePlatform } from "./build/stage-platform.ts";
import { explainDisk } from "./disk-failure.ts";
import type { Enrolment } from "./enrolment/enrolment.ts";
import { FactoryError } from "./errors.ts";
import { timed } from "./log.ts";
import { isNonEmpty } from "./non-empty.ts";
import type { Outcome } from "./outcome.ts";
import type { ImageFacts } from "./plan/image-facts.ts";
import type { BuildStep, PlanRequest, PlanStep, PlatformStep } from "./plan/plan-step.ts";
import { formatReason, type Reason } from "./plan/reason.ts";
import type { Platform } from "./platform.ts";
import { adopt } from "./publish/adopt.ts";
import { holdInstead, type Instead } from "./publish/instead.ts";
import type { HeldImage, PublishedImage } from "./publish/outcome.ts";
import type { PublishDoor } from "./publish/publish.ts";
import { findStaged, type StagedPlatform, stagingRepository } from "./publish/staging.ts";
import { addTags, allPassed, insteadOf, publishScans } from "./publish-step.ts";
import type { ResolvedImage, Resolver } from "./resolve/resolver.ts";
import type { Scanner } from "./scan/scanner.ts";
import { forgetFailures, noteFailure } from "./state/failure-record.ts";
import type { AllowedSafeties } from "./state/image-state.ts";
import type { HeldLease } from "./state/lease.ts";
import { withStaging } from "./state/staging-lock.ts";
import type { VersionPart } from "./state/version.ts";

export interface BuildRequest extends PlanRequest {
  /** `PLATFORM=`: only this one is built; the image is published if the others are staged. */
  readonly onlyPlatform: Platform | undefined;
  /** With `onlyPlatform`: nothing is published, though all were staged. */
  readonly stageOnly?: boolean;
  /** `BUMP=`: the part of the version file of the named images that a publication increments. */
  readonly bump?: VersionPart | undefined;
  /** Platform builds at one time. */
  readonly jobs: number;
  /** Platform builds that may start within any 60 seconds; undefined is as many as there are places for. */
  readonly startsPerMinute: number | undefined;
  /** What the named images are built from in place of what images.yaml says: `SOURCE=fix`, `REF=v1.2`. */
  readonly instead?: Instead | undefined;
  /** Safeties that are stepped over on this run, for the record. */
  readonly allowed: AllowedSafeties | undefined;
}

export interface PipelineDoor extends StageDoor, Omit<PublishDoor, "signal"> {
  readonly resolver: Resolver;
  readonly scanner: Scanner;
  /** Whether the tags of images.yaml are the factory's to move. */
  readonly movesTags: boolean;
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
      await holdInstead(image, step.digest, insteadOf(step, request), door);
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
        return await withStaging(stagingRepository(image.facts.enrolment.repository), door, (check) =>
          buildStep(step, image, request, builds, check, door),
        );
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

async function buildStep(
  step: BuildStep,
  image: ResolvedImage,
  request: BuildRequest,
  builds: BuildQueue,
  stillStaged: HeldLease["check"],
  door: PipelineDoor,
): Promise<Outcome> {
  const { enrolment } = image.facts;
  const staging = stagingRepository(enrolment.repository);
  const publishes = request.onlyPlatform === undefined || request.stageOnly !== true;
  if (publishes) door.scanner.prepare(enrolment);
  const targets = publishes ? [staging, enrolment.repository] : [staging];
  const mayPush = Promise.all(targets.map((to) => door.client.checkPush(to)));
  mayPush.catch(() => undefined);

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
      { image, step: platform, epoch: step.epoch, tree: trees.of, target: targetOf(platform), mayPush },
      builds,
      { ...door, signal },
    );
  const scan = (staged: StagedPlatform) =>
    timed(door.log, "scan", staged, () => door.scanner.scan(staged, enrolment, address, signal));
  try {
    const own = step.platforms.filter(({ platform }) => platform === (request.onlyPlatform ?? platform));
    if (request.onlyPlatform !== undefined) {
      await settled(own.map(stage), siblings);
      if (!publishes) return { kind: "staged", image: step.image };
      const found = await Promise.all(
        step.platforms.map((platform) => findStaged(door.client, targetOf(platform))),
      );
      const missing = step.platforms.filter((_, index) => found[index] === undefined);
      if (isNonEmpty(missing)) return { kind: "staged", image: step.image, waitsFor: missing };
    }
    const scans = await settled(
      step.platforms.map(async (platform) => {
        const staged = await stage(platform);
        await mayPush;
        return scan(staged);
      }),
      siblings,
    );
    stillStaged();
    const published = await publishScans(step, image, allPassed(scans), request, door);
    if (image.facts.failures !== undefined) await forgetFailures(enrolment, door);
    return outcomeOfPublished(published, step.reasons, image.facts);
  } finally {
    await trees.dispose();
  }
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
