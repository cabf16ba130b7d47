import { describe, expect, it } from "vitest";
import { flowOf } from "../../cdk8s/kargo/flow.ts";
import { find, manifests, props, readme, requests, type StageSpec, specOf, stage } from "./kargo-objects.ts";

describe("a build Stage", () => {
  it("takes an enrolled base when its tags were moved, and waits as long as images.yaml says", () => {
    expect(requests("api-build")["runtime"]).toBe("runtime-stable");
    expect(requests("runtime-build")["base"]).toBe("base-stable 36h0m0s");
  });

  it("takes a base of others from a Stage where it can age, where the image waits for it", () => {
    const [seen = ""] = Object.keys(requests("base-build")).map((name) => `${name}--seen`);
    expect(requests("base-build")).toEqual({ [seen.replace(/--seen$/, "")]: `${seen} 24h0m0s` });
    expect(stage(seen).promotionTemplate.spec.steps[0]?.uses).toBe("compose-output");
    expect(stage(seen)).not.toHaveProperty("verification");
    expect(requests("a-name-that-is-as-long-as-names-can-be40-build")[seen.replace(/--seen$/, "")]).toBe("");
  });

  it("has a step and a verification that is told digests and commit of its Freight", () => {
    const { promotionTemplate, verification } = stage("api-build");
    expect(promotionTemplate.spec.steps).toHaveLength(1);
    expect(verification?.analysisTemplates).toEqual([{ name: "api-build" }]);
    const values = Object.fromEntries((verification?.args ?? []).map(({ name, value }) => [name, value]));
    expect(values["pins"]).toContain(
      '["factory.localhost/runtime:latest", imageFrom("ghcr.io/acme/runtime", warehouse("runtime"))?.Digest ?? ""]',
    );
    expect(values["ref"]).toBe(
      '${{ quote(commitFrom("https://git.example.org/acme/api.git", warehouse("api--src"))?.ID ?? "") }}',
    );
  });

  it("is missing where nothing that Kargo sees could change", () => {
    for (const image of ["pinned", "local"]) {
      expect(find("Stage", `${image}-build`)).toBeUndefined();
      expect(find("AnalysisTemplate", `${image}-build`)).toBeUndefined();
    }
    expect(readme).toContain("pinned, local");
  });

  it("promotes by itself unless the image is not rebuilt by itself; what is published flows on in any case", () => {
    const labels = (name: string) => find("Stage", name)?.metadata.labels?.["image-factory/promotion"];
    const image = "a-name-that-is-as-long-as-names-can-be40";
    expect([labels("api-build"), labels(`${image}-build`), labels(`${image}-stable`)]).toEqual([
      "auto",
      undefined,
      "auto",
    ]);
  });
});

describe("Freight", () => {
  it("never comes back to where it began", () => {
    // A Warehouse feeds a Stage; a build Stage feeds the Warehouse of what it publishes.
    const feeds = new Map<string, string[]>();
    const feed = (from: string, to: string) => feeds.set(from, [...(feeds.get(from) ?? []), to]);
    for (const { output, requests: asked } of flowOf(props).images)
      for (const { warehouse } of asked) feed(warehouse, output.warehouse);
    const reaches = (from: string, to: string): boolean =>
      (feeds.get(from) ?? []).some((next) => next === to || reaches(next, to));
    expect(feeds.size).toBeGreaterThan(5);
    for (const name of feeds.keys()) expect(reaches(name, name), name).toBe(false);
  });

  it("becomes what people pull by one Stage alone, tag by tag, after the scan", () => {
    const pushes = manifests.flatMap((object) => {
      const steps = (object["spec"] as StageSpec | undefined)?.promotionTemplate?.spec.steps ?? [];
      return steps.flatMap(({ uses, config }) =>
        uses === "oci-push" ? [`${object.metadata.name} ${config["destRef"]}`] : [],
      );
    });
    expect(pushes).toContain("base-stable ghcr.io/acme/base:latest");
    expect(pushes).toContain("base-stable ghcr.io/acme/base:13");
    expect(pushes.filter((push) => !/^[^ ]+-stable /.test(push))).toEqual([]);
    expect(requests("base-stable")).toEqual({ base: "base-scan" });
    expect(readme).toContain("nobody moves: api, pinned");
  });
});

describe("an AnalysisTemplate", () => {
  interface Metric {
    readonly name: string;
    readonly consecutiveErrorLimit: number;
    readonly provider: {
      readonly job: {
        readonly spec: {
          readonly ttlSecondsAfterFinished: number;
          readonly template: {
            readonly spec: {
              readonly nodeSelector?: object;
              readonly containers: readonly { readonly args: readonly string[] }[];
            };
          };
        };
      };
    };
  }
  const metrics = (name: string) =>
    specOf<{ readonly metrics: readonly Metric[] }>("AnalysisTemplate", name).metrics;

  it("runs the build by argv, once for each platform that has nodes of its own", () => {
    const [amd64, arm64] = metrics("api-build");
    expect([amd64?.name, arm64?.name]).toEqual(["build-amd64", "build-arm64"]);
    const spec = arm64?.provider.job.spec.template.spec;
    expect(spec?.containers[0]?.args).toEqual([
      "build",
      "IMAGE=api",
      "PIN={{args.pins}}",
      "REF={{args.ref}}",
      "PLATFORM=linux/arm64",
    ]);
    expect(spec?.nodeSelector).toEqual({ "kubernetes.io/arch": "arm64" });
    expect(metrics("web-build").map(({ name }) => name)).toEqual(["build"]);
  });

  it("declares every argument that it is given, and uses no other", () => {
    for (const object of manifests) {
      const { verification } = (object["spec"] ?? {}) as Partial<StageSpec>;
      for (const { name } of verification?.analysisTemplates ?? []) {
        const spec = specOf<{ readonly args: readonly { name: string }[] }>("AnalysisTemplate", name);
        const declared = spec.args.map((arg) => arg.name);
        expect(verification?.args.map((arg) => arg.name)).toEqual(declared);
        const used = [...JSON.stringify(spec).matchAll(/\{\{(.*?)\}\}/g)].map(([, inner]) => inner);
        expect(used.every((inner) => declared.includes((inner ?? "").replace("args.", "")))).toBe(true);
      }
    }
  });

  it("has names that fit a Job's and keeps Jobs longer than Rollouts looks at them", () => {
    for (const { metadata, kind } of manifests) {
      if (kind !== "AnalysisTemplate") continue;
      for (const { name, consecutiveErrorLimit, provider } of metrics(metadata.name)) {
        expect(name).toMatch(/^[a-z0-9-]{1,24}$/);
        expect(consecutiveErrorLimit).toBe(1);
        expect(provider.job.spec.ttlSecondsAfterFinished).toBeGreaterThanOrEqual(3_600);
      }
    }
  });
});
