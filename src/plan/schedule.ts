import { Cron } from "croner";
import type { Schedule } from "../enrolment/enrolment.ts";
import type { ImageState } from "../state/image-state.ts";

/**
 * The latest slot of a schedule at or before `now` (milliseconds since 1970), as a UTC second; undefined when there was
 * none. A time of day that a clock change leaves out is that change itself, and one that comes twice is the first, so
 * that every night has its slot and has it once. Fields mean what they mean in a CronJob: of day of the month and day of
 * the week either will do where both are given.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function latestSlot({ cron, timeZone }: Schedule, now: number): number | undefined {
  // Slots before the next second: croner leaves out the moment that it is asked for.
  const before = new Date((Math.floor(now / 1_000) + 1) * 1_000);
  const [slot] = new Cron(cron, { paused: true, mode: "5-part", timezone: timeZone }).previousRuns(1, before);
  return slot === undefined ? undefined : slot.getTime() / 1_000;
}

/**
 * The epoch that an image's schedule asks for, undefined when nothing is due: the latest slot, unless a rebuild of that
 * epoch or a later one is published, or the image was published here, or seen that another CI did, only after that slot.
 * Until it is published every try has the same epoch.
 */
export function dueEpoch(
  schedule: Schedule | undefined,
  state: Pick<ImageState, "epoch" | "publications" | "adopted"> | undefined,
  now: number,
  slotOf: typeof latestSlot = latestSlot,
): number | undefined {
  const first = state?.publications.at(-1)?.at ?? state?.adopted?.firstSeen;
  if (schedule === undefined || first === undefined) return undefined;
  const slot = slotOf(schedule, now);
  const published = Math.max(state?.epoch ?? 0, Date.parse(first) / 1_000);
  return slot !== undefined && slot > published ? slot : undefined;
}
