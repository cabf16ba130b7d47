import { Ajv } from "ajv";
import standaloneModule from "ajv/dist/standalone/index.js";
import { expect, test } from "vitest";
import schema from "../factory.schema.json" with { type: "json" };

/** ajv's compiled code as a module: with it no command that has a setting loads ajv and compiles the schema. */
function compiledCheck(): string {
  const ajv = new Ajv({ allErrors: true, verbose: true, code: { source: true, esm: true, lines: true } });
  ajv.addKeyword("errorMessage");
  ajv.addSchema(schema, "settings");
  return [
    "// Made from factory.schema.json by test/settings-schema.test.ts; not edited by hand.",
    'import { createRequire } from "node:module";',
    "const require = createRequire(import.meta.url);",
    standaloneModule.default(ajv, { settings: "settings" }).replace('"use strict";', ""),
  ].join("\n");
}

test("factory.schema.json is what the generated check was compiled from (vitest -u compiles it anew)", async () => {
  await expect(compiledCheck()).toMatchFileSnapshot("../src/settings-check.generated.js");
});
