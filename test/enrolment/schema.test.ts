import { readFileSync } from "node:fs";
import { _, Ajv } from "ajv";
import standaloneModule from "ajv/dist/standalone/index.js";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { describe, expect, test } from "vitest";
import schema from "../../images.schema.json" with { type: "json" };
import { formats } from "../../src/enrolment/formats.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";

interface SchemaNode {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly errorMessage?: string;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

const definitions = schema.definitions as Readonly<Record<string, SchemaNode>>;

const formatChecks = Object.fromEntries(
  Object.entries(formats).map(([name, explain]) => [name, (text: string) => explain(text) === undefined]),
);

function strictAjv(): Ajv {
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, formats: formatChecks });
  ajv.addKeyword("errorMessage");
  ajv.addSchema(schema, "images");
  return ajv;
}

/** The schema without what checks do not need: other words in a description leave the generated check alone. */
function withoutProse(value: unknown, isProperties = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutProse(item));
  if (value === null || typeof value !== "object") return value;
  const prose = isProperties ? [] : ["title", "description", "examples", "default"];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !prose.includes(key))
      .map(([key, inner]) => [key, withoutProse(inner, key === "properties" || key === "definitions")]),
  );
}

/** ajv's compiled code as a module: loading it takes a tenth of the time that ajv and a compilation take. */
function compiledCheck(): string {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    verbose: true,
    code: { source: true, esm: true, lines: true, formats: _`checks` },
    formats: formatChecks,
  });
  ajv.addKeyword("errorMessage");
  ajv.addSchema(withoutProse(schema) as object, "images");
  const checked = ["image", "defaults", "imagesWithDefaults"];
  for (const name of checked) ajv.addSchema({ $ref: `images#/definitions/${name}` }, name);
  const code = standaloneModule.default(ajv, Object.fromEntries(checked.map((name) => [name, name])));
  return [
    "// Made from images.schema.json by test/enrolment/schema.test.ts; not edited by hand.",
    'import { createRequire } from "node:module";',
    'import { formats } from "./formats.ts";',
    "const require = createRequire(import.meta.url);",
    "const checks = Object.fromEntries(",
    "  Object.entries(formats).map(([name, explain]) => [name, (text) => explain(text) === undefined]),",
    ");",
    code.replace('"use strict";', ""),
  ].join("\n");
}

describe("images.schema.json", () => {
  test("is a draft-07 schema that ajv takes in strict mode", () => {
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(() => strictAjv().compile({ $ref: "images#" })).not.toThrow();
  });

  test("is what the generated types say (vitest -u writes them anew)", async () => {
    const types = await compile(structuredClone(schema) as JSONSchema, "ImagesFile", {
      additionalProperties: false,
      bannerComment: "// Made from images.schema.json by test/enrolment/schema.test.ts; not edited by hand.",
      style: { printWidth: 110 },
    });
    await expect(types).toMatchFileSnapshot("../../src/enrolment/images-file.generated.ts");
  });

  test("is what the generated check was compiled from (vitest -u compiles it anew)", async () => {
    await expect(compiledCheck()).toMatchFileSnapshot("../../src/enrolment/images-check.generated.js");
  });

  test.each(Object.entries(definitions))(
    "%s has a description and examples that fit it",
    (name, definition) => {
      expect(definition.description).toMatch(/^\S.*\.$/);
      expect(definition.examples?.length).toBeGreaterThan(0);
      const validate = strictAjv().compile({ $ref: `images#/definitions/${name}` });
      for (const example of definition.examples ?? []) {
        expect(validate(example), `${JSON.stringify(example)}: ${JSON.stringify(validate.errors)}`).toBe(
          true,
        );
      }
    },
  );

  test("describes every field in a definition of its own, which is where editors look", () => {
    for (const definition of Object.values(definitions)) {
      for (const field of Object.values(definition.properties ?? {}))
        expect(field.$ref).toMatch(/^#\/definitions\//);
    }
  });

  test("has no format that is not checked, and none is checked in vain", () => {
    const used = new Set(Object.values(definitions).flatMap((definition) => definition.format ?? []));
    expect([...used].sort()).toEqual(Object.keys(formats).sort());
  });

  test("says of every list and mapping what is expected there", () => {
    for (const [name, definition] of Object.entries(definitions)) {
      if (definition.type === "array" || definition.type === "object")
        expect(definition.errorMessage, name).toMatch(/^expected /);
    }
  });

  test("accepts no field of defaults that entries lack", () => {
    const fields = Object.keys(definitions["image"]?.properties ?? {});
    for (const field of Object.keys(definitions["defaults"]?.properties ?? {}))
      expect(fields).toContain(field);
  });

  test("is found by editors through the line that the file itself names", () => {
    const text = "# yaml-language-server: $schema=images.schema.json\n- name: a\n  source: {folder: a}\n";
    expect(parseImages(text, "images.yaml", "/f").images).toHaveLength(1);
    expect(JSON.parse(readFileSync("images.schema.json", "utf8"))).toHaveProperty("anyOf");
  });
});
