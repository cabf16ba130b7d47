import { FactoryError } from "../errors.ts";
import { isOlder, needsBuildah } from "./buildah-version.ts";
import type { Dockerfile } from "./dockerfile.ts";
import { features } from "./features.ts";
import { type ResolvedStage, type Step, stageGraph, stepsOf } from "./graph.ts";
import { shown } from "./parse.ts";
import type { Problem } from "./problem.ts";
import type { BuildSettings } from "./variables.ts";

/**
 * What this buildah cannot build of what the target reaches, or would build into another image than Docker: to be
 * refused before anything is built.
 * @param buildahVersion as `buildah --version` has it: `1.28.2`.
 * @throws FactoryError "dockerfile-invalid".
 */
export function unsupportedFeatures(
  dockerfile: Dockerfile,
  settings: BuildSettings,
  buildahVersion: string,
): readonly Problem[] {
  const lacking = features.filter(({ since }) => since === undefined || isOlder(buildahVersion, since));
  const frontend = foreignFrontend(dockerfile);
  const { reached } = stageGraph(dockerfile, settings);
  const problems = reached.flatMap((resolved) =>
    placed(resolved).flatMap(({ instruction, line }) =>
      lacking.flatMap(({ seenIn, since, remedy }) => {
        const seen = seenIn(instruction, dockerfile, resolved);
        if (seen === undefined) return [];
        const text =
          since === undefined
            ? `${seen} is beyond buildah ${buildahVersion}`
            : `${seen} ${needsBuildah(since, buildahVersion)}`;
        return [{ line, text, remedy }];
      }),
    ),
  );
  return frontend === undefined ? problems : [frontend, ...problems];
}

/** @throws FactoryError "dockerfile-unsupported" with every problem, each by `path:line`. */
export function refuseUnsupported(dockerfile: Dockerfile, problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const lines = problems.map(({ line, text, remedy }) => `${dockerfile.path}:${line}: ${text}. ${remedy}`);
  if (problems.length === 1) {
    throw new FactoryError("dockerfile-unsupported", `${dockerfile.path}:${first.line}: ${first.text}`, {
      hint: first.remedy,
    });
  }
  throw new FactoryError(
    "dockerfile-unsupported",
    `${dockerfile.path} has ${problems.length} places that cannot be built here`,
    { problems: lines },
  );
}

function placed(resolved: ResolvedStage): readonly Step[] {
  const { from } = resolved.stage;
  return [{ instruction: from, line: from.line }, ...stepsOf(resolved)].map(({ instruction, line }) => ({
    instruction: instruction.trigger ?? instruction,
    line,
  }));
}

/** `# syntax=` may name a program that reads the file in place of Docker's own: nothing here could follow it. */
function foreignFrontend({ directives }: Dockerfile): Problem | undefined {
  const syntax = directives.find(({ name }) => name === "syntax");
  if (
    syntax === undefined ||
    /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@\s]|$)/.test(syntax.value)
  ) {
    return undefined;
  }
  return {
    line: syntax.line,
    text: `# syntax=${shown(syntax.value)} asks for a frontend of its own`,
    remedy:
      "Only Docker's own language is built here: leave the directive out, or write docker/dockerfile:1.",
  };
}
