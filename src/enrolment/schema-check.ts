import type { ValidateFunction } from "ajv";
import schema from "../../images.schema.json" with { type: "json" };
import { formats } from "./formats.ts";
import { defaults, image, imagesWithDefaults } from "./images-check.generated.js";
import type { Path, Problem } from "./problem.ts";
import { type SchemaWords, schemaProblems } from "./schema-problems.ts";
import type { YamlTree } from "./yaml-tree.ts";

/** The parts of images.schema.json that are checked one by one, so that each problem has its own place. */
const validators = { image, defaults, imagesWithDefaults } as const;
type Definition = keyof typeof validators;

const words: SchemaWords = {
  definitions: schema.definitions as SchemaWords["definitions"],
  formats,
  synonyms: {
    branch: "ref",
    tag: "ref",
    commit: "ref",
    "build-args": "args",
    build_args: "args",
    buildArgs: "args",
    stage: "target",
    timeout: "timeouts",
    arch: "platforms",
  },
};

/** Every problem that the schema finds in a value, which stands at `at` in the tree. */
export function checkSchema(
  definition: Definition,
  value: unknown,
  at: Path,
  tree: YamlTree,
): readonly Problem[] {
  const validate: ValidateFunction = validators[definition];
  return validate(value) ? [] : schemaProblems(validate.errors ?? [], at, tree, words);
}
