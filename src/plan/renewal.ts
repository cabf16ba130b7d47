import type { NonEmpty } from "../non-empty.ts";
import { isResting, triedInputs } from "./breaker.ts";
import { epochForFixes, fixesReason } from "./fixes.ts";
import type { ImageFacts } from "./image-facts.ts";
import type { LeaveCause, PlanRequest, PlatformStep } from "./plan-step.ts";
import type { Reason } from "./reason.ts";
import { dueEpoch, latestSlot } from "./schedule.ts";

/** The epoch of an image, and why it is rebuilt although nothing that a key sees has changed. */
export function renewal(
  { enrolment, state, pushed }: ImageFacts,
  { mode, now, force, epoch, fixes }: PlanRequest,
  { isNamed, slotOf }: { readonly isNamed: boolean; readonly slotOf: typeof latestSlot },
): { readonly epoch: number | undefined; readonly renewed: readonly Reason[] } {
  const slot = mode === "automatic" ? dueEpoch(enrolment.schedule, state, now, slotOf) : undefined;
  // What is known to be fixable is so in the digest that is recorded, and not in what was pushed since.
  const fixesEpoch = fixes === true && pushed === undefined ? epochForFixes(state) : undefined;
  const renewed: Reason[] = [];
  if (isNamed && force) renewed.push({ kind: "forced" });
  if (slot !== undefined) renewed.push({ kind: "scheduled", slot: new Date(slot * 1_000).toISOString() });
  if (fixesEpoch !== undefined) renewed.push(fixesReason(state?.fixes ?? []));
  return { epoch: latest(state?.epoch, isNamed ? epoch : undefined, slot, fixesEpoch), renewed };
}

/** Many images have one schedule, and finding a slot takes longer than all else that is decided of an image. */
export function rememberSlots(): typeof latestSlot {
  const slots = new Map<string, number | undefined>();
  return (schedule, now) => {
    const name = `${schedule.cron} ${schedule.timeZone}`;
    if (!slots.has(name)) slots.set(name, latestSlot(schedule, now));
    return slots.get(name);
  };
}

/** Why a run that nobody asked for does not build what is stale. */
export function leaveCause(
  { enrolment, failures }: ImageFacts,
  platforms: NonEmpty<PlatformStep>,
  { databases }: PlanRequest,
): LeaveCause | undefined {
  if (!enrolment.autoRebuild) return { kind: "not by itself" };
  return isResting(failures, triedInputs(enrolment, platforms), databases?.[enrolment.scan.database])
    ? { kind: "resting", failures }
    : undefined;
}

function latest(...epochs: readonly (number | undefined)[]): number | undefined {
  const given = epochs.filter((epoch) => epoch !== undefined);
  return given.length === 0 ? undefined : Math.max(...given);
}
