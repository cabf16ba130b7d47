import type { ErrorObject } from "ajv";
import { type Path, type Problem, seen } from "./problem.ts";
import { didYouMean } from "./suggestion.ts";
import type { YamlTree } from "./yaml-tree.ts";

/** What of a JSON schema the sentences about problems are made of. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly errorMessage?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/** What the words of one schema mean. */
export interface SchemaWords {
  readonly definitions: Readonly<Record<string, SchemaNode>>;
  /** What is wrong with a text of each format, as `expected …`, or undefined. */
  readonly formats: Readonly<Record<string, (text: string) => string | undefined>>;
  /** Keys that people bring from other tools, and what they mean here. */
  readonly synonyms: Readonly<Record<string, string>>;
}

/** One problem for each thing that ajv found wrong with a value, which stands at `at` in the tree. */
export function schemaProblems(
  errors: readonly ErrorObject[],
  at: Path,
  tree: YamlTree,
  words: SchemaWords,
): readonly Problem[] {
  const withUnknownKeys = new Set(
    errors.filter((error) => error.keyword === "additionalProperties").map((error) => error.instancePath),
  );
  return errors
    .filter((error) => error.keyword !== "propertyNames" && error.keyword !== "$ref")
    .filter((error) => !(isCount(error) && withUnknownKeys.has(error.instancePath)))
    .map((error) => problemOf(error, at, tree, words));
}

/** How many keys there are says nothing more where some of them are unknown. */
function isCount(error: ErrorObject): boolean {
  return error.keyword === "minProperties" || error.keyword === "maxProperties";
}

function problemOf(error: ErrorObject, at: Path, tree: YamlTree, words: SchemaWords): Problem {
  const path = [...at, ...pathOf(error, value(tree, at))];
  const node = (error.parentSchema ?? {}) as SchemaNode;
  const { params } = error as { params: Record<string, unknown> };
  if (error.propertyName !== undefined) {
    const key = [...path, error.propertyName];
    return {
      path: key,
      onKey: true,
      text: `${expectation(node, words)}, got ${seen(error.propertyName, undefined)}`,
    };
  }
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(params["additionalProperty"]);
      return { path: [...path, key], onKey: true, text: unknownKey(key, node, words) };
    }
    case "required": {
      const key = String(params["missingProperty"]);
      return { path: [...path, key], text: `${expectation(node.properties?.[key], words)}, got nothing` };
    }
    case "type":
      return { path, text: wrongType(error, node, path, tree, words) };
    case "enum":
      return {
        path,
        text: `${node.errorMessage ?? oneOf(params["allowedValues"])}, got ${shown(error.data, path, tree)}`,
      };
    case "minProperties":
    case "maxProperties": {
      const keys = Object.keys(error.data as object);
      return {
        path,
        text: `${expectation(node, words)}, got ${keys.length === 0 ? "an empty mapping" : keys.join(" and ")}`,
      };
    }
    case "uniqueItems":
      return { path: [...path, Number(params["i"])], text: "expected each item once, got one again" };
    case "minItems":
      return { path, text: `${expectation(node, words)} with at least one item, got an empty one` };
    case "maxLength":
      return {
        path,
        text: `expected at most ${String(params["limit"])} characters, got ${[...String(error.data)].length}`,
      };
    case "format": {
      const explain = words.formats[String(params["format"])];
      const expected = explain?.(String(error.data)) ?? expectation(node, words);
      return { path, text: `${expected}, got ${shown(error.data, path, tree)}` };
    }
    default:
      return { path, text: `${expectation(node, words)}, got ${shown(error.data, path, tree)}` };
  }
}

function wrongType(
  error: ErrorObject,
  node: SchemaNode,
  path: Path,
  tree: YamlTree,
  words: SchemaWords,
): string {
  const text = `${expectation(node, words)}, got ${shown(error.data, path, tree)}`;
  const wantsText = [node.type].flat().includes("string");
  if (!wantsText || (typeof error.data !== "number" && typeof error.data !== "boolean")) return text;
  const source = tree.sourceOf(path) ?? String(error.data);
  return fits(source, node, words) ? `${text} (write it in quotes: ${JSON.stringify(source)})` : text;
}

function fits(text: string, { format, pattern }: SchemaNode, { formats }: SchemaWords): boolean {
  const wrong = format === undefined ? undefined : formats[format]?.(text);
  return wrong === undefined && (pattern === undefined || new RegExp(pattern, "u").test(text));
}

function unknownKey(key: string, node: SchemaNode, { synonyms }: SchemaWords): string {
  const known = Object.keys(node.properties ?? {});
  const got = `got ${seen(key, undefined)}`;
  const meant = synonyms[key];
  if (meant !== undefined && known.includes(meant)) {
    return `expected a known key (did you mean ${JSON.stringify(meant)}?), ${got}`;
  }
  const hint = didYouMean(key, known);
  return hint === "" ? `expected one of ${known.join(", ")}, ${got}` : `expected a known key${hint}, ${got}`;
}

/** Where values may be secrets that someone put into the wrong place: they are not repeated. */
function shown(data: unknown, path: Path, tree: YamlTree): string {
  const secret = path.includes("secrets") || path.includes("credentials");
  if (secret && typeof data === "string") return `a text of ${data.length} characters`;
  return seen(data, tree.sourceOf(path));
}

function expectation(node: SchemaNode | undefined, { definitions }: SchemaWords): string {
  const resolved = node?.$ref === undefined ? node : definitions[node.$ref.slice("#/definitions/".length)];
  if (resolved?.errorMessage !== undefined) return resolved.errorMessage;
  return resolved?.type === "boolean" ? "expected true or false" : "expected a text";
}

function oneOf(values: unknown): string {
  const names = Array.isArray(values) ? values.map(String) : [];
  return `expected ${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}

/** ajv writes JSON pointers, in which an index is known from a key only by what it points into. */
function pathOf(error: ErrorObject, root: unknown): Path {
  const parts: (string | number)[] = [];
  let parent = root;
  for (const raw of error.instancePath.split("/").slice(1)) {
    const key = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    const part = Array.isArray(parent) ? Number(key) : key;
    parts.push(part);
    parent = (parent as Record<string | number, unknown> | undefined)?.[part];
  }
  return parts;
}

function value(tree: YamlTree, at: Path): unknown {
  let found: unknown = tree.value;
  for (const part of at) found = (found as Record<string | number, unknown> | undefined)?.[part];
  return found;
}
