import { type ExitStatus, exitStatus, worstStatus } from "../errors.ts";
import { type PlanRequest, planBuilds } from "../plan/plan.ts";
import type { Resolver } from "../resolve/resolver.ts";
import { errorJson, type Session } from "./main.ts";
import { planLines } from "./plan-table.ts";

/**
 * Prints what a build would do, in order and with reasons; images that could not be looked at are named on stderr.
 * @returns 0, or what the failures ask for.
 */
export async function reportPlan(
  request: PlanRequest,
  resolver: Resolver,
  { print, showError }: Pick<Session, "print" | "showError">,
  json: boolean,
): Promise<ExitStatus> {
  const { images, failures } = await resolver.resolve(request.images).finally(resolver.close);
  const plan = planBuilds(
    [...images.values()].map(({ facts }) => facts),
    request,
  );
  if (json) {
    const failed = [...failures].map(([image, error]) => ({ image, error: errorJson(error) }));
    print(JSON.stringify({ ...plan, failures: failed }, undefined, 2));
  } else {
    for (const line of planLines(plan)) print(line);
  }
  for (const error of failures.values()) showError(error);
  return worstStatus([...failures.values()].map(exitStatus));
}
