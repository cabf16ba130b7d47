import type { BuildPlan } from "../plan/plan-step.ts";
import { showSteps, summaryLine } from "./plan-outlook.ts";

/** One line for each image, in build order: what is to be done and why. Then how many come to what. */
export function planLines(plan: BuildPlan): readonly string[] {
  const shown = showSteps(plan);
  const images = widest(shown.map(({ image }) => image));
  const words = widest(shown.map(({ word }) => word));
  return [
    ...shown.map(({ image, word, why }) => `${image.padEnd(images)}  ${word.padEnd(words)}  ${why}`),
    ...(shown.length === 0 ? [] : [summaryLine(shown)]),
  ];
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, { length }) => Math.max(width, length), 0);
}
