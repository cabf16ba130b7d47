import { formatBaseProblem } from "../bases/base-problem.ts";
import { formatMinute } from "../minute.ts";
import type { NonEmpty } from "../non-empty.ts";
import { formatResting } from "../plan/breaker.ts";
import { formatPending, type PendingBase } from "../plan/pending-base.ts";
import type { BuildPlan, LeaveStep, PlanStep } from "../plan/plan-step.ts";
import { formatReason } from "../plan/reason.ts";
import { formatHold } from "../state/holds.ts";

/** What comes of an image: what a summary counts, in its order, and a graph colours. */
export const outlooks = [
  "build",
  "conditional",
  "tag",
  "held",
  "left",
  "delayed",
  "staying",
  "keep",
  "blocked",
  "refuse",
] as const;
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
    const own = withHold(show(step), step);
    const shown = bases === undefined ? own : withPending(own, bases);
    const why = [shown.why, ...(problems[step.image] ?? []).map(formatBaseProblem)].join("; ");
    return { image: step.image, ...shown, why };
  });
}

type Shown = Omit<ShownStep, "image">;

function show(step: PlanStep): Shown {
  switch (step.action) {
    case "build":
      return { word: "build", why: step.reasons.map(formatReason).join("; "), outlook: "build" };
    case "leave":
      return { word: "leave", why: formatLeft(step), outlook: "left" };
    case "wait": {
      const bases = step.bases.join(", ");
      if (step.blockedBy !== undefined)
        return { word: "blocked", why: `blocked by ${step.blockedBy.join(", ")}`, outlook: "blocked" };
      if (!step.byItself) {
        const why = ["not by itself", ...step.reasons.map(formatReason)].join(": ");
        return { word: "leave", why: `waits for ${bases}; ${why}`, outlook: "left" };
      }
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

/** What is stale and left as it is, as one line: `not by itself: base debian:12 …`. */
export function formatLeft({ cause, reasons }: Pick<LeaveStep, "cause" | "reasons">): string {
  const stale = reasons.map(formatReason).join("; ");
  return cause.kind === "resting" ? `${formatResting(cause.failures)} (${stale})` : `not by itself: ${stale}`;
}

/** What is built or tagged while it is held stays where people pull it. */
function withHold(shown: Shown, { action, held }: PlanStep): Shown {
  if (held === undefined) return shown;
  const moves = action === "build" || action === "tag";
  const why = `${shown.why}; ${moves ? "tags stay: " : ""}${formatHold(held)}`;
  return { ...shown, why, ...(moves ? { outlook: "held" } : {}) };
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
    case "held":
      return `${count} held`;
    case "left":
      return `${count} left as ${count === 1 ? "it is" : "they are"}`;
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
    case "blocked":
      return `${count} blocked`;
    case "refuse":
      return `${count} refused`;
  }
}
