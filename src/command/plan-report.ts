import { watchedNews } from "../bases/watched-news.ts";
import type { WatchedTag } from "../bases/watched-tags.ts";
import { type ExitStatus, exitStatus, worstStatus } from "../errors.ts";
import { isBlockedByAdvisories } from "../plan/breaker.ts";
import type { ImageFacts } from "../plan/image-facts.ts";
import { planBuilds } from "../plan/plan.ts";
import type { BuildPlan, DatabaseDates, PlanRequest } from "../plan/plan-step.ts";
import type { Resolver } from "../resolve/resolver.ts";
import { errorJson, type Session } from "./main.ts";
import { graphLines } from "./plan-graph.ts";
import { planLines } from "./plan-table.ts";
import type { PlanForm } from "./plan-words.ts";

/** How a plan is shown, and what it is made with that only some plans take. */
interface PlanShown {
  readonly form: Exclude<PlanForm, "dependants">;
  readonly watched: boolean;
  /** When this machine's advisories were gathered; asked where an image rests because older ones blocked it. */
  readonly presentDatabases?: () => Promise<DatabaseDates>;
}

/**
 * Prints what a build would do, in order and with reasons; images that could not be looked at are named on stderr.
 * @returns 0, or what the failures ask for.
 */
export async function reportPlan(
  request: PlanRequest,
  resolver: Resolver,
  { print, showError, log }: Pick<Session, "print" | "showError" | "log">,
  { form, watched, presentDatabases }: PlanShown,
): Promise<ExitStatus> {
  const look = async () => {
    const [resolution, tags] = await Promise.all([
      resolver.resolve(request.images),
      watched ? resolver.watched() : [],
    ]);
    return { ...resolution, tags };
  };
  const { images, failures, tags } = await look().finally(resolver.close);
  const facts = [...images.values()].map((image) => image.facts);
  reportWatched(tags, facts, log);
  const databases = facts.some(isBlockedByAdvisories) ? await presentDatabases?.() : undefined;
  const plan = planBuilds(facts, { ...request, ...(databases === undefined ? {} : { databases }) });
  if (form === "json")
    print(JSON.stringify({ ...planJson(plan), failures: failuresJson(failures) }, undefined, 2));
  else for (const line of form === "graph" ? graphLines(plan, facts) : planLines(plan)) print(line);
  return reportFailures(failures, showError);
}

/** Says what is new of the watched images, and which of them could not be looked at: neither stops anything. */
export function reportWatched(
  tags: readonly WatchedTag[],
  facts: readonly ImageFacts[],
  log: Session["log"],
): void {
  for (const text of watchedNews(tags, facts)) log({ kind: "note", text });
  for (const tag of tags) {
    if (tag.kind === "failed") log({ kind: "warning", text: `${tag.image.name}: ${tag.error.message}` });
  }
}

/** A plan as `--json` has it: of a state that is to be recorded its digest says which it is. */
function planJson({ steps, ...rest }: BuildPlan): object {
  const shown = steps.map(({ adopts, ...step }) =>
    adopts === undefined ? step : { ...step, adopts: adopts.digest },
  );
  return { steps: shown, ...rest };
}

/** As `--json` has them, by image. */
export function failuresJson(failures: ReadonlyMap<string, unknown>): readonly object[] {
  return [...failures].map(([image, error]) => ({ image, error: errorJson(error) }));
}

/** Names on stderr what could not be looked at, and gives the status that it asks for. */
export function reportFailures(
  failures: ReadonlyMap<string, unknown>,
  showError: Session["showError"],
): ExitStatus {
  for (const error of failures.values()) showError(error);
  return worstStatus([...failures.values()].map(exitStatus));
}
