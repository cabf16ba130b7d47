import type { Dockerfile, Instruction } from "./dockerfile.ts";
import { type Edit, edit } from "./edits.ts";
import type { Origin, ResolvedStage, StageGraph } from "./graph.ts";
import { declaration, isAutomatic } from "./variables.ts";

/** By what one name each stage is called that another one uses. */
export type StageNames = ReadonlyMap<number, string>;

/**
 * Chooses the names. buildah minds the case of names, reads numbers as positions among the stages that are left and
 * has rules of its own for a name that is given twice: none of these is left to it.
 */
export function stageNames({ reached }: StageGraph): StageNames {
  const used = new Set<number>();
  const count = new Map<string, number>();
  for (const { stage, origin, links } of reached) {
    if (stage.name !== undefined) count.set(stage.name, (count.get(stage.name) ?? 0) + 1);
    for (const each of [origin, ...links.map((link) => link.origin)]) {
      if (each.kind === "stage") used.add(each.index);
    }
  }
  const names = new Map<number, string>();
  for (const [position, { stage }] of reached.entries()) {
    if (!used.has(stage.index)) continue;
    let name = stage.name;
    if (name === undefined || name === "scratch" || count.get(name) !== 1) {
      name = `stage-${position}`;
      while (count.has(name)) name += "-x";
    }
    names.set(stage.index, name);
  }
  return names;
}

export function nameOf(origin: Origin, names: StageNames): string | undefined {
  return origin.kind === "stage" ? names.get(origin.index) : undefined;
}

/**
 * What every text made from a Dockerfile has in common: stages that are not reached are emptied, the others use one
 * name each, and automatic arguments have no default (buildah 1.28 and 1.39 each do something else with one).
 * @param imageAt what stands for an image that a place names; undefined leaves it as written.
 */
export function stageEdits(
  dockerfile: Dockerfile,
  graph: StageGraph,
  names: StageNames,
  imageAt: (stage: ResolvedStage, place: "from" | ResolvedStage["links"][number]) => string | undefined,
): readonly Edit[] {
  return [
    ...emptied(dockerfile, graph),
    ...dockerfile.globals.flatMap(withoutAutomaticDefaults),
    ...graph.reached.flatMap((resolved) => [
      ...fromEdits(resolved, names, imageAt(resolved, "from")),
      ...resolved.links.flatMap((link) => {
        const text = link.inTrigger ? undefined : (nameOf(link.origin, names) ?? imageAt(resolved, link));
        return text === undefined ? [] : [edit(link.word, text)];
      }),
      ...resolved.stage.instructions.flatMap(withoutAutomaticDefaults),
    ]),
  ];
}

function emptied(dockerfile: Dockerfile, { reached }: StageGraph): readonly Edit[] {
  const kept = new Set(reached.map(({ stage }) => stage.index));
  return dockerfile.stages
    .filter(({ index }) => !kept.has(index))
    .map(({ index, from }) => ({
      start: from.start,
      end: dockerfile.stages[index + 1]?.from.start ?? dockerfile.text.length,
      text: "",
    }));
}

function fromEdits(
  { stage, origin }: ResolvedStage,
  names: StageNames,
  image: string | undefined,
): readonly Edit[] {
  const name = names.get(stage.index);
  const base = origin.kind === "scratch" ? "scratch" : (nameOf(origin, names) ?? image);
  const edits: Edit[] = [];
  if (stage.nameWord !== undefined) {
    if (base !== undefined) edits.push(edit(stage.base, base));
    if (name !== undefined) edits.push(edit(stage.nameWord, name));
  } else if (base !== undefined || name !== undefined) {
    edits.push(edit(stage.base, `${base ?? stage.base.text}${name === undefined ? "" : ` AS ${name}`}`));
  }
  return edits;
}

function withoutAutomaticDefaults(instruction: Instruction): readonly Edit[] {
  if (instruction.keyword !== "ARG") return [];
  return instruction.words.flatMap((word) => {
    const { name, fallback } = declaration(word);
    return fallback !== undefined && isAutomatic(name) ? [edit(word, name)] : [];
  });
}
