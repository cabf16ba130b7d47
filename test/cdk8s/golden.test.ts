import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { FactoryProps } from "../../cdk8s/factory-props.ts";
import { layers, synthesize } from "../../cdk8s/main.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { kargoProps, richProps, sampleProps } from "./samples.ts";

const fixtures = join(ownRoot, "test/fixtures/dist");

const samples = { sample: sampleProps, rich: richProps, kargo: kargoProps } as const;

/** Of the enrolment that is there for Kargo, its layer alone: the others say nothing new. */
function filesOf(name: keyof typeof samples, props: FactoryProps) {
  return synthesize(props).filter(({ path }) => name !== "kargo" || path.startsWith("30-kargo/"));
}

describe.each([
  ["sample", await sampleProps()],
  ["rich", await richProps()],
  ["kargo", await kargoProps()],
] as const)("the manifests of the %s enrolment", (name, props) => {
  const files = filesOf(name, props);

  it.each(files)(
    "are in test/fixtures/dist what synth writes as $path (vitest run test/cdk8s -u writes it anew)",
    async ({ path, text }) => {
      await expect(text).toMatchFileSnapshot(join(fixtures, name, path));
    },
  );

  it("are all that test/fixtures/dist has (delete what is left over)", () => {
    const folder = join(fixtures, name);
    const found = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
    const leftOver = found
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .filter((path) => !files.some((file) => file.path === path));
    expect(leftOver).toEqual([]);
  });

  it("say in YAML what deploy sends as JSON", () => {
    for (const { folder, manifests } of layers(props)) {
      const file = files.find(({ path }) => path === `${folder}/manifests.yaml`);
      if (file === undefined) continue;
      const written = parseAllDocuments(file.text).map((document) => document.toJS());
      expect(written).toEqual(JSON.parse(JSON.stringify(manifests)));
    }
  });

  it("are the same bytes again", async () => {
    expect(filesOf(name, await samples[name]())).toEqual(files);
  });
});
