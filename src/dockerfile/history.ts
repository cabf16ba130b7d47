import type { Dockerfile } from "./dockerfile.ts";
import { chainTo, stageGraph, stepsOf } from "./graph.ts";
import type { BuildSettings } from "./variables.ts";

/** One instruction that made the final image, for `created_by` of an OCI history. */
export interface HistoryStep {
  readonly keyword: "RUN" | "COPY" | "ADD" | "WORKDIR";
  /** As written, on one line, at most 500 characters; names of images and stages are not replaced. */
  readonly createdBy: string;
}

const keywords = ["RUN", "COPY", "ADD", "WORKDIR"] as const;

/**
 * What changed files of the target's root, in order: along the chain of stages that it is FROM, the first stage
 * first. Stages that it only copies from are not in it.
 * @throws FactoryError "dockerfile-invalid".
 */
export function historySteps(dockerfile: Dockerfile, settings: BuildSettings): readonly HistoryStep[] {
  const steps = chainTo(stageGraph(dockerfile, settings)).flatMap(stepsOf);
  return steps.flatMap(({ instruction: { keyword, text } }) => {
    const known = keywords.find((each) => each === keyword);
    return known === undefined ? [] : [{ keyword: known, createdBy: shortened(text, known) }];
  });
}

function shortened(text: string, keyword: string): string {
  const line = `${keyword} ${text.slice(keyword.length).trim().replaceAll(/\s+/g, " ")}`;
  return line.length > 500 ? `${line.slice(0, 497)}...` : line;
}
