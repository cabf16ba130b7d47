import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { activeHold } from "../state/holds.ts";
import type { ImageState } from "../state/image-state.ts";
import { firstRefusal, guardedClaims } from "../state/tag-claim.ts";
import { adoptedState } from "./adoption.ts";
import { keptNote, lackingBase, missingTags, notBuiltHere } from "./duties.ts";
import { withFixesOfBases } from "./fixes.ts";
import { orderByNeeds, withNeeds } from "./graph.ts";
import type { ImageFacts } from "./image-facts.ts";
import { enrolledState, platformSteps, withRecordedBases } from "./inputs.ts";
import type { PendingBase } from "./pending-base.ts";
import type { BuildPlan, BuildStep, Decision, PlanRequest, PlanStep } from "./plan-step.ts";
import type { Reason } from "./reason.ts";
import { leaveCause, rememberSlots, renewal } from "./renewal.ts";
import type { latestSlot } from "./schedule.ts";
import { digestAfter, dutiesOf, lostPlatforms, platformLoss, reasonsToBuild } from "./staleness.ts";

/**
 * Decides what has to be done for the images asked for and the enrolled bases under them, and why. Reads nothing but
 * its arguments, so `plan` and `build` always agree; it is called again when a base has been published.
 * @throws FactoryError "dependency-cycle".
 */
export function planBuilds(facts: readonly ImageFacts[], request: PlanRequest): BuildPlan {
  const byName = new Map(facts.map((fact) => [fact.enrolment.name, fact]));
  const needed = new Map(facts.map((fact) => [fact.enrolment.name, enrolledBases(fact)]));
  const needs = (name: string) => needed.get(name) ?? [];
  const named = new Set(request.images);
  const wanted = withNeeds(request.images, needs);
  const order = orderByNeeds(
    facts.map(({ enrolment }) => enrolment.name).filter((name) => wanted.has(name)),
    needs,
  );
  const decided = new Map<string, PlanStep>();
  const slotOf = rememberSlots();
  for (const name of order) {
    const fact = byName.get(name);
    if (fact === undefined) continue;
    const held = request.allowHeld ? undefined : activeHold(fact.hold, request.now);
    const decision = decide(fact, request, { byName, decided, named, slotOf });
    decided.set(name, held === undefined ? decision : { ...decision, held });
    if (decision.adopts !== undefined) byName.set(name, { ...fact, state: decision.adopts });
  }
  const ofImages = <T>(pick: (fact: ImageFacts) => readonly T[]): Record<string, NonEmpty<T>> => {
    const found = order.map((image) => {
      const fact = byName.get(image);
      return [image, fact === undefined ? [] : pick(fact)] as const;
    });
    return Object.fromEntries(found.filter((entry): entry is [string, NonEmpty<T>] => isNonEmpty(entry[1])));
  };
  return {
    steps: [...decided.values()],
    pending: ofImages(pendingBases),
    problems: ofImages(({ baseProblems = [] }) => baseProblems),
  };
}

/** Each base once for each cause: as in reasons, the digests of the first platform stand for those of all. */
function pendingBases({ platforms }: ImageFacts): readonly PendingBase[] {
  const all = platforms.flatMap(({ bases }) => bases.flatMap(({ pending }) => pending ?? []));
  const found = new Map<string, PendingBase>();
  for (const pending of all) {
    const name = JSON.stringify([pending.base, pending.cause]);
    if (!found.has(name)) found.set(name, pending);
  }
  return [...found.values()];
}

/** The enrolled images that one is built from, each once. */
export function enrolledBases(fact: ImageFacts | undefined): readonly string[] {
  const bases = fact?.platforms.flatMap((platform) => platform.bases) ?? [];
  return [...new Set(bases.flatMap(({ from }) => (from.kind === "enrolled" ? [from.image] : [])))];
}

/** The references of the images of others that one is built from, each once. */
export function externalBases({ platforms }: Pick<ImageFacts, "platforms">): ReadonlySet<string> {
  const bases = platforms.flatMap((platform) => platform.bases);
  return new Set(bases.flatMap(({ reference, from }) => (from.kind === "external" ? [reference] : [])));
}

interface Decided {
  readonly byName: ReadonlyMap<string, ImageFacts>;
  readonly decided: ReadonlyMap<string, PlanStep>;
  /** The images of the request. */
  readonly named: ReadonlySet<string>;
  readonly slotOf: typeof latestSlot;
}

function decide(fact: ImageFacts, request: PlanRequest, others: Decided): Decision {
  const { name: image, repository, workflow } = fact.enrolment;
  if (request.done?.has(image) && fact.state !== undefined)
    return { action: "keep", image, digest: fact.state.digest };
  const guarded = workflow === undefined ? fact.tags : guardedClaims(fact.tags, fact.state);
  const notOurs = firstRefusal(
    guarded.filter(({ once }) => !once),
    fact.state,
    repository,
    fact.state?.digest,
  );
  if (notOurs !== undefined) return { action: "refuse", image, ...notOurs };
  const stale = enrolledBases(fact).filter(
    (base) => !isSettled(others.decided.get(base), others.byName.get(base)?.state),
  );
  const { epoch, renewed } = renewal(fact, request, {
    isNamed: others.named.has(image),
    slotOf: others.slotOf,
  });
  if (isNonEmpty(stale)) {
    const settled = withRecordedBases(fact, new Set(stale));
    const steps = platformSteps(settled, epoch, others.byName);
    const reasons = reasonsToBuild(settled, steps, renewed, dutiesOf(settled, steps));
    const byItself = request.mode === "manual" || fact.enrolment.autoRebuild;
    const blocking = stale.filter((base) => isBlocking(others.decided.get(base)));
    const blocked = isNonEmpty(blocking) ? { blockedBy: blocking } : {};
    const published = fact.state !== undefined;
    return { action: "wait", image, bases: stale, ...blocked, published, reasons, byItself };
  }
  const lacking = lackingBase(fact, others.byName);
  if (lacking !== undefined) return { action: "refuse", image, ...lacking };
  const platforms = platformSteps(fact, epoch, others.byName);
  const publishedOf = (reference: string) => enrolledState(fact, reference, others.byName);
  const made: Made = { platforms, epoch, renewed, publishedOf };
  if (fact.pushed === undefined) return decideSettled(fact, request, made);
  const adopts = adoptedState(fact, fact.pushed, platforms);
  const after = { ...fact, state: adopts, standing: true };
  return { ...decideSettled(after, request, made), adopts };
}

/** What an image would be built as. */
interface Made extends Pick<BuildStep, "platforms" | "epoch"> {
  /** Why it is rebuilt although nothing that a key sees has changed. */
  readonly renewed: readonly Reason[];
  /** What is published of an enrolled base. */
  readonly publishedOf: (reference: string) => ImageState | undefined;
}

/** The decision about an image all of whose bases are as they are published. */
function decideSettled(fact: ImageFacts, request: PlanRequest, made: Made): Decision {
  const { name: image, repository, workflow } = fact.enrolment;
  const { platforms, epoch, renewed, publishedOf } = made;
  const duties = dutiesOf(fact, platforms);
  const reasons = withFixesOfBases(reasonsToBuild(fact, platforms, renewed, duties), publishedOf);
  const wanted = digestAfter(fact, platforms, reasons);
  const claims = wanted === undefined ? (fact.next?.tags ?? fact.tags) : fact.tags;
  const guarded = workflow === undefined ? claims : guardedClaims(claims, fact.state);
  const given = firstRefusal(guarded, fact.state, repository, wanted);
  if (given !== undefined) return { action: "refuse", image, ...given };
  const lost = lostPlatforms(fact);
  const loses = lost.length > 0 && (workflow === undefined || reasons.length > 0);
  if (loses && !request.allowPlatformLoss) return { action: "refuse", image, ...platformLoss(image, lost) };
  if (isNonEmpty(reasons)) {
    const cause = request.mode === "automatic" ? leaveCause(fact, platforms, request) : undefined;
    return cause === undefined
      ? { action: "build", image, reasons, platforms, epoch }
      : { action: "leave", image, cause, reasons, digest: fact.state?.digest };
  }
  if (fact.state === undefined) throw new Error(`${image} has neither a state nor a reason to be built`);
  const { digest } = fact.state;
  const missing = missingTags(fact, fact.state, duties);
  if (isNonEmpty(missing)) {
    return fact.state.adopted === undefined
      ? { action: "tag", image, digest, tags: missing }
      : { action: "refuse", image, ...notBuiltHere(image, missing) };
  }
  const note = duties === undefined ? undefined : keptNote(fact, fact.state, duties);
  return { action: "keep", image, digest, ...(note === undefined ? {} : { note }) };
}

/**
 * Whether dependants can be decided: what is published of this base is what it would be built as, or stays although it
 * would be built as something else.
 */
function isSettled(step: PlanStep | undefined, state: ImageState | undefined): boolean {
  if (step?.action === "keep" || step?.action === "tag") return true;
  return (
    state !== undefined && (step?.action === "leave" || (step?.action === "build" && step.held !== undefined))
  );
}

/** Whether nothing will come of a base: one without a step could not be looked at. */
function isBlocking(step: PlanStep | undefined): boolean {
  if (step === undefined || step.action === "refuse") return true;
  return step.action === "wait" && step.blockedBy !== undefined;
}
