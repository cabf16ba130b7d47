import { type ExitStatus, exitStatus, worstStatus } from "../errors.ts";
import { type BuildPlan, type PlanRequest, planBuilds } from "../plan/plan.ts";
import type { Resolver } from "../resolve/resolver.ts";
import { errorJson, type Session } from "./main.ts";
import { graphLines } from "./plan-graph.ts";
import { planLines } from "./plan-table.ts";
import type { PlanForm } from "./plan-words.ts";

/**
 * Prints what a build would do, in order and with reasons; images that could not be looked at are named on stderr.
 * @returns 0, or what the failures ask for.
 */
export async function reportPlan(
  request: PlanRequest,
  resolver: Resolver,
  { print, showError }: Pick<Session, "print" | "showError">,
  form: Exclude<PlanForm, "dependants">,
): Promise<ExitStatus> {
  const { images, failures } = await resolver.resolve(request.images).finally(resolver.close);
  const facts = [...images.values()].map((image) => image.facts);
  const plan = planBuilds(facts, request);
  if (form === "json")
    print(JSON.stringify({ ...planJson(plan), failures: failuresJson(failures) }, undefined, 2));
  else for (const line of form === "graph" ? graphLines(plan, facts) : planLines(plan)) print(line);
  return reportFailures(failures, showError);
}

/** As `--json` has it: what a build would record of a digest that somebody else pushed is not part of the plan. */
function planJson(plan: BuildPlan): BuildPlan {
  return { ...plan, steps: plan.steps.map(({ adopts: _, ...step }) => step) };
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
