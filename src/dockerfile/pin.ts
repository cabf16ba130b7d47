import { type Base, baseAt } from "./bases.ts";
import type { Dockerfile } from "./dockerfile.ts";
import { applyEdits, type Edit, edit } from "./edits.ts";
import { onOneLine } from "./effective-text.ts";
import { quoted } from "./expand.ts";
import { type Link, type ResolvedStage, type StageGraph, stageGraph } from "./graph.ts";
import { parseTrigger } from "./parse.ts";
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
   * For `--build-context name=docker://reference`: images named in ONBUILD triggers that buildah runs by itself, by
   * the word that stands there.
   */
  readonly buildContexts: Readonly<Record<string, string>>;
}

/**
 * The Dockerfile with every image that the target needs replaced by a pinned reference: stages that are not reached
 * are emptied, stages go by one name each, `FROM --platform` is gone (a pinned reference has one platform) and
 * defaults of global ARGs with variables stand as values. Every other byte and every line number stays, except that
 * triggers of an OCI base are written in below its FROM.
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

/** The triggers of an OCI base, pinned, as lines below its FROM. */
function triggerEdits(
  dockerfile: Dockerfile,
  { stage, ...resolved }: ResolvedStage,
  names: StageNames,
  pinAt: (stage: ResolvedStage, place: Link) => string | undefined,
): readonly Edit[] {
  if (stage.triggers === undefined || stage.triggers.ranByBuildah) return [];
  const links = resolved.links.filter(({ inTrigger }) => inTrigger);
  const lines = stage.triggers.sources.map(({ text, instruction }) => {
    if (dockerfile.escape === "`" && /[\\`]/.test(text)) {
      failAt(
        dockerfile.path,
        stage.from.line,
        "dockerfile-unsupported",
      )(
        `the base image has an ONBUILD with an escape in it (${text.slice(0, 60)}), which means something else here`,
        "Take the directive `# escape=` out of this Dockerfile.",
      );
    }
    const own = links.filter(({ instruction: of }) => of === instruction);
    const edits = own.flatMap((link) => {
      const put = nameOf(link.origin, names) ?? pinAt({ stage, ...resolved }, link);
      return put === undefined ? [] : [edit(link.word, put)];
    });
    const pinned = applyEdits(text, edits, "\\");
    return onOneLine(parseTrigger(pinned, dockerfile.path, stage.from.line));
  });
  const opening = dockerfile.text[stage.from.end - 1] === "\n" ? "" : "\n";
  return [{ start: stage.from.end, end: stage.from.end, text: opening + lines.join("") }];
}

function declaredAutomatics(
  dockerfile: Dockerfile,
  { reached }: StageGraph,
  settings: BuildSettings,
): PinnedDockerfile["buildArgs"] {
  const values = automaticArguments(dockerfile, settings);
  const declared = [
    ...dockerfile.globals,
    ...reached.flatMap(({ stage, triggers }) => [...triggers, ...stage.instructions]),
  ]
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
    if (!resolved.triggersRanByBuildah) continue;
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
