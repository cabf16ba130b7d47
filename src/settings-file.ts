import { Ajv, type ErrorObject } from "ajv";
import { isMap, LineCounter, type Node, parseDocument } from "yaml";
import schema from "../factory.schema.json" with { type: "json" };
import { didYouMean } from "./enrolment/suggestion.ts";
import { FactoryError } from "./errors.ts";

/** One thing that is wrong with a settings object. */
export interface SettingsProblem {
  /** Keys and indices from the top. */
  readonly path: readonly (string | number)[];
  /** What stands there instead of what it should be, or the whole sentence of an unknown key. */
  readonly expected: string;
  readonly unknownKey?: string;
}

/** What factory.schema.json finds wrong. */
export function checkSettings(value: unknown): readonly SettingsProblem[] {
  const validate = new Ajv({ allErrors: true, validateSchema: false, strict: false }).compile(schema);
  return validate(value) ? [] : (validate.errors ?? []).map(problemOf);
}

/**
 * The settings in the text of factory.yaml.
 * @throws FactoryError "settings-invalid" with every problem as `factory.yaml:LINE:COL: …`.
 */
export function parseSettings(text: string): Readonly<Record<string, unknown>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, schema: "core" });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `factory.yaml:${line}:${col}`;
  };
  const syntax = [...document.errors, ...document.warnings].map(
    ({ pos: [start], message }) => `${at(start)}: ${message.split("\n")[0]?.replace(/ at line .*$/, "")}`,
  );
  if (syntax.length > 0) throw invalid(syntax);
  if (document.contents === null) return {};
  if (!isMap(document.contents)) throw invalid([`${at(0)}: expected a mapping of settings`]);
  const value = document.toJS({ maxAliasCount: 10 }) as Readonly<Record<string, unknown>>;
  const problems = checkSettings(value).map(({ path, expected, unknownKey }) => {
    const node = document.getIn([...path], true) as Node | undefined;
    const place = at(node?.range?.[0] ?? 0);
    if (unknownKey !== undefined) {
      const key = isMap(document.contents)
        ? document.contents.items.find((pair) => String(pair.key) === unknownKey)?.key
        : undefined;
      return `${at((key as Node | undefined)?.range?.[0] ?? 0)}: unknown key ${unknownKey}${didYouMean(unknownKey, Object.keys(schema.properties))}`;
    }
    return `${place}: ${path.join(".")}: expected ${expected}, got ${JSON.stringify(document.getIn([...path]))}`;
  });
  if (problems.length > 0) throw invalid(problems);
  return value;
}

function problemOf({ instancePath, keyword, params, message }: ErrorObject): SettingsProblem {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const own = params as {
    readonly additionalProperty?: string;
    readonly type?: string;
    readonly pattern?: string;
  };
  if (keyword === "additionalProperties" && own.additionalProperty !== undefined) {
    return { path, expected: "", unknownKey: own.additionalProperty };
  }
  if (keyword === "type")
    return { path, expected: `${own.type === "integer" ? "a whole number" : `a ${own.type}`}` };
  const key = path[0] as keyof typeof schema.properties;
  const examples = schema.properties[key]?.examples ?? [];
  if (keyword === "pattern") return { path, expected: `something like ${JSON.stringify(examples[0])}` };
  return { path, expected: (message ?? "another value").replace(/^must be /, "") };
}

function invalid(problems: readonly string[]): FactoryError {
  return new FactoryError("settings-invalid", "factory.yaml is wrong", {
    problems,
    hint: "factory.schema.json describes every setting.",
  });
}
