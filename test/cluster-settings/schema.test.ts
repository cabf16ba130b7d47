import { _, Ajv } from "ajv";
import standaloneModule from "ajv/dist/standalone/index.js";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { describe, expect, test } from "vitest";
import schema from "../../cluster.schema.json" with { type: "json" };
import { formats } from "../../src/cluster/formats.ts";

interface SchemaNode {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly errorMessage?: string;
  readonly format?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

const formatChecks = Object.fromEntries(
  Object.entries(formats).map(([name, explain]) => [name, (text: string) => explain(text) === undefined]),
);

function strictAjv(): Ajv {
  const ajv = new Ajv({ allErrors: true, strict: true, formats: formatChecks, strictTypes: false });
  ajv.addKeyword("errorMessage");
  return ajv;
}

/** ajv's compiled code as a module, as of the other schemas. */
function compiledCheck(): string {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    code: { source: true, esm: true, lines: true, formats: _`checks` },
    formats: formatChecks,
  });
  ajv.addKeyword("errorMessage");
  ajv.addSchema(schema, "cluster");
  return [
    "// Made from cluster.schema.json by test/cluster-settings/schema.test.ts; not edited by hand.",
    'import { createRequire } from "node:module";',
    'import { formats } from "./formats.ts";',
    "const require = createRequire(import.meta.url);",
    "const checks = Object.fromEntries(",
    "  Object.entries(formats).map(([name, explain]) => [name, (text) => explain(text) === undefined]),",
    ");",
    standaloneModule.default(ajv, { cluster: "cluster" }).replace('"use strict";', ""),
  ].join("\n");
}

/** Every key of the schema by its path, the keys inside keys too. */
function keysOf(node: SchemaNode, path = ""): readonly (readonly [string, SchemaNode])[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, key]) => [
    [`${path}${name}`, key] as const,
    ...keysOf(key, `${path}${name}.`),
  ]);
}

const keys = keysOf(schema as SchemaNode);

describe("cluster.schema.json", () => {
  test("is a draft-07 schema that ajv takes in strict mode", () => {
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(() => strictAjv().compile(schema)).not.toThrow();
  });

  test("is what the generated types say (vitest -u writes them anew)", async () => {
    const types = await compile({ ...structuredClone(schema), title: "ClusterFile" } as JSONSchema, "", {
      additionalProperties: false,
      bannerComment:
        "// Made from cluster.schema.json by test/cluster-settings/schema.test.ts; not edited by hand.",
      style: { printWidth: 110 },
    });
    await expect(types).toMatchFileSnapshot("../../src/cluster/cluster-file.generated.ts");
  });

  test("is what the generated check was compiled from (vitest -u compiles it anew)", async () => {
    await expect(compiledCheck()).toMatchFileSnapshot("../../src/cluster/cluster-check.generated.js");
  });

  test.each(keys)("%s has a description, examples that fit it and words for what does not", (_name, key) => {
    expect(key.description).toMatch(/^\S.*\.$/);
    expect(key.errorMessage).toMatch(/^expected /);
    expect(key.examples?.length).toBeGreaterThan(0);
    const validate = strictAjv().compile(key as object);
    for (const example of key.examples ?? [])
      expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
  });

  test("has no format that is not checked, and none is checked in vain", () => {
    const used = new Set(keys.flatMap(([, key]) => key.format ?? []));
    expect([...used].sort()).toEqual(Object.keys(formats).sort());
  });
});
