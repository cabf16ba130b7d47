import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { ownRoot } from "../../src/setup/needs.ts";

interface Kargo {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly requestedFreight?: readonly {
      readonly origin: { readonly name: string };
      readonly sources: { readonly stages?: readonly string[] };
    }[];
  };
}

test("docs/cluster.md draws the Warehouses and Stages of the sample as synth writes them", async () => {
  const golden = join(ownRoot, "test/fixtures/dist/sample/30-kargo/manifests.yaml");
  const objects = parseAllDocuments(await readFile(golden, "utf8")).map(
    (document) => document.toJS() as Kargo,
  );
  const warehouses = objects.filter(({ kind }) => kind === "Warehouse").map(({ metadata }) => metadata.name);
  const edges = objects
    .filter(({ kind }) => kind === "Stage")
    .flatMap(({ metadata: { name }, spec: { requestedFreight = [] } }) => {
      const from = requestedFreight.flatMap(({ origin, sources }) => sources.stages ?? [origin.name]);
      const published = name.endsWith("-build")
        ? [`  ${name} -. publishes .-> ${name.replace(/-build$/, "")}`]
        : [];
      return [...from.map((origin) => `  ${origin} --> ${name}`), ...published];
    });
  const lines = ["flowchart LR", ...warehouses.map((name) => `  ${name}[(${name})]`), ...edges];
  const text = await readFile(join(ownRoot, "docs/cluster.md"), "utf8");
  expect(/```mermaid\n([^`]*)\n```/.exec(text)?.[1]?.split("\n")).toEqual(lines);
});
