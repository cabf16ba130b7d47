import type { BaseProblem } from "../bases/base-problem.ts";
import type { Enrolment, ScanPolicy } from "../enrolment/enrolment.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import { activeHold, type Hold } from "../state/holds.ts";
import type { ImageState } from "../state/image-state.ts";
import { firstRefusal, guardedClaims, isOf, type TagClaim } from "../state/tag-claim.ts";
import { adoptedState, type FinalBase, type PushedImage } from "./adoption.ts";
import type { Failures } from "./breaker.ts";
import {
  atCommit,
  type Duties,
  divideDuties,
  keptNote,
  lackingBase,
  missingTags,
  notBuiltHere,
  recordedCommit,
} from "./duties.ts";
import { withFixesOfBases } from "./fixes.ts";
import { orderByNeeds, withNeeds } from "./graph.ts";
import type { PendingBase } from "./pending-base.ts";
import {
  type BasePlatform,
  baseName,
  type PlatformInputs,
  platformKey,
  recipeVersion,
} from "./platform-key.ts";
import { changes, distinctReasons, type Reason } from "./reason.ts";
import { leaveCause, rememberSlots, renewal } from "./renewal.ts";
import type { latestSlot } from "./schedule.ts";

/** Everything that decides about one image, gathered before deciding. */
export interface ImageFacts {
  readonly enrolment: Enrolment;
  readonly commit: string | undefined;
  readonly version: string | undefined;
  readonly platforms: NonEmpty<PlatformFacts>;
  /** What the factory published last; undefined when it never did. */
  readonly state: ImageState | undefined;
  /** Whether the registry still has the index of `state`. */
  readonly standing: boolean;
  /** Every tag that people are to pull, rendered, with the digest that the registry has under it now. */
  readonly tags: readonly TagClaim[];
  /** What somebody else's CI has put under the tags since `state`; only for an image whose pushes are its business. */
  readonly pushed?: PushedImage;
  /** Of an image with a version file: what a digest is published as that is not the standing one. */
  readonly next?: NextVersion;
  /** What is to be known of its external bases. */
  readonly baseProblems?: readonly BaseProblem[];
  /** Why its tags are to stay where they are, if somebody wants that; it may have ended meanwhile. */
  readonly hold?: Hold | undefined;
  /** How its builds since the last publication have failed. */
  readonly failures?: Failures | undefined;
}

export interface NextVersion {
  readonly version: string;
  /** What the version file holds; another version where an increment is owed to it. */
  readonly held: string;
  readonly tags: readonly TagClaim[];
}

export interface PlatformFacts {
  readonly platform: Platform;
  readonly files: Digest;
  readonly dockerfile: Digest | null;
  readonly bases: readonly BaseFact[];
  /** Known where the image was not built here, and its layers have to tell what it stands on. */
  readonly finalBase?: FinalBase;
}

/** A base as one stage needs it: of which platform, and where its digest comes from. */
export interface BaseFact {
  /** Normalised reference, as `docker.io/library/debian:12`. */
  readonly reference: string;
  /** Of a stage on `$BUILDPLATFORM` the whole index counts: a key says nothing of the machine that builds. */
  readonly platform: BasePlatform;
  readonly from:
    | { readonly kind: "external"; readonly digest: Digest }
    /** `digest` is what an image stays on that does not take what is published of the base now. */
    | { readonly kind: "enrolled"; readonly image: string; readonly digest?: Digest };
  readonly pending?: PendingBase;
}

/** What a run was asked for. */
export interface PlanRequest {
  /** Names of the images asked for; their enrolled bases come along by themselves. */
  readonly images: readonly string[];
  /**
   * Whether a person asked for these images. A run that nobody asked for rebuilds what schedules are due for, and leaves
   * alone what is not to be rebuilt by itself or rests after failures.
   */
  readonly mode: "manual" | "automatic";
  /** When it is decided: milliseconds since 1970. */
  readonly now: number;
  readonly force: boolean;
  /** UTC second that the named images get as epoch; it never goes down. */
  readonly epoch: number | undefined;
  /** Whether a tag may lose a platform that it has today. */
  readonly allowPlatformLoss: boolean;
  /** Whether the tags of a held image may move. */
  readonly allowHeld: boolean;
  /** When the advisories were gathered that scans would go by, ISO 8601 in UTC, as far as that is known. */
  readonly databases?: DatabaseDates;
  /** Whether what a rebuild would fix is a reason to rebuild, of the named images and of those under them. @default false */
  readonly fixes?: boolean;
  /** Images that this run is done with: what is built from them takes them as they are published now. */
  readonly done?: ReadonlySet<string>;
}

/** By what an image's policy allows. */
export type DatabaseDates = { readonly [K in ScanPolicy["database"]]?: string };

/** One image's decision. */
export type PlanStep = Decision & {
  /** The hold that keeps its tags where they are. */
  readonly held?: Hold;
};

type Decision = (BuildStep | WaitStep | LeaveStep | TagStep | KeepStep | RefuseStep) & {
  /** What has to be recorded first: that the tags hold what somebody else's CI pushed. */
  readonly adopts?: ImageState;
};

interface TagStep {
  readonly action: "tag";
  readonly image: string;
  readonly digest: Digest;
  readonly tags: NonEmpty<TagClaim>;
}

interface KeepStep {
  readonly action: "keep";
  readonly image: string;
  readonly digest: Digest;
  /** What is to be said besides: who published it, and what somebody else will build. */
  readonly note?: string;
}

interface RefuseStep {
  readonly action: "refuse";
  readonly image: string;
  readonly why: string;
  readonly remedy: string;
}

/** Stale, and left as it is by a run that nobody asked for. */
export interface LeaveStep {
  readonly action: "leave";
  readonly image: string;
  readonly cause: LeaveCause;
  readonly reasons: NonEmpty<Reason>;
  /** What is published of it. */
  readonly digest: Digest | undefined;
}

export type LeaveCause =
  | { readonly kind: "not by itself" }
  | { readonly kind: "resting"; readonly failures: Failures };

/** What an image under a stale base is built from is decided again when that base is published. */
export interface WaitStep {
  readonly action: "wait";
  readonly image: string;
  readonly bases: NonEmpty<string>;
  /** Whether the image is published, and so may stay as it is when the bytes of its bases come out the same. */
  readonly published: boolean;
  /** Why it is built whatever its bases become; without one it is built only if their bytes change. */
  readonly reasons: readonly Reason[];
  /** Whether this run may rebuild it at all. */
  readonly byItself: boolean;
}

/** Every platform of it is built unless it is staged, then scanned and published together. */
export interface BuildStep {
  readonly action: "build";
  readonly image: string;
  readonly reasons: NonEmpty<Reason>;
  readonly platforms: NonEmpty<PlatformStep>;
  readonly epoch: number | undefined;
}

export interface PlatformStep {
  readonly platform: Platform;
  readonly key: Digest;
  readonly inputs: PlatformInputs;
}

export interface BuildPlan {
  /** Each image after every enrolled image that it is built from. */
  readonly steps: readonly PlanStep[];
  /** By image: bases that have become something that it does not take yet. */
  readonly pending: Readonly<Record<string, NonEmpty<PendingBase>>>;
  /** By image: what is wrong with its external bases. */
  readonly problems: Readonly<Record<string, NonEmpty<BaseProblem>>>;
}

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
    return { action: "wait", image, bases: stale, published: fact.state !== undefined, reasons, byItself };
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

/** The image as if its stale bases came out as they were when it was built; one that it had not then is left out. */
function withRecordedBases(fact: ImageFacts, stale: ReadonlySet<string>): ImageFacts {
  const recorded = ({ platform, bases, ...rest }: PlatformFacts): PlatformFacts => ({
    ...rest,
    platform,
    bases: bases.flatMap((base) => {
      if (base.from.kind !== "enrolled" || !stale.has(base.from.image)) return [base];
      const name = baseName(base.reference, base.platform);
      const digest = fact.state?.platforms[platform]?.inputs.bases[name];
      return digest === undefined ? [] : [{ ...base, from: { ...base.from, digest } }];
    }),
  });
  const [first, ...others] = fact.platforms;
  return { ...fact, platforms: [recorded(first), ...others.map(recorded)] };
}

function platformSteps(
  { enrolment, platforms: [first, ...others] }: ImageFacts,
  epoch: number | undefined,
  byName: ReadonlyMap<string, ImageFacts>,
): NonEmpty<PlatformStep> {
  const stepOf = (facts: PlatformFacts): PlatformStep => {
    const inputs = inputsOf(enrolment, facts, epoch, byName);
    return { platform: facts.platform, key: platformKey(inputs), inputs };
  };
  return [stepOf(first), ...others.map(stepOf)];
}

/** The digest that the tags will have; undefined when only the build tells. */
function digestAfter(
  { state }: ImageFacts,
  platforms: readonly PlatformStep[],
  reasons: readonly Reason[],
): Digest | undefined {
  if (reasons.length === 0) return state?.digest;
  const asBefore = reasons.every(({ kind }) => kind === "forced" || kind === "registry lacks");
  const sameKeys = platforms.every(({ platform, key }) => state?.platforms[platform]?.key === key);
  return asBefore && sameKeys ? state?.digest : undefined;
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

/** The inputs of one platform; every enrolled base has to be settled. */
function inputsOf(
  enrolment: Enrolment,
  facts: PlatformFacts,
  epoch: number | undefined,
  byName: ReadonlyMap<string, ImageFacts>,
): PlatformInputs {
  const bases = facts.bases.map(({ reference, platform, from }) => {
    const digest =
      from.kind === "external"
        ? from.digest
        : (from.digest ?? publishedDigest(byName.get(from.image)?.state, platform));
    if (digest === undefined)
      throw new Error(`${enrolment.name}: base ${reference} has no digest for ${platform}`);
    return [baseName(reference, platform), digest] as const;
  });
  return {
    recipe: recipeVersion,
    platform: facts.platform,
    files: facts.files,
    dockerfile: facts.dockerfile,
    args: enrolment.args,
    target: enrolment.target ?? null,
    network: enrolment.network,
    labels: enrolment.labels,
    secrets: enrolment.secrets.map(({ id }) => id),
    epoch: epoch ?? null,
    bases: Object.fromEntries(bases),
  };
}

function publishedDigest(state: ImageState | undefined, platform: BasePlatform): Digest | undefined {
  return platform === "build platform" ? state?.digest : state?.platforms[platform]?.digest;
}

function enrolledState(
  { platforms }: ImageFacts,
  reference: string,
  byName: ReadonlyMap<string, ImageFacts>,
): ImageState | undefined {
  const base = platforms.flatMap(({ bases }) => bases).find((found) => found.reference === reference);
  return base?.from.kind === "enrolled" ? byName.get(base.from.image)?.state : undefined;
}

function dutiesOf(fact: ImageFacts, steps: readonly PlatformStep[]): Duties | undefined {
  return fact.enrolment.workflow === undefined ? undefined : divideDuties(fact, steps);
}

function reasonsToBuild(
  { enrolment, state, standing, commit }: ImageFacts,
  platforms: NonEmpty<PlatformStep>,
  renewed: readonly Reason[],
  duties: Duties | undefined,
): readonly Reason[] {
  if (state === undefined) return [{ kind: "never built" }, ...renewed];
  const found = duties?.ours ?? changedInputs(enrolment, state, commit, platforms);
  // An epoch that moved is what a forced or scheduled rebuild is, or one for fixes: the word says it.
  const isSaid = renewed.length > 0;
  const reasons: Reason[] = [
    ...renewed,
    ...found.filter((reason) => !(isSaid && reason.kind === "changed" && reason.what === "epoch")),
  ];
  const before = state.adopted?.enrolledPlatforms ?? (Object.keys(state.platforms) as Platform[]);
  const now = platforms.map(({ platform }) => platform);
  const added = now.filter((platform) => !before.includes(platform));
  const removed = before.filter((platform) => !now.includes(platform));
  if (added.length > 0 || removed.length > 0) reasons.push({ kind: "platforms", added, removed });
  if (!isOf(state, enrolment.repository)) reasons.push({ kind: "changed", what: "repository" });
  const annotations =
    duties === undefined ? state.annotations : atCommit(state.annotations, recordedCommit(state), commit);
  if (!sameMap(annotations, enrolment.annotations)) reasons.push({ kind: "changed", what: "annotations" });
  if (!standing && reasons.length === 0) reasons.push({ kind: "registry lacks", digest: state.digest });
  return distinctReasons(reasons);
}

function changedInputs(
  { source }: Enrolment,
  state: ImageState,
  commit: string | undefined,
  platforms: NonEmpty<PlatformStep>,
): readonly Reason[] {
  return platforms.flatMap(({ platform, inputs, key }): readonly Reason[] => {
    const before = state.platforms[platform];
    if (before === undefined || before.key === key) return [];
    const found = changes({
      before: before.inputs,
      after: inputs,
      commits: { before: state.commit, after: commit },
      packages: source.kind === "debian",
    });
    return found.length === 0 ? [{ kind: "changed", what: "the recorded key" }] : found;
  });
}

/** Platforms that a tag has today, be it by the factory or by whom it takes the tag over from, and then no more. */
function lostPlatforms({ state, platforms, tags }: ImageFacts): readonly string[] {
  const kept = new Set<string>(platforms.map(({ platform }) => platform));
  const had = [
    ...Object.keys(state?.platforms ?? {}),
    ...(state?.adopted?.otherPlatforms ?? []),
    ...tags.flatMap(({ foreignPlatforms = [] }) => foreignPlatforms),
  ];
  return [...new Set(had)].filter((platform) => !kept.has(platform));
}

function platformLoss(image: string, lost: readonly string[]) {
  return {
    why: `its tags have ${lost.join(", ")} today and would lose it`,
    remedy: `Add the platform to ${image} in images.yaml again, or allow it once: ALLOW=platform-loss WHY=…`,
  };
}

function sameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
