import type { Enrolment } from "../enrolment/enrolment.ts";
import { type Log, timed } from "../log.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { scanState } from "../publish/record.ts";
import { factoryVersion, whoAsks } from "../receipt/asker.ts";
import { settleReceipts } from "../receipt/owed.ts";
import { isPromoted, type Promotion } from "../receipt/promotion.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import type { Scanner } from "../scan/scanner.ts";
import { readRecord } from "../state/state-file.ts";
import { type Content, readContent } from "./content.ts";
import { type Copied, copyContent, lookForBlobs } from "./copy.ts";
import { judgeSubject } from "./judge.ts";
import { type HeldTags, isOwn, lookUpTags, type MovedTag, moveTags } from "./move-tags.ts";
import { owedPromotions } from "./owed.ts";
import { checkOwners } from "./owners.ts";
import { knownName, placeOf } from "./place.ts";
import { checkHold, findSubject, type Subject, type SubjectWords } from "./subject.ts";
import { type PromotionTarget, type TargetWord, targetsOf } from "./targets.ts";

export interface PromotionRequest {
  readonly subject: SubjectWords;
  readonly to: NonEmpty<TargetWord>;
  readonly scan: boolean;
  readonly allowHeld: boolean;
  readonly why: string | undefined;
  readonly dryRun: boolean;
}

export interface PromotionDoor {
  readonly client: RegistryClient;
  readonly scanner: () => Scanner;
  readonly clock: () => Date;
  readonly stateDir: string;
  readonly workDir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly enrolments: readonly Enrolment[];
}

/** What became of one tag that was named, `host/path:tag`. */
export type TargetOutcome = { readonly target: string } & (
  | {
      readonly kind: "promoted";
      readonly previous: Digest | undefined;
      /** Set when the receipt of the promotion is still to be written, and why; the next run writes it. */
      readonly missing: Error | undefined;
    }
  | { readonly kind: "unchanged"; readonly missing: Error | undefined }
  /** What a dry run finds: what the tag holds, and what its repository lacks. */
  | { readonly kind: "planned"; readonly previous: Digest | undefined; readonly lacks: Copied }
  | { readonly kind: "failed"; readonly error: unknown }
);

export interface PromotionReport {
  readonly subject: Subject;
  /** In the order in which they were named. */
  readonly outcomes: readonly TargetOutcome[];
}

/** A repository on its way, with what its tags held at first. */
interface Goal {
  readonly target: PromotionTarget;
  readonly place: string;
  readonly held: HeldTags;
}

type Ended = readonly [PromotionTarget, readonly TargetOutcome[]];

/**
 * Puts one digest under tags of its own repository and of others. What stands against it is found before anything is
 * done; what goes wrong in one repository is that one's outcome, and no other's.
 * @throws FactoryError "usage", "policy-refused", "scan-blocked", and as look-ups of the image itself.
 */
export async function promote(request: PromotionRequest, door: PromotionDoor): Promise<PromotionReport> {
  const { client, enrolments, clock, stateDir } = door;
  const repositories = enrolments.map(({ repository }) => repository);
  const subject = await findSubject(request.subject, {
    ...door,
    named: (repository) => knownName(repository, repositories, client),
  });
  const owners = await Promise.all(
    enrolments.map(async (enrolment) => ({ enrolment, ...(await readRecord(stateDir, enrolment.name)) })),
  );
  const own = owners.find(({ enrolment }) => enrolment.name === subject.enrolment?.name);
  const allowed = { allowHeld: request.allowHeld, now: clock().getTime() };
  if (own !== undefined) checkHold(subject.name, subject.document.digest, own, allowed);
  const targets = targetsOf(request.to, subject.repository, (repository) =>
    knownName(repository, repositories, client),
  );
  checkOwners(targets, subject.enrolment?.name, owners);

  const ended: Ended[] = [];
  const goals: Goal[] = [];
  const looked = await Promise.allSettled(targets.map((target) => goalOf(target, subject, door)));
  for (const [at, target] of targets.entries()) {
    const found = looked[at];
    if (found?.status !== "fulfilled") ended.push([target, failedOf(target, found?.reason, client)]);
    else if (found.value === "done") ended.push([target, unchangedOf(target, client)]);
    else goals.push(found.value);
  }
  if (isNonEmpty(goals)) {
    const more = request.dryRun ? plan(subject, goals, door) : carryOut(subject, goals, request, door);
    ended.push(...(await more));
  }
  return { subject, outcomes: targets.flatMap((target) => ended.find(([of]) => of === target)?.[1] ?? []) };
}

/** Nothing is to be done where every tag has the digest and the receipt of its promotion is there. */
async function goalOf(
  target: PromotionTarget,
  { document: { digest } }: Subject,
  { client, stateDir }: PromotionDoor,
): Promise<Goal | "done"> {
  const place = placeOf(target.repository, client);
  const held = await lookUpTags(target, client);
  const isThere = [...held.values()].every((holds) => holds === digest);
  const isDone =
    isThere &&
    !(await owedPromotions(stateDir, place)).has(digest) &&
    (await isPromoted(target.repository, digest, client));
  return isDone ? "done" : { target, place, held };
}

async function plan(subject: Subject, goals: NonEmpty<Goal>, door: PromotionDoor): Promise<readonly Ended[]> {
  const others = goals.filter(({ target }) => !isOwn({ subject, target })).map(({ target }) => target);
  const content = await contentFor(subject, others, door);
  const repositories = others.map(({ repository }) => repository);
  const looked = await lookForBlobs(content, repositories, door.client);
  return goals.map(({ target, held }) => {
    const found = looked[others.indexOf(target)];
    if (found?.status === "rejected") return [target, failedOf(target, found.reason, door.client)];
    const blobs = found?.value ?? [];
    const lacks = { blobs: blobs.length, bytes: blobs.reduce((sum, { size }) => sum + size, 0) };
    const outcomes = target.tags.map((tag): TargetOutcome => {
      const named = nameOf(target, tag, door.client);
      return held.get(tag) === subject.document.digest
        ? { kind: "unchanged", target: named, missing: undefined }
        : { kind: "planned", target: named, previous: held.get(tag), lacks };
    });
    return [target, outcomes];
  });
}

async function carryOut(
  subject: Subject,
  goals: NonEmpty<Goal>,
  request: PromotionRequest,
  door: PromotionDoor,
): Promise<readonly Ended[]> {
  const { client, log } = door;
  if (subject.enrolment !== undefined) await settleReceipts(subject.name, door);
  const scan: Promotion["scan"] = request.scan
    ? await timed(log, "scan", { image: subject.name }, async () =>
        scanState(await judgeSubject(subject, door), door.clock().toISOString()),
      )
    : { verdict: "skipped" };
  const others = goals.filter(({ target }) => !isOwn({ subject, target })).map(({ target }) => target);
  const content = await contentFor(subject, others, door);
  const repositories = others.map(({ repository }) => repository);
  const copied =
    others.length === 0 ? [] : await copyContent(content, subject.repository, repositories, door);
  const moveTo = async ({ target, place, held }: Goal): Promise<readonly TargetOutcome[]> => {
    const copy = copied[others.indexOf(target)];
    if (copy?.status === "rejected") throw copy.reason;
    if (copy !== undefined)
      log({ kind: "note", image: subject.name, text: copiedText(copy.value, content, place) });
    const { why } = request;
    const { tags, missing } = await moveTags(
      {
        subject,
        target,
        heldBefore: held,
        allowHeld: request.allowHeld,
        facts: {
          from: placeOf(subject.repository, client),
          repository: place,
          asked: whoAsks("manual"),
          ...(why === undefined ? {} : { why }),
          ...(request.allowHeld && why !== undefined ? { allowed: { safeties: ["held"], why } } : {}),
          scan,
          tools: { factory: factoryVersion },
        },
      },
      door,
    );
    return tags.map((moved) => outcomeOf(moved, nameOf(target, moved.tag, client), missing));
  };
  const moved = await Promise.allSettled(goals.map(moveTo));
  return goals.map(({ target }, at): Ended => {
    const result = moved[at];
    return [target, result?.status === "fulfilled" ? result.value : failedOf(target, result?.reason, client)];
  });
}

const nothing: Content = { manifests: [], referrers: [], blobs: [] };

async function contentFor(
  { repository, document: { digest } }: Subject,
  others: readonly PromotionTarget[],
  door: PromotionDoor,
): Promise<Content> {
  return others.length === 0 ? nothing : readContent(repository, digest, door);
}

function outcomeOf(moved: MovedTag, target: string, missing: Error | undefined): TargetOutcome {
  switch (moved.kind) {
    case "promoted":
      return { kind: "promoted", target, previous: moved.previous, missing };
    case "unchanged":
      return { kind: "unchanged", target, missing };
    case "failed":
      return { kind: "failed", target, error: moved.error };
  }
}

function failedOf(target: PromotionTarget, error: unknown, client: RegistryClient): readonly TargetOutcome[] {
  return target.tags.map((tag) => ({ kind: "failed", target: nameOf(target, tag, client), error }));
}

function unchangedOf(target: PromotionTarget, client: RegistryClient): readonly TargetOutcome[] {
  return target.tags.map((tag) => ({
    kind: "unchanged",
    target: nameOf(target, tag, client),
    missing: undefined,
  }));
}

function nameOf({ repository }: PromotionTarget, tag: string, client: RegistryClient): string {
  return `${placeOf(repository, client)}:${tag}`;
}

function copiedText({ blobs, bytes }: Copied, content: Content, place: string): string {
  return blobs === 0
    ? `${place} has all of its ${content.blobs.length} blobs`
    : `${place} got ${blobs} of ${content.blobs.length} blobs, ${bytes} bytes`;
}
