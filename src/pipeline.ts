import { setTimeout as sleep } from "node:timers/promises";
import { createBuildQueue } from "./build/build-queue.ts";
import type { BuildRequest, PipelineDoor } from "./carry-out.ts";
import { explainDisk } from "./disk-failure.ts";
import { FactoryError } from "./errors.ts";
import type { NonEmpty } from "./non-empty.ts";
import { isUsable, type Outcome, statusOf } from "./outcome.ts";
import { isBlockedByAdvisories } from "./plan/breaker.ts";
import type { ImageFacts } from "./plan/image-facts.ts";
import type { PendingBase } from "./plan/pending-base.ts";
import { enrolledBases, planBuilds } from "./plan/plan.ts";
import type { DatabaseDates, PlanStep } from "./plan/plan-step.ts";
import { settleReceipts } from "./receipt/owed.ts";

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
  // Loaded while sources and registries are asked.
  const carryingOut = import("./carry-out.ts");
  const { images, failures } = await door.resolver.resolve(asked.images);
  const { carryOutStep, adoptPushed } = await carryingOut;
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

  /** Records what somebody else's CI pushed while this run built. */
  const adoptNew = async (name: string): Promise<void> => {
    const { images } = await door.resolver.resolve([name]);
    const facts = [...images.values()].map((image) => image.facts);
    const step = planBuilds(facts, { ...request, images: [name] }).steps.find(({ image }) => image === name);
    const image = images.get(name);
    if (step !== undefined && image !== undefined) await adoptPushed(step, image, door);
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
    if (outcome.kind === "superseded" && image.facts.enrolment.workflow !== undefined) await adoptNew(name);
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
      (error: unknown): Outcome => ({
        kind: "failed",
        image: name,
        error: explainDisk(error, [door.workDir, door.stateDir]),
      }),
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
  const blocked = facts.filter(isBlockedByAdvisories);
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
