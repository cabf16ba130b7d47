import type { BuildRequest, PipelineDoor } from "./carry-out.ts";
import { timed } from "./log.ts";
import { isNonEmpty, type NonEmpty } from "./non-empty.ts";
import type { ImageFacts } from "./plan/image-facts.ts";
import type { BuildStep, PlanStep } from "./plan/plan-step.ts";
import { formatReason } from "./plan/reason.ts";
import type { Platform } from "./platform.ts";
import { assemble } from "./publish/assemble.ts";
import { type Instead, insteadHold, noteInstead } from "./publish/instead.ts";
import type { HeldTags } from "./publish/move-tags.ts";
import type { HeldImage, PublishedImage } from "./publish/outcome.ts";
import { publicationTags } from "./publish/publication-tags.ts";
import { publish } from "./publish/publish.ts";
import { retag } from "./publish/retag.ts";
import type { StagedPlatform } from "./publish/staging.ts";
import { factoryVersion, whoAsks } from "./receipt/asker.ts";
import type { ReceiptFacts } from "./receipt/receipt.ts";
import { pullReference } from "./registry/pull-reference.ts";
import type { ResolvedImage } from "./resolve/resolver.ts";
import type { BlockedScan, PassedScan, PlatformScan, ScanTarget } from "./scan/scan-report.ts";
import { blockedError } from "./scan/table.ts";
import { type PublishedVersion, versionAfter } from "./state/version.ts";

/** Puts the standing digest under further tags. @throws FactoryError as `retag`, and "scan-blocked". */
export async function addTags(
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

/** Publishes what passed, as the plan and the words of the command say. @throws FactoryError as `publish`. */
export async function publishScans(
  step: BuildStep,
  image: ResolvedImage,
  scans: NonEmpty<PassedScan<StagedPlatform>>,
  request: BuildRequest,
  door: PipelineDoor,
): Promise<PublishedImage | HeldImage> {
  const { facts } = image;
  const { enrolment, commit, version, state } = facts;
  const once = facts.tags.filter((tag) => tag.once).map(({ tag }) => tag);
  const index = assemble(scans, enrolment.annotations);
  const hold = await insteadHold(image, index.digest, insteadOf(step, request), door);
  const published = await timed(door.log, "publish", { image: step.image }, () =>
    publish(
      {
        image: step.image,
        repository: enrolment.repository,
        index,
        inputs: Object.fromEntries(step.platforms.map(({ platform, inputs }) => [platform, inputs])),
        packages: Object.fromEntries(
          facts.platforms.flatMap(({ platform, packages }) =>
            packages === undefined ? [] : [[platform, packages]],
          ),
        ),
        annotations: enrolment.annotations,
        commit,
        version,
        next: nextVersion(facts, request),
        epoch: step.epoch,
        allowed: request.allowed,
        allowHeld: request.allowHeld,
        plannedOn: state,
        heldBefore: heldBefore(facts),
        reasons: [...step.reasons.map(formatReason), ...(hold === undefined ? [] : [hold.why])],
        hold,
        receipt: receiptFacts(facts, request),
        tags: (date, ofFile) => [
          ...(door.movesTags ? publicationTags(enrolment, { commit, version, date }, ofFile) : []).map(
            (tag) => ({ ...tag, once: false }),
          ),
          ...once.map((tag) => ({ tag, once: true })),
        ],
      },
      door,
    ),
  );
  if (hold !== undefined && published.outcome === "published") noteInstead(step.image, door.log);
  return published;
}

/** What stands in for the source of this image. */
export function insteadOf({ image }: PlanStep, { images, instead }: BuildRequest): Instead | undefined {
  return images.includes(image) ? instead : undefined;
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

/** @throws FactoryError "scan-blocked" naming every finding of every platform, when one is blocked. */
export function allPassed<P extends ScanTarget>(scans: readonly PlatformScan<P>[]): NonEmpty<PassedScan<P>> {
  const blocked = scans.filter((scan): scan is BlockedScan<P> => scan.verdict === "blocked");
  if (isNonEmpty(blocked)) throw blockedError(blocked);
  const passed = scans.filter((scan): scan is PassedScan<P> => scan.verdict === "passed");
  if (!isNonEmpty(passed)) throw new Error("no platform was scanned");
  return passed;
}

/** What the tags held when the plan was made, of an image that somebody else's CI publishes too. */
function heldBefore({ enrolment, tags }: ImageFacts): HeldTags | undefined {
  if (enrolment.workflow === undefined) return undefined;
  return Object.fromEntries(tags.flatMap(({ tag, holds, once }) => (once ? [] : [[tag, holds]])));
}
