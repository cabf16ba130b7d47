import { formatBaseProblem } from "../bases/base-problem.ts";
import { formatMinute } from "../minute.ts";
import type { NonEmpty } from "../non-empty.ts";
import { formatPending, type PendingBase } from "../plan/pending-base.ts";
import type { BuildPlan, PlanStep } from "../plan/plan.ts";
import { formatReason } from "../plan/reason.ts";

/** What comes of an image: what a summary counts, in its order, and a graph colours. */
export const outlooks = ["build", "conditional", "tag", "delayed", "staying", "keep", "refuse"] as const;
export type Outlook = (typeof outlooks)[number];

/** A step as people are shown it. */
export interface ShownStep {
  readonly image: string;
  readonly word: string;
  readonly why: string;
  readonly outlook: Outlook;
  /** Until when it waits for a base that has moved, ISO 8601 in UTC. */
  readonly until?: string;
}

/** Every step of a plan in its order, with what becomes of it. */
export function showSteps({ steps, pending, problems }: BuildPlan): readonly ShownStep[] {
  return steps.map((step) => {
    const bases = pending[step.image];
    const shown = bases === undefined ? show(step) : withPending(show(step), bases);
    const why = [shown.why, ...(problems[step.image] ?? []).map(formatBaseProblem)].join("; ");
    return { image: step.image, ...shown, why };
  });
}

type Shown = Omit<ShownStep, "image">;

function show(step: PlanStep): Shown {
  switch (step.action) {
    case "build":
      return { word: "build", why: step.reasons.map(formatReason).join("; "), outlook: "build" };
    case "wait": {
      const bases = step.bases.join(", ");
      const certain = step.reasons.map(formatReason).join("; ");
      return certain === ""
        ? {
            word: "wait",
            why: `waits for ${bases}: rebuilt only if the bytes of ${bases} change`,
            outlook: "conditional",
          }
        : { word: "wait", why: `waits for ${bases}: ${certain}`, outlook: "build" };
    }
    case "tag": {
      const missing = step.tags.map(({ tag, holds }) =>
        holds === undefined ? `${tag} is not there` : `${tag} → ${step.digest}`,
      );
      return { word: "tags only", why: missing.join("; "), outlook: "tag" };
    }
    case "keep":
      return { word: "keep", why: step.note ?? `unchanged since ${step.digest}`, outlook: "keep" };
    case "refuse":
      return { word: "refuse", why: `${step.why}. ${step.remedy}`, outlook: "refuse" };
  }
}

function withPending(shown: Shown, bases: NonEmpty<PendingBase>): Shown {
  const why = [shown.why, ...bases.map(formatPending)].join("; ");
  if (shown.outlook !== "keep") return { ...shown, why };
  const [until] = bases.flatMap(({ cause }) => (cause.kind === "delay" ? [cause.until] : [])).toSorted();
  return until === undefined
    ? { ...shown, why, outlook: "staying" }
    : { ...shown, why, outlook: "delayed", until };
}

/** `3 to build, 2 only if their bases change, 5 unchanged, 1 waits until …`: how many images come to what. */
export function summaryLine(shown: readonly ShownStep[]): string {
  const counts = outlooks.flatMap((outlook) => {
    const steps = shown.filter((step) => step.outlook === outlook);
    return steps.length === 0 ? [] : [counted(outlook, steps)];
  });
  return counts.join(", ");
}

function counted(outlook: Outlook, steps: readonly ShownStep[]): string {
  const count = steps.length;
  switch (outlook) {
    case "build":
      return `${count} to build`;
    case "conditional":
      return `${count} only if ${count === 1 ? "its" : "their"} bases change`;
    case "tag":
      return `${count} to tag`;
    case "delayed": {
      const [first = ""] = steps.flatMap(({ until }) => until ?? []).toSorted();
      return count === 1
        ? `1 waits until ${formatMinute(first)}`
        : `${count} wait, the first until ${formatMinute(first)}`;
    }
    case "staying":
      return `${count} staying on an older base`;
    case "keep":
      return `${count} unchanged`;
    case "refuse":
      return `${count} refused`;
  }
}
