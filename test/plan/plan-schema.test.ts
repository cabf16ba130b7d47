import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it } from "vitest";
import schema from "../../plan.schema.json" with { type: "json" };
import { reportBlastRadius } from "../../src/command/blast-radius-report.ts";
import { reportPlan } from "../../src/command/plan-report.ts";
import { FactoryError } from "../../src/errors.ts";
import type { ImageFacts } from "../../src/plan/image-facts.ts";
import type { BuildPlan, PlanRequest } from "../../src/plan/plan-step.ts";
import type { ResolvedImage, Resolver } from "../../src/resolve/resolver.ts";
import { automaticKinds, leaveCauses } from "./automatic-samples.ts";
import { request } from "./facts.ts";
import { everyKind, kinds } from "./samples.ts";

interface Node {
  readonly $ref?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Node;
  readonly items?: Node;
}

const definitions = schema.definitions as Readonly<Record<string, Node>>;
const ajv = new Ajv({ strict: true, allowUnionTypes: true }).addSchema(schema, "plan");
const check = ajv.compile({ $ref: "plan#" });

/** A resolver that has found these facts, and failed at one image. */
function resolverOf(facts: readonly ImageFacts[]): Resolver {
  const images = new Map(facts.map((image) => [image.enrolment.name, { facts: image } as ResolvedImage]));
  const wrong = new FactoryError("dockerfile-invalid", "broken: Dockerfile:1: no FROM", {
    hint: "Write one.",
    problems: ["Dockerfile:1: no FROM"],
  });
  return {
    resolve: async () => ({
      images,
      failures: new Map<string, unknown>([
        ["broken", wrong],
        ["odd", new Error("odd")],
      ]),
    }),
    watched: async () => [],
    close: async () => undefined,
  };
}

/** What a report prints to stdout. */
async function printed(
  report: (door: {
    print: (line: string) => void;
    showError: () => void;
    log: () => void;
  }) => Promise<unknown>,
) {
  const lines: string[] = [];
  await report({ print: (line) => lines.push(line), showError: () => undefined, log: () => undefined });
  return JSON.parse(lines.join("\n")) as object;
}

const all = [...everyKind, ...automaticKinds];
const resolver = resolverOf(all);
const names = all.map(({ enrolment }) => enrolment.name);
const radius = { all: names, watched: [], resolver, json: true };
const plan = (images: readonly string[], changes: Partial<PlanRequest> = {}, from = resolver) =>
  printed((door) => reportPlan(request(images, changes), from, door, { form: "json", watched: false }));
const hold = { why: "it crashes", at: "2026-01-01T00:00:00.000Z" };
/** Nothing waits for a base that is held itself. */
const held = resolverOf(
  all.map((image) => (["root", "stale-base"].includes(image.enrolment.name) ? image : { hold, ...image })),
);

/** Everything that the two commands print of facts of every kind. */
const plans = [
  await plan(names, { fixes: true }),
  await plan(names, { mode: "automatic" }),
  await plan(names, { mode: "automatic" }, held),
  await plan(["kept"], { force: true, epoch: 1 }),
] as BuildPlan[];
const outputs = [
  ...plans,
  await printed((door) => reportBlastRadius("debian:12", radius, door)),
  await printed((door) => reportBlastRadius(["root"], radius, door)),
  await printed((door) => reportBlastRadius("nobody:1", radius, door)),
];

describe("plan.schema.json", () => {
  it("is a draft-07 schema that takes all that plan prints as JSON", () => {
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    for (const output of outputs) expect(check(output), JSON.stringify(check.errors)).toBe(true);
  });

  it("is held to plans of every kind of step, reason and cause", () => {
    const steps = plans.flatMap((each) => each.steps);
    const seen = (of: readonly { readonly kind: string }[]) => new Set(of.map(({ kind }) => kind));
    expect(new Set(steps.map(({ action }) => action))).toEqual(new Set(kinds.actions));
    expect(seen(steps.flatMap((step) => ("reasons" in step ? step.reasons : [])))).toEqual(
      new Set(kinds.reasons),
    );
    expect(seen(steps.flatMap((step) => (step.action === "leave" ? step.cause : [])))).toEqual(
      new Set(leaveCauses),
    );
    const pending = plans.flatMap((each) => Object.values(each.pending).flat());
    expect(seen(pending.map(({ cause }) => cause))).toEqual(new Set(kinds.causes));
    expect(seen(plans.flatMap((each) => Object.values(each.problems).flat()))).toEqual(
      new Set(kinds.problems),
    );
  });

  it("has no field that never occurs, and none that it calls optional always occurs", () => {
    const seen = new Map<Node, { readonly objects: number; readonly fields: Map<string, number> }>();
    for (const output of outputs) walk(output, schema as Node, seen);
    for (const node of objectsIn(schema as Node)) {
      const { objects, fields } = seen.get(node) ?? { objects: 0, fields: new Map<string, number>() };
      const all = Object.keys(node.properties ?? {});
      expect([...fields.keys()].sort(), node.description).toEqual(all.toSorted());
      const always = all.filter((name) => fields.get(name) === objects);
      expect(always.toSorted(), node.description).toEqual([...(node.required ?? [])].sort());
    }
  });

  it("refuses a field that it does not name", () => {
    expect(check({ ...plans[0], more: 1 })).toBe(false);
    for (const node of objectsIn(schema as Node))
      expect(node.additionalProperties, node.description).toBe(false);
  });

  it.each(Object.entries(definitions))(
    "%s has a description and examples that fit it",
    (name, definition) => {
      expect(definition.description).toMatch(/^\S.*\.$/);
      expect(definition.examples?.length).toBeGreaterThan(0);
      const fits = ajv.compile({ $ref: `plan#/definitions/${name}` });
      for (const example of definition.examples ?? [])
        expect(fits(example), JSON.stringify(fits.errors)).toBe(true);
    },
  );
});

function resolved(node: Node): Node {
  const name = node.$ref?.slice("#/definitions/".length);
  return name === undefined ? node : (definitions[name] ?? {});
}

const validators = new Map<Node, ValidateFunction>();
function fits(value: unknown, node: Node): boolean {
  const known = validators.get(node) ?? ajv.compile(absolute(node) as object);
  validators.set(node, known);
  return known(value);
}

/** The same with references that hold outside the schema. */
function absolute(node: unknown): unknown {
  return JSON.parse(JSON.stringify(node).replaceAll('"$ref":"#/', '"$ref":"plan#/'));
}

/** Counts, for each object of the schema, how often it occurs in a value, and each of its fields. */
function walk(
  value: unknown,
  reference: Node,
  seen: Map<Node, { objects: number; readonly fields: Map<string, number> }>,
): void {
  const node = resolved(reference);
  for (const branch of node.anyOf ?? []) if (fits(value, branch)) walk(value, branch, seen);
  if (Array.isArray(value))
    for (const item of value) if (node.items !== undefined) walk(item, node.items, seen);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return;
  if (typeof node.additionalProperties === "object")
    for (const inner of Object.values(value)) walk(inner, node.additionalProperties, seen);
  if (node.properties === undefined) return;
  const own = seen.get(node) ?? { objects: 0, fields: new Map<string, number>() };
  own.objects += 1;
  seen.set(node, own);
  for (const [name, inner] of Object.entries(value)) {
    own.fields.set(name, (own.fields.get(name) ?? 0) + 1);
    walk(inner, node.properties[name] ?? {}, seen);
  }
}

/** Every object with fields of its own. */
function objectsIn(node: Node): readonly Node[] {
  const inner = [
    ...Object.values((node as { definitions?: Record<string, Node> }).definitions ?? {}),
    ...(node.anyOf ?? []),
    ...Object.values(node.properties ?? {}),
    ...(node.items === undefined ? [] : [node.items]),
  ];
  return [...(node.properties === undefined ? [] : [node]), ...inner.flatMap(objectsIn)];
}
