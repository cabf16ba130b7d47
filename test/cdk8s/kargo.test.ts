import { describe, expect, it } from "vitest";
import type { FactoryProps } from "../../cdk8s/factory-props.ts";
import { flowOf } from "../../cdk8s/kargo/flow.ts";
import { kargoLayer } from "../../cdk8s/kargo/kargo-layer.ts";
import { unwatchedSources } from "../../cdk8s/kargo/kargo-readme.ts";
import { olderObjects } from "../../cdk8s/kargo/older-objects.ts";
import { uniqueTags } from "../../cdk8s/kargo/repositories.ts";
import { uniqueTagOf } from "../../src/publish/record.ts";
import { kargoProps, propsOf } from "./samples.ts";

const props = await kargoProps();
const { manifests, readme } = kargoLayer(props);

interface StageSpec {
  readonly requestedFreight: readonly {
    readonly origin: { readonly name: string };
    readonly sources: { readonly stages?: readonly string[]; readonly requiredSoakTime?: string };
  }[];
  readonly promotionTemplate: {
    readonly spec: {
      readonly steps: readonly { readonly uses: string; readonly config: Readonly<Record<string, string>> }[];
    };
  };
  readonly verification?: {
    readonly analysisTemplates: readonly { readonly name: string }[];
    readonly args: readonly { readonly name: string; readonly value: string }[];
  };
}

function find(kind: string, name: string, of = manifests) {
  return of.find((object) => object.kind === kind && object.metadata.name === name);
}

function specOf<T>(kind: string, name: string, of = manifests): T {
  const found = find(kind, name, of);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found["spec"] as T;
}

function stage(name: string): StageSpec {
  return specOf("Stage", name);
}

function subscription(name: string, of = manifests): Readonly<Record<string, unknown>> {
  const { subscriptions } = specOf<{
    readonly subscriptions: readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[];
  }>("Warehouse", name, of);
  const [only] = subscriptions;
  return only?.["image"] ?? only?.["git"] ?? {};
}

/** Origin by the Stages that it comes through, and how long it stands there. */
function requests(name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    stage(name).requestedFreight.map(({ origin, sources: { stages = [], requiredSoakTime } }) => [
      origin.name,
      [...stages, ...(requiredSoakTime === undefined ? [] : [requiredSoakTime])].join(" "),
    ]),
  );
}

async function refusal(images: string, cluster = ""): Promise<{ code: string; problems: readonly string[] }> {
  const bad = await propsOf(images, cluster);
  try {
    kargoLayer(bad);
  } catch (error) {
    return error as { code: string; problems: readonly string[] };
  }
  throw new Error("it was written");
}

describe("a Warehouse", () => {
  it("watches each base once, by the digest of its tag, however many images are built from it", () => {
    const debian = manifests.filter(
      ({ kind, metadata }) => kind === "Warehouse" && /debian/.test(metadata.name),
    );
    expect(debian).toHaveLength(1);
    expect(subscription(debian[0]?.metadata.name ?? "")).toEqual({
      repoURL: "docker.io/library/debian",
      imageSelectionStrategy: "Digest",
      constraint: "13-slim",
    });
  });

  it("is the one of images.yaml where that watches the same tag", () => {
    expect(requests("web-build")).toEqual({ "node-22": "" });
    expect(requests("api-build")).toMatchObject({ "node-22": "" });
  });

  it("follows no base that a digest or images.yaml pins", () => {
    expect(flowOf(props).bases.map(({ reference }) => reference)).not.toContain(
      "docker.io/library/golang:1.26",
    );
    expect(JSON.stringify(manifests)).not.toContain("busybox");
  });

  it("says the rules of images.yaml in Kargo's words", () => {
    expect(subscription("postgres")).toEqual({
      repoURL: "docker.io/library/postgres",
      imageSelectionStrategy: "SemVer",
      constraint: ">=17 <19",
      ignoreTagsRegexes: ["^18\\.0\\.0$", "^18\\.0\\.1-beta$"],
    });
    expect(subscription("alpine")).toMatchObject({ allowTagsRegexes: ["^3\\.\\d+$"] });
  });

  it("sees what is published by the unique tag alone, so no tag that a Stage moves", () => {
    const { allowTagsRegexes, imageSelectionStrategy } = subscription("base");
    expect(imageSelectionStrategy).toBe("Lexical");
    expect(allowTagsRegexes).toEqual([uniqueTags]);
    const tag = uniqueTagOf(`sha256:${"0a".repeat(32)}`, "2026-11-21T17:00:00.000Z");
    expect(tag).toMatch(new RegExp(uniqueTags));
    for (const other of ["latest", "13", `x${tag}`, `${tag}-arm64`])
      expect(other).not.toMatch(new RegExp(uniqueTags));
  });

  it("leaves unique tags alone where images.yaml watches a repository that is published to", async () => {
    const images = `- {name: a, registry: ghcr.io/acme, source: {folder: a}}\n- {name: old, registry: ghcr.io/acme, repository: a, imageSelectionStrategy: Lexical}\n`;
    const { manifests: own } = kargoLayer(await propsOf(images));
    expect(subscription("old", own)).toMatchObject({ ignoreTagsRegexes: [uniqueTags] });
  });

  it("watches of a source what is sent, and of the state repository nothing that the factory commits", () => {
    expect(subscription("runtime--src")).toEqual({
      repoURL: "https://git.example.org/acme/factory.git",
      branch: "main",
      includePaths: ["runtime/files", "runtime/docker/Dockerfile"],
      excludePaths: ["images", "base-images", "receipts", "gc"],
    });
    expect(subscription("api--src")).toEqual({ repoURL: "https://git.example.org/acme/api.git" });
  });

  it("watches no source that another CI builds, that a commit names or that Kargo cannot reach", () => {
    for (const image of ["web", "pinned", "local", "base"])
      expect(find("Warehouse", `${image}--src`)).toBeUndefined();
    expect(unwatchedSources(flowOf(props))).toEqual([
      { image: "local", why: "Kargo does not take the address /srv/git/local.git" },
    ]);
  });
});

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

describe("what Kargo cannot be told", () => {
  it("is two images with one repository, each named", async () => {
    const images = `- {name: a, registry: ghcr.io/acme, repository: x, tags: [a], source: {folder: a}}\n- {name: b, registry: ghcr.io/acme, repository: x, tags: [b], source: {folder: b}}\n`;
    const error = await refusal(images);
    expect(error.code).toBe("images-invalid");
    expect(error.problems).toEqual(["images.yaml:2:3: b: ghcr.io/acme/x is the repository of a too"]);
  });

  it("is a rule that only JavaScript reads, each named", async () => {
    const images = `- {name: n, repository: node, imageSelectionStrategy: Lexical, allowTags: "^22(?!-rc)"}\n- {name: d, repository: debian, imageSelectionStrategy: Digest, allowTags: "^1[23]$"}\n`;
    const { code, problems } = await refusal(images);
    expect(code).toBe("images-invalid");
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^images\.yaml:1:3: n: allowTags: .* looks ahead or behind/);
    expect(problems[1]).toMatch(/^images\.yaml:2:3: d: allowTags: expected one tag such as/);
  });

  it("is a setting with braces, which Argo Rollouts would fill in", async () => {
    const { code, problems } = await refusal(
      "- {name: a, source: {folder: a}}\n",
      'podAnnotations: {note: "{{ me }}"}\n',
    );
    expect(code).toBe("settings-invalid");
    expect(problems).toEqual(['podAnnotations.note: expected no {{, got "{{ me }}"']);
  });
});

describe("objects of the older tool", () => {
  it("are named for these images, but for those that ours take over", () => {
    const names = olderObjects(props);
    expect(names).toContain("stages.kargo.akuity.io/analyze-dockerfile-api");
    expect(names).toContain("stages.kargo.akuity.io/rebuild-trigger-api-from-node-22");
    expect(names).toContain("warehouses.kargo.akuity.io/debian-13-slim");
    expect(names).toContain("analysistemplates.argoproj.io/analyze-dockerfile");
    expect(names).not.toContain("warehouses.kargo.akuity.io/node-22");
    expect(names).not.toContain("warehouses.kargo.akuity.io/api");
  });
});

describe("without Kargo", () => {
  it("nothing of it is written", async () => {
    const off: FactoryProps = await propsOf(
      "- {name: a, source: {folder: a}}\n",
      "kargo: {enabled: false}\n",
    );
    const { layers } = await import("../../cdk8s/main.ts");
    expect(layers(off).map(({ folder }) => folder)).toEqual(["10-namespace", "20-builds"]);
  });
});
