import { formatResting } from "../plan/breaker.ts";
import type { BuildPlan, LeaveStep, PlanStep } from "../plan/plan.ts";
import { formatReason } from "../plan/reason.ts";
import { formatHold } from "../state/holds.ts";

/** One line for each image, in build order: what is to be done and why. */
export function planLines(plan: BuildPlan): readonly string[] {
  const width = Math.max(0, ...plan.steps.map(({ image }) => image.length));
  return plan.steps.map((step) => `${step.image.padEnd(width)}  ${action(step).padEnd(9)}  ${why(step)}`);
}

function action(step: PlanStep): string {
  const names = {
    build: "build",
    wait: "wait",
    leave: "leave",
    tag: "tags only",
    keep: "keep",
    refuse: "refuse",
  };
  return names[step.action];
}

/** What is stale and left as it is, as one line: `not by itself: base debian:12 …`. */
export function formatLeft({ cause, reasons }: Pick<LeaveStep, "cause" | "reasons">): string {
  const stale = reasons.map(formatReason).join("; ");
  return cause.kind === "resting" ? `${formatResting(cause.failures)} (${stale})` : `not by itself: ${stale}`;
}

/** What an image's step is for, as one line without its name. */
function why(step: PlanStep): string {
  const text = purpose(step);
  return step.held === undefined ? text : `${text}; tags stay: ${formatHold(step.held)}`;
}

function purpose(step: PlanStep): string {
  switch (step.action) {
    case "build":
      return step.reasons.map(formatReason).join("; ");
    case "wait":
      return `waits for ${step.bases.join(", ")}: ${step.byItself ? (step.published ? "rebuilt only if its bytes change" : "never built") : "not by itself"}`;
    case "leave":
      return formatLeft(step);
    case "tag":
      return step.tags
        .map(({ tag, holds }) => (holds === undefined ? `${tag} is not there` : `${tag} → ${step.digest}`))
        .join("; ");
    case "keep":
      return `unchanged since ${step.digest}`;
    case "refuse":
      return `${step.why}. ${step.remedy}`;
  }
}
