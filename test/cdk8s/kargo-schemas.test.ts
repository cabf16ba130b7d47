import { describe, expect, it } from "vitest";
import type { Manifest } from "../../cdk8s/manifest.ts";
import { crdsFolder, readKargoSchemas } from "./crd-schemas.ts";
import { objectsOf } from "./objects.ts";
import { kargoProps, sampleProps } from "./samples.ts";

const why = crdsFolder === undefined ? ": skipped, for CRDS_DIR names no folder with their CRDs" : "";

const schemas = crdsFolder === undefined ? undefined : readKargoSchemas(crdsFolder);
const problemsOf = (object: Manifest) => schemas?.problemsOf(object) ?? [];
const objects = [...objectsOf(await kargoProps()), ...objectsOf(await sampleProps())].filter(
  ({ apiVersion }) => /^(?:kargo|argoproj)/.test(apiVersion),
);

describe.skipIf(schemas === undefined)(`by the schemas of Kargo 1.11 and Argo Rollouts 1.9${why}`, () => {
  it.each(["Project", "ProjectConfig", "Warehouse", "Stage", "AnalysisTemplate"])(
    "every %s is one",
    (kind) => {
      const own = objects.filter((object) => object.kind === kind);
      expect(own.length).toBeGreaterThan(0);
      expect(
        own.flatMap((object) => problemsOf(object).map((text) => `${object.metadata.name}: ${text}`)),
      ).toEqual([]);
    },
  );

  /** An object of the layer with a value set in it. */
  const changed = (
    kind: string,
    name: string,
    path: readonly (string | number)[],
    value: unknown,
  ): Manifest => {
    const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
    if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
    const copy = structuredClone(found);
    let at = copy as unknown as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as typeof at;
    at[path.at(-1) ?? ""] = value;
    return copy;
  };
  const job = ["spec", "metrics", 0, "provider", "job"] as const;
  const step = ["spec", "promotionTemplate", "spec", "steps", 0] as const;

  it.each([
    ["ProjectConfig", "image-factory-kargo", ["spec", "promotionPolicies", 0, "autoPromotionEnabled"], "yes"],
    ["ProjectConfig", "image-factory-kargo", ["spec", "webhookReceivers", 0, "secret"], "kargo-webhook"],
    ["Warehouse", "api", ["spec", "interval"], "5 minutes"],
    ["Warehouse", "api", ["spec", "subscriptions"], []],
    ["Warehouse", "api", ["spec", "subscriptions", 0, "image", "semverConstraint"], "^1"],
    ["Warehouse", "api", ["spec", "subscriptions", 0, "image", "imageSelectionStrategy"], "lexical"],
    ["Warehouse", "api--src", ["spec", "subscriptions", 0, "git", "repoURL"], "/srv/git/api.git"],
    ["Stage", "api-build", ["spec", "requestedFreight", 0, "origin", "kind"], "Freight"],
    ["Stage", "api-build", ["spec", "verification", "templates"], []],
    ["Stage", "api-stable", [...step, "config", "tag"], "latest"],
    ["Stage", "api-stable", [...step, "uses"], "oci-retag"],
    ["Stage", "runtime-build", ["spec", "requestedFreight", 1, "sources", "requiredSoakTime"], "2d"],
    ["AnalysisTemplate", "api-build", [...job, "spec", "backoffLimit"], "2"],
    ["AnalysisTemplate", "api-build", [...job, "spec", "template", "spec", "containers", 0, "arg"], []],
    ["AnalysisTemplate", "api-build", ["spec", "metrics", 0, "name"], undefined],
  ] as const)("a %s %s with %j = %j is none", (kind, name, path, value) => {
    expect(problemsOf(JSON.parse(JSON.stringify(changed(kind, name, path, value))) as Manifest)).not.toEqual(
      [],
    );
  });
});
