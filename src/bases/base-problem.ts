import type { WatchedImage } from "../enrolment/enrolment.ts";
import { formatMinute } from "../minute.ts";
import { activeHold, formatHold, type Hold } from "../state/holds.ts";
import type { BaseRecord } from "./base-record.ts";
import { isOver } from "./end-of-life.ts";

/** What is to be known of a base that an image is built on; none of it stops the look-up of others. */
export type BaseProblem =
  | {
      readonly kind: "lacks platform";
      readonly reference: string;
      readonly lacks: readonly string[];
      readonly has: readonly string[];
    }
  /** `since` is ISO 8601 in UTC: when its registry was first seen to answer 404. */
  | { readonly kind: "vanished"; readonly reference: string; readonly since: string }
  | {
      readonly kind: "end of life";
      readonly reference: string;
      /** The last UTC day on which it got fixes; undefined where it only says that there are no more. */
      readonly day: string | undefined;
      /** The label that says so, or the place in images.yaml. */
      readonly by: string;
    }
  /** At the digest that it has now: what it becomes while it is held is pending, which says the same. */
  | ({ readonly kind: "held"; readonly reference: string } & Pick<Hold, "why" | "until">);

/** What is asked about a base for one image. */
export interface BaseQuestion {
  readonly record: BaseRecord;
  /** The platforms of it that the image needs. */
  readonly needs: readonly string[];
  /** The watched images that cover it. */
  readonly watched: readonly Pick<WatchedImage, "endOfLife" | "position">[];
  readonly now: Date;
}

/** Every problem that a base has for one image, from what is recorded. */
export function baseProblems({ record, needs, watched, now }: BaseQuestion): readonly BaseProblem[] {
  const { reference, vanishedSince, currentDigest } = record;
  const problems: BaseProblem[] = [];
  if (vanishedSince !== undefined) problems.push({ kind: "vanished", reference, since: vanishedSince });
  const newest = record.digests.find(({ digest }) => digest === currentDigest);
  const has = Object.keys(newest?.platforms ?? {});
  const lacks = newest === undefined ? [] : needs.filter((platform) => !has.includes(platform));
  if (lacks.length > 0) problems.push({ kind: "lacks platform", reference, lacks, has });
  const ends = [
    ...watched.flatMap(({ endOfLife: day, position: by }) => (day === undefined ? [] : [{ day, by }])),
    ...(newest?.endOfLife === undefined ? [] : [{ day: newest.endOfLife.day, by: newest.endOfLife.label }]),
  ];
  const over = ends.find(({ day }) => isOver(day, now.toISOString().slice(0, 10)));
  if (over !== undefined) problems.push({ kind: "end of life", reference, ...over });
  const hold = activeHold(record.hold, now.getTime());
  if (hold !== undefined && record.hold?.digest === currentDigest) {
    const until = hold.until === undefined ? {} : { until: hold.until };
    problems.push({ kind: "held", reference, why: hold.why, ...until });
  }
  return problems;
}

/** A problem as a person reads it. */
export function formatBaseProblem(problem: BaseProblem): string {
  const { reference } = problem;
  switch (problem.kind) {
    case "lacks platform":
      return `base ${reference} has no ${problem.lacks.join(" and no ")}: it has ${problem.has.join(", ") || "none"}`;
    case "vanished":
      return `base ${reference} is gone from its registry since ${formatMinute(problem.since)}`;
    case "end of life":
      return `base ${reference} gets no more fixes${problem.day === undefined ? "" : ` since ${problem.day}`} (${problem.by})`;
    case "held":
      return `base ${reference} is ${formatHold(problem)}`;
  }
}
