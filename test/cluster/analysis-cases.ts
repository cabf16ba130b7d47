import { type ClusterCase, type ClusterWorld, newestDigest, publications } from "./cluster-world.ts";
import { expect, expectStatus, needs, until } from "./expect.ts";
import type { Digests } from "./kargo-expressions.ts";
import { analysisRun, type Template, type Verification } from "./kargo-verification.ts";

/** Does with a Stage's verification what Kargo does, for Freight of these digests, and waits for what it says. */
export async function verify(world: ClusterWorld, stageName: string, digests: Digests): Promise<string> {
  needs(world.hasRollouts, "no controller of Argo Rollouts answers in this cluster");
  const json = async <T>(kind: string, name: string) =>
    JSON.parse(await world.ask("get", kind, name, "-o", "json")) as T;
  const stage = await json<{ readonly spec: { readonly verification: Verification } }>(
    "stages.kargo.akuity.io",
    stageName,
  );
  const { verification } = stage.spec;
  const templates = await Promise.all(
    verification.analysisTemplates.map(({ name }) => json<Template>("analysistemplates.argoproj.io", name)),
  );
  const run = analysisRun({ name: stageName, namespace: world.namespace }, verification, templates, digests);
  expectStatus(await world.apply(run), 0);
  const { name } = run.metadata;
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
