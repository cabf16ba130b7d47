import type { Dockerfile } from "./dockerfile.ts";
import { stageGraph } from "./graph.ts";
import { isRemote } from "./remote-adds.ts";
import { sourcesOf, visitSteps } from "./stage-variables.ts";
import type { BuildSettings } from "./variables.ts";

/** A path or pattern below the context that one step takes. */
export interface SentSource {
  /** Without slashes around it; "." is the whole context. With `$` in it where a variable has no known value. */
  readonly path: string;
  readonly line: number;
}

/** A source of a step as a path below the context: without slashes around it, "." for the whole. */
export function placeOf(source: string): string {
  return source.replace(/^[./]*\/|\/+$/g, "") || ".";
}

/**
 * What COPY, ADD and bind mounts take from the build context in the stages that are reached.
 * @throws FactoryError "dockerfile-invalid".
 */
export function sentSources(dockerfile: Dockerfile, settings: BuildSettings): readonly SentSource[] {
  return visitSteps(
    dockerfile,
    stageGraph(dockerfile, settings),
    settings,
    ({ instruction, line }, environment) => {
      const { keyword, flags, mounts } = instruction;
      const place = (path: string): SentSource => ({ path: placeOf(path), line });
      if (keyword === "ADD" || (keyword === "COPY" && !flags.some(({ name }) => name === "from"))) {
        return sourcesOf(instruction, environment)
          .filter((source) => !isRemote(source) && !source.startsWith("<<"))
          .map(place);
      }
      return mounts.flatMap((fields) => {
        const value = (...keys: readonly string[]) =>
          fields.findLast(({ key }) => keys.includes(key))?.value?.text;
        if ((value("type") ?? "bind") !== "bind" || (value("from") ?? "") !== "") return [];
        return [place(value("source", "src") ?? ".")];
      });
    },
  );
}
