import { describe, expect, it } from "vitest";
import { kargoLayer } from "../../cdk8s/kargo/kargo-layer.ts";
import { olderObjects } from "../../cdk8s/kargo/older-objects.ts";
import { layers } from "../../cdk8s/main.ts";
import { props } from "./kargo-objects.ts";
import { propsOf } from "./samples.ts";

async function refusal(images: string, cluster = ""): Promise<{ code: string; problems: readonly string[] }> {
  const bad = await propsOf(images, cluster);
  try {
    kargoLayer(bad);
  } catch (error) {
    return error as { code: string; problems: readonly string[] };
  }
  throw new Error("it was written");
}

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
    const off = await propsOf("- {name: a, source: {folder: a}}\n", "kargo: {enabled: false}\n");
    expect(layers(off).map(({ folder }) => folder)).toEqual(["10-namespace", "20-builds"]);
  });
});
