import type { Dockerfile } from "./dockerfile.ts";
import { parseTrigger } from "./parse.ts";

/** What a base image's config says under OnBuild, for the stage that is FROM it. */
export interface BaseTriggers {
  readonly stage: number;
  readonly onBuild: readonly string[];
}

/**
 * The same Dockerfile, knowing the ONBUILD triggers of its base images: what they name counts as bases too.
 * @throws FactoryError "dockerfile-invalid" for a trigger that cannot be read, with the line of the FROM.
 */
export function withTriggers(dockerfile: Dockerfile, found: readonly BaseTriggers[]): Dockerfile {
  const byStage = new Map(found.map(({ stage, onBuild }) => [stage, onBuild]));
  const stages = dockerfile.stages.map((stage) => {
    const onBuild = byStage.get(stage.index);
    const read = (text: string) => parseTrigger(text, dockerfile.path, stage.from.line);
    return onBuild === undefined ? stage : { ...stage, triggers: onBuild.map(read) };
  });
  return { ...dockerfile, stages };
}
