import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Ajv, ErrorObject, ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import type { Manifest } from "../../cdk8s/manifest.ts";
import { ownRoot } from "../../src/setup/needs.ts";

/** Schemas of Kargo and Argo Rollouts, as their projects publish them; undefined where there are none. */
export const crdsFolder = [process.env["CRDS_DIR"], join(ownRoot, "../shared/crds")].find(
  (folder) => folder !== undefined && existsSync(join(folder, "step-schemas")),
);

interface Schema {
  readonly [keyword: string]: unknown;
}

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

export interface KargoSchemas {
  /** Everything that an API server, and Kargo after it, would find wrong with an object. */
  readonly problemsOf: (object: Manifest) => readonly string[];
}

/** @param folder as `crdsFolder`. */
export function readKargoSchemas(folder: string): KargoSchemas {
  // A pattern of the Warehouse is one of RE2, and no JavaScript of the u flag.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false });
  const kinds = compiledKinds(folder, ajv);
  const steps = onDemand(join(folder, "step-schemas"), "-config.json", ajv);
  const subscriptions = onDemand(join(folder, "subscription-schemas"), ".json", ajv);

  const check = (name: string, validate: ValidateFunction | undefined, value: unknown): readonly string[] => {
    if (validate === undefined) return [`${name}: there is no such schema`];
    return validate(value) ? [] : (validate.errors ?? []).map((error) => `${name}${shown(error)}`);
  };
  return {
    problemsOf: (object) => {
      const { spec } = object as unknown as { readonly spec?: Opaque };
      return [
        ...check(object.kind, kinds.get(object.kind), object),
        ...(spec?.subscriptions ?? []).flatMap((subscription) =>
          Object.entries(subscription).flatMap(([kind, value]) =>
            check(`subscription ${kind}`, subscriptions(kind), value),
          ),
        ),
        ...(spec?.promotionTemplate?.spec.steps ?? []).flatMap(({ uses, config }) =>
          check(`step ${uses}`, steps(uses), evaluated(config)),
        ),
      ];
    },
  };
}

/** What the CRDs leave to Kargo. */
interface Opaque {
  readonly subscriptions?: readonly object[];
  readonly promotionTemplate?: {
    readonly spec: { readonly steps: readonly { readonly uses: string; readonly config: object }[] };
  };
}

function compiledKinds(folder: string, ajv: Ajv): ReadonlyMap<string, ValidateFunction> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    /(?:_projects|projectconfigs|warehouses|_stages|_analysistemplates)\.yaml$/.test(file),
  );
  return new Map(
    files.map((file) => {
      const { spec } = parse(readFileSync(join(folder, file), "utf8")) as Definition;
      return [spec.names.kind, ajv.compile(strict(spec.versions[0]?.schema.openAPIV3Schema ?? {}))];
    }),
  );
}

/** The check of `<name><ending>`, which is compiled when somebody asks for it; undefined where there is no such file. */
function onDemand(folder: string, ending: string, ajv: Ajv): (name: string) => ValidateFunction | undefined {
  const known = new Map<string, ValidateFunction>();
  return (name) => {
    const file = join(folder, `${name}${ending}`);
    if (!existsSync(file)) return undefined;
    const check = known.get(name) ?? ajv.compile(JSON.parse(readFileSync(file, "utf8")) as Schema);
    known.set(name, check);
    return check;
  };
}

/** A structural schema as server-side apply takes it: a field that it does not know is a mistake. */
function strict(schema: Schema): Schema {
  const entries = Object.entries(schema).map(([keyword, value]) => [keyword, strictly(value)] as const);
  const closes =
    "properties" in schema &&
    schema["type"] === "object" &&
    !("additionalProperties" in schema) &&
    schema["x-kubernetes-preserve-unknown-fields"] !== true;
  return { ...Object.fromEntries(entries), ...(closes ? { additionalProperties: false } : {}) };
}

function strictly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strictly);
  return value === null || typeof value !== "object" ? value : strict(value as Schema);
}

/** A config as it is when Kargo has put values in the place of its expressions. */
function evaluated(config: object): unknown {
  const text = JSON.stringify(config).replaceAll(/\$\{\{.*?\}\}/g, `sha256:${"0".repeat(64)}`);
  return JSON.parse(text);
}

function shown({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message ?? ""} ${JSON.stringify(params)}`;
}
