import type { Dockerfile, Instruction } from "./dockerfile.ts";
import { type Environment, expand, newBudget } from "./expand.ts";
import { type StageGraph, type Step, stepsOf } from "./graph.ts";
import {
  type ArgumentDeclaration,
  automaticArguments,
  type BuildSettings,
  declaration,
  isAutomatic,
} from "./variables.ts";

/** Goes through the steps of the stages that are reached, each with the variables that it sees, and gathers. */
export function visitSteps<T>(
  dockerfile: Dockerfile,
  graph: StageGraph,
  settings: BuildSettings,
  visit: (step: Step, environment: Environment) => readonly T[],
): readonly T[] {
  const automatics: Readonly<Record<string, string>> = automaticArguments(dockerfile, settings);
  const budget = newBudget();
  const variables = new Map<number, Variables>();
  return graph.reached.flatMap((resolved) => {
    const base = resolved.origin.kind === "stage" ? variables.get(resolved.origin.index) : undefined;
    const own: Variables = { values: new Map(), base };
    variables.set(resolved.stage.index, own);
    const environment = {
      lookup: (name: string) => currentValue(own, name),
      escape: dockerfile.escape,
      budget,
    };
    const argument = ({ name, fallback }: ArgumentDeclaration) => {
      if (Object.hasOwn(settings.args, name)) return settings.args[name];
      if (isAutomatic(name)) return automatics[name];
      return fallback === undefined ? graph.scope.lookup(name) : expanded(fallback, environment);
    };
    return stepsOf(resolved).flatMap(({ instruction, line }) => {
      const found = visit({ instruction, line }, environment);
      if (instruction.keyword === "ARG") {
        for (const declared of instruction.words.map(declaration)) {
          own.values.set(declared.name, argument(declared) ?? currentValue(own, declared.name));
        }
      } else if (instruction.keyword === "ENV") {
        for (const [name, value] of pairsOf(instruction)) own.values.set(name, expanded(value, environment));
      }
      return found;
    });
  });
}

/** What COPY or ADD takes, variables replaced as far as the Dockerfile gives their values. */
export function sourcesOf({ json, words }: Instruction, environment: Environment): readonly string[] {
  const sources = (json ?? words.map(({ text }) => text)).slice(0, -1);
  return sources.map((source) => expanded(source, environment) ?? source);
}

/** What ARG and ENV have set so far in a stage, over what its base stage had set. */
interface Variables {
  readonly values: Map<string, string | undefined>;
  readonly base: Variables | undefined;
}

function currentValue(variables: Variables, name: string): string | undefined {
  for (let at: Variables | undefined = variables; at !== undefined; at = at.base) {
    if (at.values.has(name)) return at.values.get(name);
  }
  return undefined;
}

function pairsOf({ words }: Instruction): readonly (readonly [string, string])[] {
  const [first, ...others] = words.map(({ text }) => text);
  if (first === undefined) return [];
  if (!first.includes("=")) return [[first, others.join(" ")]];
  return words.map(({ text }) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]);
}

/** The value, or undefined where the Dockerfile alone does not tell it: the base image may set variables too. */
export function expanded(text: string, environment: Environment): string | undefined {
  const unknown = Symbol("unknown");
  try {
    const { value, missing } = expand(text, environment, () => {
      throw unknown;
    });
    return missing.length === 0 ? value : undefined;
  } catch (error) {
    if (error === unknown) return undefined;
    throw error;
  }
}
