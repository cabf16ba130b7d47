import { FactoryError } from "../errors.ts";
import { missingParts } from "../publish/completeness.ts";
import { newPromotion, type Promotion } from "../receipt/promotion.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { lookAgain } from "../registry/doubt.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import { type MayMove, withImage, withRepository } from "../state/repository-lock.ts";
import { readRecord } from "../state/state-file.ts";
import { firstRefusal, isOf, isPublishedHere, type TagRefusal } from "../state/tag-claim.ts";
import { keepPullable } from "./keep-pullable.ts";
import { forgetPromotion, owedPromotions, owePromotion, settlePromotion } from "./owed.ts";
import { recordTags } from "./record-tags.ts";
import { checkHold, type Subject } from "./subject.ts";
import type { PromotionTarget } from "./targets.ts";

/** What became of one tag. */
export type MovedTag =
  | { readonly kind: "promoted"; readonly tag: string; readonly previous: Digest | undefined }
  | { readonly kind: "unchanged"; readonly tag: string }
  | { readonly kind: "failed"; readonly tag: string; readonly error: unknown };

export interface MoveRequest {
  readonly subject: Subject;
  readonly target: PromotionTarget;
  /** What each tag held when the promotion was asked for. */
  readonly heldBefore: HeldTags;
  readonly allowHeld: boolean;
  readonly facts: Pick<Promotion, "asked" | "why" | "allowed" | "scan" | "tools" | "from" | "repository">;
}

export type HeldTags = ReadonlyMap<string, Digest | undefined>;

export interface MoveDoor {
  readonly client: RegistryClient;
  readonly stateDir: string;
  readonly clock: () => Date;
  readonly signal?: AbortSignal;
}

export interface Moved {
  readonly tags: readonly MovedTag[];
  /** Why the receipt is not written yet; the next run writes it. */
  readonly missing: FactoryError | undefined;
}

/**
 * Sets the tags of one repository to the promoted digest, which has to be there to its last blob: one manifest for each
 * tag. Each is read back; one that fails keeps none of the others.
 * @throws FactoryError "policy-refused" for a tag that somebody has moved, and for an image that is held by now.
 */
export async function moveTags(request: MoveRequest, door: MoveDoor): Promise<Moved> {
  const { subject, target } = request;
  const source = { image: subject.name, repository: subject.repository };
  const { moved, done, owed } =
    subject.enrolment !== undefined && isOwn(request)
      ? await withImage(source, door, ({ mayMove }) => moveLocked(request, mayMove, door))
      : await withRepository(target.repository, door, (mayMove) => moveLocked(request, mayMove, door));
  if (done !== undefined && subject.enrolment !== undefined && !isOwn(request))
    await withImage(source, door, () => recordTags(subject, done, false, door));
  try {
    for (const promotion of owed) await settlePromotion(target.repository, promotion, door);
  } catch (error) {
    if (!(error instanceof FactoryError) || door.signal?.aborted) throw error;
    return { tags: moved, missing: error };
  }
  return { tags: moved, missing: undefined };
}

interface Ended {
  readonly moved: readonly MovedTag[];
  /** The promotion as it came out; undefined when no tag has the digest. */
  readonly done: Promotion | undefined;
  /** Whose receipts are still to be written. */
  readonly owed: readonly Promotion[];
}

async function moveLocked(request: MoveRequest, mayMove: MayMove, door: MoveDoor): Promise<Ended> {
  const { subject, target, facts } = request;
  const { client, stateDir } = door;
  const { digest, mediaType, bytes } = subject.document;
  const held = await lookUnderLock(request, door);
  await assertWhole(request, client);
  const begun = await owedPromotions(stateDir, facts.repository);
  const others = await truthOf([...begun.values()], digest, held, target.repository, door);
  const before = begun.get(digest);
  const promotion = newPromotion({
    ...(subject.enrolment === undefined ? {} : { image: subject.name }),
    digest,
    mediaType,
    size: bytes.length,
    ...facts,
    at: before?.at ?? door.clock().toISOString(),
    tags: {
      ...before?.tags,
      ...Object.fromEntries(
        target.tags.map((tag) => [tag, previousOf(held.get(tag), digest, before?.tags[tag])]),
      ),
    },
  });
  await owePromotion(stateDir, promotion);
  await keepPullable(request, promotion, held, client);
  const moved: MovedTag[] = [];
  for (const tag of target.tags) {
    if (held.get(tag) === digest) moved.push({ kind: "unchanged", tag });
    else moved.push(await setTag(tag, request, held.get(tag), mayMove, client));
  }
  const failed = moved.flatMap(({ kind, tag }) => (kind === "failed" ? [tag] : []));
  const done: Promotion = {
    ...promotion,
    tags: Object.fromEntries(Object.entries(promotion.tags).filter(([tag]) => !failed.includes(tag))),
  };
  if (Object.keys(done.tags).length === 0) {
    await forgetPromotion(stateDir, promotion);
    return { moved, done: undefined, owed: others };
  }
  await owePromotion(stateDir, done);
  if (isOwn(request)) await recordTags(subject, done, true, door);
  return { moved, done, owed: [...others, done] };
}

/** What was whole before it was scanned may have been tidied away since; what was copied may lack something. */
async function assertWhole(request: MoveRequest, client: RegistryClient): Promise<void> {
  const { subject, target } = request;
  const { digest } = subject.document;
  const missing = await missingParts(target.repository, digest, client);
  if (missing.length === 0) return;
  const problems = missing.map((part) => `it lacks ${part}`);
  const name = formatReference({ ...target.repository, digest });
  if (isOwn(request)) {
    throw new FactoryError("policy-refused", `${name} is not complete any more, so it is not promoted`, {
      problems,
      hint: "No tag was moved. Choose another digest: npm run history lists what was published.",
    });
  }
  throw new FactoryError("registry-answer-invalid", `${name} was copied and is not complete`, {
    problems,
    hint: "No tag was moved. Run the same command again: it copies what is missing.",
  });
}

/** Whether the tags are of the repository that the image is in: nothing is copied then. */
export function isOwn({ subject, target }: Pick<MoveRequest, "subject" | "target">): boolean {
  return formatRepository(target.repository) === formatRepository(subject.repository);
}

/** What the tags hold, when nobody else can move them any more. */
async function lookUnderLock(
  { subject, target, heldBefore, allowHeld }: MoveRequest,
  { client, stateDir, clock }: MoveDoor,
): Promise<HeldTags> {
  const { repository, tags } = target;
  const { digest } = subject.document;
  const held = await lookUpTags(target, client);
  if (subject.enrolment !== undefined) {
    const record = await readRecord(stateDir, subject.name);
    checkHold(subject.name, digest, record, { allowHeld, now: clock().getTime() });
    const refusal = refusalOf(target, held, digest, record.state);
    if (refusal !== undefined) {
      throw new FactoryError("policy-refused", `${subject.name}: ${refusal.why}`, { hint: refusal.remedy });
    }
  }
  const meanwhile = tags.find((tag) => held.get(tag) !== digest && held.get(tag) !== heldBefore.get(tag));
  if (meanwhile === undefined) return held;
  const name = formatReference({ ...repository, tag: meanwhile });
  throw new FactoryError("locked", `${name} was moved to ${held.get(meanwhile) ?? "nothing"} meanwhile`, {
    hint: "Nothing was moved. If it is to be moved all the same, run the same command again.",
  });
}

/** A tag that somebody has moved to what was never published here stays; Kargo moves them to what was. */
function refusalOf(
  { repository, tags }: PromotionTarget,
  held: HeldTags,
  digest: Digest,
  state: ImageState | undefined,
): TagRefusal | undefined {
  const claims = tags.map((tag) => ({ tag, holds: held.get(tag), once: false }));
  const guarded = claims.filter(({ holds }) => holds !== undefined && !isPublishedHere(holds, state));
  return isOf(state, repository) ? firstRefusal(guarded, state, repository, digest) : undefined;
}

export async function lookUpTags(
  { repository, tags }: PromotionTarget,
  client: Pick<RegistryClient, "headManifest">,
): Promise<HeldTags> {
  return new Map(
    await Promise.all(
      tags.map(async (tag) => [tag, (await client.headManifest(repository, tag))?.digest] as const),
    ),
  );
}

/** Of a promotion that died and is completed, what it found. */
function previousOf(
  holds: Digest | undefined,
  digest: Digest,
  before: { readonly previous?: Digest } | undefined,
): { readonly previous?: Digest } {
  if (holds === digest) return before ?? {};
  return holds === undefined ? {} : { previous: holds };
}

/**
 * What promotions of other digests to this repository have done that died before their receipts were written: those of
 * their tags that hold what they were to hold.
 */
async function truthOf(
  begun: readonly Promotion[],
  digest: Digest,
  held: HeldTags,
  repository: Repository,
  { client, stateDir }: MoveDoor,
): Promise<readonly Promotion[]> {
  const owed: Promotion[] = [];
  for (const promotion of begun.filter((other) => other.digest !== digest)) {
    const tags = await Promise.all(
      Object.entries(promotion.tags).map(async ([tag, was]) => {
        const holds = held.has(tag) ? held.get(tag) : (await client.headManifest(repository, tag))?.digest;
        return holds === promotion.digest ? [[tag, was] as const] : [];
      }),
    );
    const done: Promotion = { ...promotion, tags: Object.fromEntries(tags.flat()) };
    if (Object.keys(done.tags).length === 0) await forgetPromotion(stateDir, promotion);
    else {
      await owePromotion(stateDir, done);
      owed.push(done);
    }
  }
  return owed;
}

async function setTag(
  tag: string,
  { subject, target: { repository } }: MoveRequest,
  previous: Digest | undefined,
  mayMove: MayMove,
  client: RegistryClient,
): Promise<MovedTag> {
  const { digest, mediaType, bytes } = subject.document;
  try {
    mayMove();
    await client.putManifest(repository, tag, mediaType, bytes);
    const read = await lookAgain(() => client.headManifest(repository, tag), {
      fits: (found) => found?.digest === digest,
    });
    if (read?.digest === digest) return { kind: "promoted", tag, previous };
    throw new FactoryError(
      "outcome-unknown",
      `${formatReference({ ...repository, tag })} was set to ${digest} and reads as ${read?.digest ?? "nothing"}`,
      { hint: "Somebody else may have moved it. Look at it, and run the same command again." },
    );
  } catch (error) {
    return { kind: "failed", tag, error };
  }
}
