import type { Dockerfile } from "./dockerfile.ts";
import { parseTrigger } from "./parse.ts";

/** What a base image's config says under OnBuild, for the stage that is FROM it. */
export interface BaseTriggers {
  readonly stage: number;
  readonly onBuild: readonly string[];
  /** Whether the base's config is in Docker's format or in OCI's. */
  readonly format: "docker" | "oci";
}

/**
 * The same Dockerfile, knowing the ONBUILD triggers of its base images: what they name counts as bases too, and
 * pinning sees to it that they run, pinned, whichever format the base has.
 * @throws FactoryError "dockerfile-invalid" for a trigger that cannot be read, with the line of the FROM.
 */
export function withTriggers(dockerfile: Dockerfile, found: readonly BaseTriggers[]): Dockerfile {
  const byStage = new Map(found.map((triggers) => [triggers.stage, triggers]));
  const stages = dockerfile.stages.map((stage) => {
    const triggers = byStage.get(stage.index);
    if (triggers === undefined || triggers.onBuild.length === 0) return stage;
    const sources = triggers.onBuild.map((text) => ({
      text,
      instruction: parseTrigger(text, dockerfile.path, stage.from.line),
    }));
    return { ...stage, triggers: { sources, ranByBuildah: triggers.format === "docker" } };
  });
  return { ...dockerfile, stages };
}
