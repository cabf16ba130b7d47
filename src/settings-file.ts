import type { ErrorObject } from "ajv";
import schema from "../factory.schema.json" with { type: "json" };
import { type Path, type Problem, seen } from "./enrolment/problem.ts";
import { problemLines } from "./enrolment/problem-lines.ts";
import { didYouMean } from "./enrolment/suggestion.ts";
import { readYaml } from "./enrolment/yaml-tree.ts";
import { FactoryError } from "./errors.ts";
import { settings } from "./settings-check.generated.js";

/** What factory.schema.json finds wrong with settings, each problem by its path. */
export function checkSettings(value: unknown): readonly Problem[] {
  return settings(value) ? [] : (settings.errors ?? []).map(problemOf);
}

/**
 * The settings in the text of factory.yaml.
 * @throws FactoryError "settings-invalid" with every problem as `factory.yaml:LINE:COL: <path>: expected …, got …`.
 */
export function parseSettings(text: string): Readonly<Record<string, unknown>> {
  const tree = readYaml(text);
  // A file of comments alone is a null, and means nothing yet.
  const value = tree.value ?? {};
  const problems = [...tree.problems, ...(tree.problems.length > 0 ? [] : checkSettings(value))];
  if (problems.length > 0) {
    throw new FactoryError("settings-invalid", "factory.yaml is wrong", {
      problems: problemLines(problems, tree, "factory.yaml"),
      hint: "factory.schema.json describes every setting.",
    });
  }
  return value as Readonly<Record<string, unknown>>;
}

function problemOf({ instancePath, keyword, params, parentSchema, data }: ErrorObject): Problem {
  const path: Path = instancePath
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  if (keyword === "additionalProperties") {
    const key = String((params as { additionalProperty: unknown }).additionalProperty);
    const hint = didYouMean(key, Object.keys(schema.properties));
    return {
      path: [key],
      onKey: true,
      text: `expected a known key${hint}, got ${seen(key, undefined)}`,
    };
  }
  const { errorMessage } = parentSchema as { errorMessage: string };
  return { path, text: `${errorMessage}, got ${withoutPassword(data)}` };
}

/** What was seen; a text with an @ that no digest follows may have a password before it, and is not repeated. */
function withoutPassword(data: unknown): string {
  return typeof data === "string" && /@(?!sha256:)/.test(data)
    ? `a text of ${data.length} characters with an @ in it`
    : seen(data, undefined);
}
