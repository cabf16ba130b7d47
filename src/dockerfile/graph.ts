import type { Platform } from "../platform.ts";
import type { Dockerfile, Instruction, Stage, TriggerSource, Word } from "./dockerfile.ts";
import { expand } from "./expand.ts";
import { checkImage } from "./image-word.ts";
import { onOneLine, parseTrigger, shown } from "./parse.ts";
import { platformOf } from "./platform-flag.ts";
import { type Fail, failAt, orRather } from "./problem.ts";
import { type BuildSettings, type GlobalScope, globalScope } from "./variables.ts";

/** What a FROM, COPY --from or mount from= names. */
export type Origin =
  | { readonly kind: "image"; readonly text: string }
  | { readonly kind: "stage"; readonly index: number }
  | { readonly kind: "scratch" };

/** One place of the text where files of another stage or image come in. */
export interface Link {
  readonly origin: Origin;
  readonly instruction: Instruction;
  /** Where the name stands; in a trigger's own text when `inTrigger`. */
  readonly word: Word;
  readonly use: "copy" | "mount";
  readonly line: number;
  readonly inTrigger: boolean;
}

/** A stage with its variables replaced and its names looked up. */
export interface ResolvedStage {
  readonly stage: Stage;
  readonly platform: Platform;
  readonly origin: Origin;
  readonly links: readonly Link[];
  /** Instructions that the base keeps for its children (ONBUILD); they run before the stage's own. */
  readonly triggers: readonly TriggerSource[];
  /** buildah runs those of an image by itself, whichever format its config has. */
  readonly triggersOf: "image" | "stage";
}

export interface StageGraph {
  readonly scope: GlobalScope;
  readonly target: number;
  /** The target and every stage that it needs, in the order of the text. */
  readonly reached: readonly ResolvedStage[];
}

/**
 * Finds the target and, from it, every stage that it takes files from. A stage that is not reached is not looked at:
 * an error in it is no error, as in Docker.
 * @throws FactoryError "dockerfile-invalid".
 */
export function stageGraph(dockerfile: Dockerfile, settings: BuildSettings): StageGraph {
  const scope = globalScope(dockerfile, settings);
  const named = stagesByName(dockerfile);
  const target = targetOf(dockerfile, settings.target, named);
  const found = new Map<number, Pick<ResolvedStage, "origin" | "links" | "triggers">>();
  const waiting = [target];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const stage = dockerfile.stages[index];
    if (stage === undefined || found.has(index)) continue;
    const origin = fromOrigin(dockerfile, stage, scope, named);
    const triggers = triggersOf(dockerfile, stage, origin);
    const links = [
      ...triggers.flatMap(({ instruction }) => linksOf(dockerfile, stage, instruction, true, named)),
      ...stage.instructions.flatMap((instruction) => linksOf(dockerfile, stage, instruction, false, named)),
    ];
    found.set(index, { origin, links, triggers });
    for (const next of [origin, ...links.map((link) => link.origin)]) {
      if (next.kind === "stage") waiting.push(next.index);
    }
  }
  const platforms = new Map<number, Platform>();
  const reached = [...found]
    .sort(([a], [b]) => a - b)
    .map(([index, rest]) => {
      const stage = dockerfile.stages[index] as Stage;
      const inherited = rest.origin.kind === "stage" ? platforms.get(rest.origin.index) : undefined;
      const platform = inherited ?? ownPlatform(dockerfile, stage, rest.origin, scope, settings);
      platforms.set(index, platform);
      const triggersOf: ResolvedStage["triggersOf"] = rest.origin.kind === "stage" ? "stage" : "image";
      return { stage, platform, ...rest, triggersOf };
    });
  return { scope, target, reached };
}

/** The numbers of the stages of each name, in order: Docker lets a name be given again. */
type StagesByName = ReadonlyMap<string, readonly number[]>;

function stagesByName(dockerfile: Dockerfile): StagesByName {
  const named = new Map<string, number[]>();
  for (const { name, index } of dockerfile.stages) {
    if (name === undefined) continue;
    const others = named.get(name);
    if (others === undefined) named.set(name, [index]);
    else others.push(index);
  }
  return named;
}

/** From the base image's config, or from the ONBUILD instructions of the stage that it is FROM. */
function triggersOf(dockerfile: Dockerfile, stage: Stage, origin: Origin): readonly TriggerSource[] {
  if (origin.kind !== "stage") return stage.triggers ?? [];
  return (dockerfile.stages[origin.index]?.instructions ?? []).flatMap(({ trigger }) =>
    trigger === undefined
      ? []
      : [parseTrigger(onOneLine(trigger), dockerfile.path, stage.from.line, dockerfile.escape)],
  );
}

/** One instruction of a stage that is built. */
export interface Step {
  readonly instruction: Instruction;
  /** The line that messages name: of a trigger, the FROM that brings it in. */
  readonly line: number;
}

/** What a stage executes: its base's triggers first. */
export function stepsOf({ stage, triggers }: ResolvedStage): readonly Step[] {
  return [
    ...triggers.map(({ instruction }) => ({ instruction, line: stage.from.line })),
    ...stage.instructions.map((instruction) => ({ instruction, line: instruction.line })),
  ];
}

/** The stages that the target is FROM, the first one first, the target last. */
export function chainTo({ reached, target }: StageGraph): readonly ResolvedStage[] {
  const byIndex = new Map(reached.map((resolved) => [resolved.stage.index, resolved]));
  const chain: ResolvedStage[] = [];
  for (let at = byIndex.get(target); at !== undefined; ) {
    chain.push(at);
    at = at.origin.kind === "stage" ? byIndex.get(at.origin.index) : undefined;
  }
  return chain.toReversed();
}

function targetOf(dockerfile: Dockerfile, target: string | undefined, named: StagesByName): number {
  const { stages, path } = dockerfile;
  if (target === undefined) return stages.length - 1;
  const index = named.get(target.toLowerCase())?.at(-1);
  if (index !== undefined) return index;
  if (/^\d{1,6}$/.test(target) && Number(target) < stages.length) return Number(target);
  const names = [...named.keys()];
  return failAt(path, stages[0]?.from.line ?? 1)(
    `there is no stage ${shown(target)} for target${orRather(target, names)}`,
    names.length === 0
      ? `No stage has a name; target can be a number from 0 to ${stages.length - 1}.`
      : `Its stages are: ${names.join(", ")}.`,
  );
}

function fromOrigin(dockerfile: Dockerfile, stage: Stage, scope: GlobalScope, named: StagesByName): Origin {
  const fail = failAt(dockerfile.path, stage.from.line);
  const { value, missing } = expand(stage.base.text, scope, fail);
  const undeclared = missing.find((name) => !scope.names.has(name));
  if (undeclared !== undefined) {
    fail(
      `FROM ${shown(stage.base.text)} uses $${undeclared}, which no ARG before the first FROM declares${orRather(undeclared, scope.names)}`,
      `Write ARG ${undeclared}=<default> above the first FROM.`,
    );
  }
  if (value === "") {
    fail(
      `FROM ${shown(stage.base.text)} is empty: ${missing.map((name) => `$${name}`).join(" and ") || "it"} has no value`,
      "Give its ARG a default, or a value under args in images.yaml.",
    );
  }
  const earlier = named.get(value.toLowerCase())?.findLast((index) => index < stage.index);
  if (earlier !== undefined) return { kind: "stage", index: earlier };
  if (value === "scratch") return { kind: "scratch" };
  if (/^\d+$/.test(value)) {
    fail(`FROM ${value} is a number`, "Give that stage a name (FROM ... AS name) and use it here.");
  }
  checkImage(value, dockerfile, fail);
  return { kind: "image", text: value };
}

function ownPlatform(
  dockerfile: Dockerfile,
  stage: Stage,
  origin: Origin,
  scope: GlobalScope,
  settings: BuildSettings,
): Platform {
  if (stage.platformFlag === undefined || origin.kind === "scratch") return settings.platform;
  const fail = failAt(dockerfile.path, stage.from.line);
  return platformOf(stage.platformFlag, scope, settings, fail);
}

function linksOf(
  dockerfile: Dockerfile,
  stage: Stage,
  instruction: Instruction,
  inTrigger: boolean,
  named: StagesByName,
): readonly Link[] {
  const line = inTrigger ? stage.from.line : instruction.line;
  const fail = failAt(dockerfile.path, line);
  const link = (word: Word, use: Link["use"]): readonly Link[] =>
    word.text === ""
      ? []
      : [
          {
            origin: linkOrigin(dockerfile, stage, word.text, use, named, fail),
            instruction,
            word,
            use,
            line,
            inTrigger,
          },
        ];
  if (instruction.keyword === "COPY") {
    const from = instruction.flags.find(({ name }) => name === "from");
    if (from !== undefined && from.value === undefined)
      fail("COPY --from names nothing", "Write --from=<stage or image>.");
    return from?.value === undefined ? [] : link(from.value, "copy");
  }
  return instruction.mounts.flatMap((fields) =>
    fields.flatMap(({ key, value }) => (key === "from" && value !== undefined ? link(value, "mount") : [])),
  );
}

function linkOrigin(
  dockerfile: Dockerfile,
  stage: Stage,
  text: string,
  use: Link["use"],
  named: StagesByName,
  fail: Fail,
): Origin {
  const where = use === "copy" ? `COPY --from=${shown(text)}` : `RUN --mount from=${shown(text)}`;
  if (text.slice(0, -1).includes("$")) {
    fail(
      `${where} has a variable, which Docker does not replace there`,
      "Declare a stage (FROM image:$VARIABLE AS name) and take the files from it.",
    );
  }
  const { stages } = dockerfile;
  const found = stages[/^\d+$/.test(text) ? Number(text) : (named.get(text.toLowerCase())?.at(-1) ?? -1)];
  if (found !== undefined) {
    if (found.index < stage.index) return { kind: "stage", index: found.index };
    return fail(
      `${where} names ${found.index === stage.index ? "its own stage" : `a stage that begins later, on line ${found.from.line}`}`,
      "A stage can take files from earlier stages only.",
    );
  }
  if (/^\d+$/.test(text)) {
    fail(`${where}: there is no stage ${text}`, `The stages are numbered from 0 to ${stages.length - 1}.`);
  }
  if (text === "scratch") return { kind: "scratch" };
  checkImage(text, dockerfile, fail);
  return { kind: "image", text };
}
