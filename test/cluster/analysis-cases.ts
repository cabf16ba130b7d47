import { randomBytes } from "node:crypto";
import {
  type ClusterCase,
  type ClusterWorld,
  expect,
  expectStatus,
  newestDigest,
  publications,
  until,
} from "./cluster-world.ts";

interface Argument {
  readonly name: string;
  readonly value?: string;
}

interface Stage {
  readonly spec: {
    readonly verification: {
      readonly analysisTemplates: readonly { readonly name: string }[];
      readonly analysisRunMetadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly args: readonly Argument[];
    };
  };
}

interface Template {
  readonly spec: { readonly args: readonly Argument[]; readonly metrics: readonly object[] };
}

/** Digests of Freight, by the repository of their Warehouse. */
type Freight = Readonly<Record<string, string>>;

const image = String.raw`imageFrom\("([^"]+)", warehouse\("[^"]+"\)\)`;

/** Of Kargo's expressions those that the factory writes: one digest, and a list of pins. */
function evaluate(value: string, freight: Freight): string {
  const [, repository] = new RegExp(String.raw`^\$\{\{ quote\(${image}\.Digest\) \}\}$`).exec(value) ?? [];
  if (repository !== undefined) {
    const digest = freight[repository];
    expect(digest !== undefined, `there is no Freight of ${repository}`);
    return digest;
  }
  if (value.startsWith("${{ quote(join(map(filter([")) {
    const pairs = value.matchAll(new RegExp(String.raw`\["([^"]+)", ${image}\?\.Digest \?\? ""\]`, "g"));
    return [...pairs]
      .flatMap(([, reference, repo = ""]) =>
        freight[repo] === undefined ? [] : [`${reference}@${freight[repo]}`],
      )
      .join(",");
  }
  expect(!value.includes("${{"), `this stand-in does not know ${value}`);
  return value;
}

/** Does with a Stage's verification what Kargo does: an AnalysisRun of its templates' metrics, and of both's arguments. */
async function verify(world: ClusterWorld, stageName: string, freight: Freight): Promise<string> {
  const json = async <T>(kind: string, name: string) =>
    JSON.parse(await world.ask("get", kind, name, "-o", "json")) as T;
  const { verification } = (await json<Stage>("stages.kargo.akuity.io", stageName)).spec;
  const templates = await Promise.all(
    verification.analysisTemplates.map(({ name }) => json<Template>("analysistemplates.argoproj.io", name)),
  );
  const given = new Map(verification.args.map(({ name, value = "" }) => [name, evaluate(value, freight)]));
  const name = `${stageName}.${randomBytes(13).toString("hex")}.${randomBytes(4).toString("hex").slice(0, 7)}`;
  const run = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisRun",
    metadata: { name, namespace: world.namespace, labels: verification.analysisRunMetadata?.labels ?? {} },
    spec: {
      metrics: templates.flatMap(({ spec }) => spec.metrics),
      // What a Stage does not have, or has empty, is the template's own.
      args: templates.flatMap(({ spec }) =>
        spec.args.map((arg) => ({ name: arg.name, value: given.get(arg.name) || (arg.value ?? "") })),
      ),
    },
  };
  expectStatus(await world.apply(run), 0);
  return until(`${name} ends`, 400, async () => {
    const path = "jsonpath={.status.phase}";
    const phase = await world.ask("get", "analysisruns.argoproj.io", name, "-o", path);
    return ["Successful", "Failed", "Error", "Inconclusive"].includes(phase) ? phase : undefined;
  });
}

const repository = ({ registry }: ClusterWorld, name: string) => `${registry}/${name}`;

export const analysisCases: readonly ClusterCase[] = [
  {
    point: 3,
    name: "child-build is Successful after it was built on the Freight's digest",
    look: async (world) => {
      const hello = await newestDigest(world, "hello");
      const phase = await verify(world, "child-build", { [repository(world, "hello")]: hello });
      expect(phase === "Successful", `expected Successful, got ${phase}`);
      const found = await publications(world, "child");
      expect(found.length === 1, `expected one publication, got ${found.join(" ")}`);
      return `on hello@${hello.slice(0, 19)}: ${found[0]}`;
    },
  },
  {
    point: 3,
    name: "hello-scan is Successful for the digest that was published",
    look: async (world) => {
      const hello = await newestDigest(world, "hello");
      const phase = await verify(world, "hello-scan", { [repository(world, "hello")]: hello });
      expect(phase === "Successful", `expected Successful, got ${phase}`);
      return hello.slice(0, 19);
    },
  },
  {
    point: 3,
    name: "bad-child-build is Failed when the scan blocks, and nothing is published",
    look: async (world) => {
      const hello = await newestDigest(world, "hello");
      const phase = await verify(world, "bad-child-build", { [repository(world, "hello")]: hello });
      expect(phase === "Failed", `expected Failed, got ${phase}`);
      const found = await publications(world, "bad-child");
      expect(found.length === 0, `it was published as ${found.join(" ")}`);
      return phase;
    },
  },
];
