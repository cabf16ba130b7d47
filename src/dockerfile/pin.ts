import { type Base, baseAt } from "./bases.ts";
import type { Dockerfile } from "./dockerfile.ts";
import { applyEdits, type Edit, edit } from "./edits.ts";
import { quoted } from "./expand.ts";
import { type Link, type ResolvedStage, type StageGraph, stageGraph, stepsOf } from "./graph.ts";
import { failAt } from "./problem.ts";
import { nameOf, type StageNames, stageEdits, stageNames } from "./stage-names.ts";
import {
  type AutomaticArgument,
  automaticArguments,
  type BuildSettings,
  declaration,
  isAutomatic,
} from "./variables.ts";

/** What buildah is given for one platform in place of the source's Dockerfile. */
export interface PinnedDockerfile {
  readonly text: string;
  /** For `--build-arg`: the automatic arguments that the text declares, so that no build host's own value gets in. */
  readonly buildArgs: Readonly<Partial<Record<AutomaticArgument, string>>>;
  /**
   * For `--build-context name=docker://reference`: images named in the triggers of base images, which buildah runs by
   * itself, by the word that stands there.
   */
  readonly buildContexts: Readonly<Record<string, string>>;
}

/**
 * The Dockerfile with every image that the target needs replaced by a pinned reference: stages that are not reached
 * are emptied, stages go by one name each, `FROM --platform` is gone (a pinned reference has one platform) and
 * defaults of global ARGs with variables stand as values. Every other byte and every line number stays, except that
 * ONBUILD triggers of another stage are written in below the FROM.
 *
 * Every stage that is left is needed, some by triggers alone: build it with `--skip-unused-stages=false`.
 * @param pinOf the reference with digest for one base, as `findBases` gives it.
 * @param normalise as for `findBases`.
 * @throws FactoryError "dockerfile-invalid"; "dockerfile-unsupported" for triggers that cannot be made to run.
 */
export function pinDockerfile(
  dockerfile: Dockerfile,
  settings: BuildSettings,
  pinOf: (base: Base) => string,
  normalise: (text: string) => string = (text) => text,
): PinnedDockerfile {
  const graph = stageGraph(dockerfile, settings);
  const names = stageNames(graph);
  const pinAt = (stage: ResolvedStage, place: "from" | Link) => {
    const base = baseAt(stage, place, settings.platform, normalise);
    return base === undefined ? undefined : pinOf(base);
  };
  const edits = [
    ...stageEdits(dockerfile, graph, names, pinAt),
    ...escapeFirst(dockerfile),
    ...withoutInnerTriggers(graph),
    ...graph.scope.defaults.flatMap(({ declaration: { name, fallback, word }, value }) =>
      fallback?.includes("$") ? [edit(word, `${name}=${quoted(value)}`)] : [],
    ),
    ...graph.reached.flatMap((resolved) => [
      ...(resolved.stage.platformFlag === undefined ? [] : [edit(resolved.stage.platformFlag, "")]),
      ...triggerEdits(dockerfile, resolved, names, pinAt),
    ]),
  ];
  return {
    text: applyEdits(dockerfile.text, edits, dockerfile.escape),
    buildArgs: declaredAutomatics(dockerfile, graph, settings),
    buildContexts: buildContexts(dockerfile, graph, names, pinAt),
  };
}

/** buildah 1.28 honours `# escape=` on the first line only; Docker does below `# syntax=` too. */
function escapeFirst({ directives, text }: Dockerfile): readonly Edit[] {
  const position = directives.findIndex(({ name }) => name === "escape");
  if (position < 1) return [];
  const start = text.startsWith("\ufeff") ? 1 : 0;
  const lines = text.slice(start).split("\n", position + 1);
  const [last, ...others] = [...lines].reverse() as [string, ...string[]];
  return [{ start, end: start + lines.join("\n").length, text: [last, ...others.reverse()].join("\n") }];
}

/** The triggers of the stage that a stage is FROM, pinned, as lines below the FROM. */
function triggerEdits(
  dockerfile: Dockerfile,
  resolved: ResolvedStage,
  names: StageNames,
  pinAt: (stage: ResolvedStage, place: Link) => string | undefined,
): readonly Edit[] {
  const { stage, triggers, triggersOf } = resolved;
  if (triggers.length === 0 || triggersOf === "image") return [];
  const links = resolved.links.filter(({ inTrigger }) => inTrigger);
  const lines = triggers.map(({ text, instruction }) => {
    const edits = links.flatMap((link) => {
      const put =
        link.instruction === instruction ? (nameOf(link.origin, names) ?? pinAt(resolved, link)) : undefined;
      return put === undefined ? [] : [edit(link.word, put)];
    });
    return applyEdits(text, edits, dockerfile.escape);
  });
  const opening = dockerfile.text[stage.from.end - 1] === "\n" ? "" : "\n";
  return [{ start: stage.from.end, end: stage.from.end, text: opening + lines.join("") }];
}

/**
 * Takes ONBUILD out of every stage but the target: their triggers are written into the stages that are FROM them,
 * because buildah runs those of a stage in Docker's format only.
 */
function withoutInnerTriggers({ reached, target }: StageGraph): readonly Edit[] {
  return reached
    .filter(({ stage }) => stage.index !== target)
    .flatMap(({ stage }) => stage.instructions.filter(({ keyword }) => keyword === "ONBUILD"))
    .map((instruction) => edit(instruction, ""));
}

function declaredAutomatics(
  dockerfile: Dockerfile,
  { reached }: StageGraph,
  settings: BuildSettings,
): PinnedDockerfile["buildArgs"] {
  const values = automaticArguments(dockerfile, settings);
  const declared = [...dockerfile.globals, ...reached.flatMap(stepsOf).map(({ instruction }) => instruction)]
    .filter(({ keyword }) => keyword === "ARG")
    .flatMap(({ words }) => words.map((word) => declaration(word).name))
    .filter(isAutomatic)
    .filter((name) => !Object.hasOwn(settings.args, name));
  return Object.fromEntries(declared.map((name) => [name, values[name]]));
}

function buildContexts(
  dockerfile: Dockerfile,
  { reached }: StageGraph,
  names: StageNames,
  pinAt: (stage: ResolvedStage, place: Link) => string | undefined,
): Readonly<Record<string, string>> {
  const contexts = new Map<string, string>();
  for (const resolved of reached) {
    if (resolved.triggersOf === "stage") continue;
    for (const link of resolved.links.filter(({ inTrigger }) => inTrigger)) {
      const name = nameOf(link.origin, names);
      if (name !== undefined && name !== link.word.text) {
        failAt(
          dockerfile.path,
          link.line,
          "dockerfile-unsupported",
        )(
          `an ONBUILD of its base takes files from the stage ${link.word.text}, which buildah knows as ${name} only`,
          `Name that stage ${link.word.text}, and no other by the same name.`,
        );
      }
      const pin = pinAt(resolved, link);
      if (pin !== undefined) contexts.set(link.word.text, pin);
    }
  }
  return Object.fromEntries(contexts);
}
