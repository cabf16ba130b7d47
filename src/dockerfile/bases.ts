import { FactoryError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { Dockerfile, Word } from "./dockerfile.ts";
import { chainTo, type Link, type ResolvedStage, stageGraph, stepsOf } from "./graph.ts";
import { failAt } from "./problem.ts";
import { type RemoteAdd, remoteAdds } from "./remote-adds.ts";
import type { BuildSettings } from "./variables.ts";

/** An image of a registry that one place of the Dockerfile needs. */
export interface Base {
  /** Normalised by the caller's rule; what is looked up. */
  readonly reference: string;
  /** Variables replaced, otherwise as it stands there. */
  readonly asWritten: string;
  /** In a trigger of a base image: the line of the FROM that brings it in. */
  readonly line: number;
  /** FROM: the stage's. COPY and mounts: the one asked for, as in Docker, on whatever platform the stage runs. */
  readonly platform: Platform;
  readonly use: "from" | "copy" | "mount";
  /** Index of the stage. */
  readonly stage: number;
  readonly inTrigger: boolean;
}

export interface SecretUse {
  readonly id: string;
  readonly line: number;
  /** Docker runs a step without a secret that nobody gives, unless the step requires it. */
  readonly required: boolean;
}

/** What a build of one platform needs from outside, read off the Dockerfile alone. */
export interface PlatformBases {
  /** Index of the stage that becomes the image. */
  readonly target: number;
  /** Indices of the stages that are built, in order. */
  readonly reached: readonly number[];
  /** One for each place, in the order of the text; the same image may come several times. */
  readonly bases: readonly Base[];
  /** The platforms of which something has to run: where that is a foreign one, the machine has to emulate it. */
  readonly needsToRun: readonly Platform[];
  readonly secrets: readonly SecretUse[];
  readonly remoteAdds: readonly RemoteAdd[];
  /** Lines of what ends in the image's config although OCI has no field for it: the factory carries it there. */
  readonly carried: {
    readonly healthcheck: readonly number[];
    readonly shell: readonly number[];
    readonly onbuild: readonly number[];
  };
}

/**
 * Every image that a build of this platform takes from a registry, with its line, and what else the build needs.
 * @param normalise turns a name into the reference that is looked up (`alpine` → `docker.io/library/alpine:latest`).
 * @throws FactoryError "dockerfile-invalid", also for a name that `normalise` refuses by one, with its line.
 */
export function findBases(
  dockerfile: Dockerfile,
  settings: BuildSettings,
  normalise: (text: string) => string = (text) => text,
): PlatformBases {
  const graph = stageGraph(dockerfile, settings);
  const { target, reached } = graph;
  const atLine = (text: string, line: number) => {
    try {
      return normalise(text);
    } catch (error) {
      if (!(error instanceof FactoryError)) throw error;
      return failAt(dockerfile.path, line)(
        error.message,
        "Correct it, or give its variables values by args.",
      );
    }
  };
  return {
    target,
    reached: reached.map(({ stage }) => stage.index),
    bases: reached.flatMap((stage) => basesOf(stage, settings.platform, atLine)),
    needsToRun: [
      ...new Set(
        reached
          .filter((stage) => stepsOf(stage).some(({ instruction }) => instruction.keyword === "RUN"))
          .map(({ platform }) => platform),
      ),
    ],
    secrets: reached.flatMap(secretsOf),
    remoteAdds: remoteAdds(dockerfile, graph, settings),
    carried: {
      healthcheck: linesOf("HEALTHCHECK", chainTo(graph)),
      shell: linesOf("SHELL", chainTo(graph)),
      onbuild: linesOf("ONBUILD", chainTo(graph).slice(-1)),
    },
  };
}

function linesOf(keyword: string, stages: readonly ResolvedStage[]): readonly number[] {
  return stages
    .flatMap(stepsOf)
    .filter(({ instruction }) => instruction.keyword === keyword)
    .map(({ line }) => line);
}

function basesOf(
  stage: ResolvedStage,
  asked: Platform,
  normalise: (text: string, line: number) => string,
): readonly Base[] {
  return (["from", ...stage.links] as const).flatMap((place) => baseAt(stage, place, asked, normalise) ?? []);
}

/** The image that one place of a stage names; undefined where it names a stage or nothing. */
export function baseAt(
  stage: ResolvedStage,
  place: "from" | Link,
  asked: Platform,
  normalise: (text: string, line: number) => string,
): Base | undefined {
  const origin = place === "from" ? stage.origin : place.origin;
  if (origin.kind !== "image") return undefined;
  const { index, from } = stage.stage;
  const { line } = place === "from" ? from : place;
  const common = { reference: normalise(origin.text, line), asWritten: origin.text, line, stage: index };
  return place === "from"
    ? { ...common, platform: stage.platform, use: "from", inTrigger: false }
    : { ...common, platform: asked, use: place.use, inTrigger: place.inTrigger };
}

function secretsOf(stage: ResolvedStage): readonly SecretUse[] {
  return stepsOf(stage).flatMap(({ instruction, line }) =>
    instruction.mounts.flatMap((fields) => {
      const value = (...keys: readonly string[]): Word | undefined =>
        fields.findLast(({ key }) => keys.includes(key))?.value;
      if (value("type")?.text.toLowerCase() !== "secret") return [];
      const target = value("target", "dst", "destination")?.text;
      const id = value("id")?.text ?? value("source", "src")?.text ?? target?.split("/").at(-1) ?? "";
      const required = fields.findLast(({ key }) => key === "required");
      const isRequired = required !== undefined && /^(?:1|t|true)$/i.test(required.value?.text ?? "true");
      return [{ id, line, required: isRequired }];
    }),
  );
}
