import type { BuildPlan, PlanStep } from "../plan/plan.ts";
import { formatReason } from "../plan/reason.ts";

/** One line for each image, in build order: what is to be done and why. */
export function planLines(plan: BuildPlan): readonly string[] {
  const width = Math.max(0, ...plan.steps.map(({ image }) => image.length));
  return plan.steps.map((step) => `${step.image.padEnd(width)}  ${action(step).padEnd(9)}  ${why(step)}`);
}

function action(step: PlanStep): string {
  return { build: "build", wait: "wait", tag: "tags only", keep: "keep", refuse: "refuse" }[step.action];
}

/** What an image's step is for, as one line without its name. */
function why(step: PlanStep): string {
  switch (step.action) {
    case "build":
      return step.reasons.map(formatReason).join("; ");
    case "wait":
      return `waits for ${step.bases.join(", ")}: ${step.published ? "rebuilt only if its bytes change" : "never built"}`;
    case "tag":
      return step.tags
        .map(({ tag, holds }) => (holds === undefined ? `${tag} is not there` : `${tag} → ${step.digest}`))
        .join("; ");
    case "keep":
      return step.note ?? `unchanged since ${step.digest}`;
    case "refuse":
      return `${step.why}. ${step.remedy}`;
  }
}
