import type { WatchedImage } from "../enrolment/enrolment.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";
import type { BaseRecord } from "./base-record.ts";
import { isOver } from "./end-of-life.ts";

/** What is wrong with a base that an image is built on; none of it stops the look-up of others. */
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
  | {
      readonly kind: "fails scan";
      readonly reference: string;
      readonly digest: Digest;
      readonly findings: readonly string[];
    };

/** What is asked about a base for one image. */
export interface BaseQuestion {
  readonly record: BaseRecord;
  /** The platforms of it that the image needs. */
  readonly needs: readonly string[];
  /** The watched images that cover it. */
  readonly watched: readonly Pick<WatchedImage, "endOfLife" | "position">[];
  /** What blocks its current digest by the image's policy, which the digest before passes. */
  readonly findings: readonly string[];
  /** UTC day. */
  readonly today: string;
}

/** Every problem that a base has for one image, from what is recorded. */
export function baseProblems({
  record,
  needs,
  watched,
  findings,
  today,
}: BaseQuestion): readonly BaseProblem[] {
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
  const over = ends.find(({ day }) => isOver(day, today));
  if (over !== undefined) problems.push({ kind: "end of life", reference, ...over });
  if (findings.length > 0 && currentDigest !== undefined) {
    problems.push({ kind: "fails scan", reference, digest: currentDigest, findings });
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
      return `base ${reference} is gone from its registry since ${problem.since.slice(0, 16).replace("T", " ")} UTC`;
    case "end of life":
      return `base ${reference} gets no more fixes${problem.day === undefined ? "" : ` since ${problem.day}`} (${problem.by})`;
    case "fails scan":
      return `base ${reference} ${shortDigest(problem.digest)} would be blocked: ${problem.findings.join(", ")}`;
  }
}
