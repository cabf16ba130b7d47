import { setTimeout as sleep } from "node:timers/promises";
import { baseNames } from "../../cdk8s/names.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { parseRepository } from "../../src/registry/reference.ts";
import { pushBase } from "./base-image.ts";
import { basePath, baseTag } from "./base-name.ts";
import { type ClusterCase, publications } from "./cluster-world.ts";
import { expect, needs, until } from "./expect.ts";
import { refresh } from "./kargo-driver.ts";
import type { Freight, Promotion, Stage } from "./kargo-objects.ts";
import type { AnalysisRunObject } from "./kargo-verification.ts";
import type { GitWorld } from "./worlds.ts";

// By Kargo's own API alone, so that Kargo itself and the stand-in are looked at alike.
const walked = ["walked", "walked-child"];

async function list<T>({ ask }: GitWorld, plural: string): Promise<readonly T[]> {
  return (JSON.parse(await ask("get", plural, "-o", "json")) as { readonly items: readonly T[] }).items;
}
const freights = (world: GitWorld) => list<Freight>(world, "freights.kargo.akuity.io");

async function analysisRuns(world: GitWorld, stage: string): Promise<readonly AnalysisRunObject[]> {
  const all = await list<AnalysisRunObject>(world, "analysisruns.argoproj.io");
  return all.filter(({ metadata }) => metadata.name.startsWith(`${stage}.`));
}

async function stableOf({ registry, client }: GitWorld, image: string): Promise<Digest | undefined> {
  return (await client.headManifest(parseRepository(`${registry}/${image}`), "stable"))?.digest;
}

const baseWarehouse = ({ registry }: GitWorld) => baseNames.warehouse(`${registry}/${basePath}:${baseTag}`);

/** What webhooks of the registry would do, until it is so. */
async function walkUntil<T>(world: GitWorld, what: string, look: () => Promise<T | undefined>): Promise<T> {
  let asked = 0;
  return until(what, 400, async () => {
    if (Date.now() - asked > 5_000) {
      asked = Date.now();
      for (const warehouse of [baseWarehouse(world), ...walked]) await refresh(world, warehouse);
    }
    return look();
  });
}

/** The tag that people pull, once it is another than before. */
function newStable(world: GitWorld, image: string, before: Digest | undefined): Promise<Digest> {
  return walkUntil(world, `a new ${image}:stable`, async () => {
    const digest = await stableOf(world, image);
    return digest === before ? undefined : digest;
  });
}

/** Freight of a digest, as far as it has come: the Stages that it was verified in. */
async function verifiedIn(world: GitWorld, digest: string): Promise<readonly string[]> {
  const found = (await freights(world)).filter(({ images }) => images.some((each) => each.digest === digest));
  return found.flatMap(({ status }) => Object.keys(status?.verifiedIn ?? {})).toSorted();
}

async function counts(world: GitWorld): Promise<Readonly<Record<string, number>>> {
  const runs = await Promise.all(
    ["walked-build", "walked-scan", "walked-child-build", "walked-child-scan"].map(
      async (stage) => [stage, (await analysisRuns(world, stage)).length] as const,
    ),
  );
  const published = await Promise.all(
    walked.map(async (image) => [`${image} published`, (await publications(world, image)).length] as const),
  );
  return Object.fromEntries([
    ...runs,
    ...published,
    ["promotions", (await list<Promotion>(world, "promotions.kargo.akuity.io")).length],
    ["Freight", (await freights(world)).length],
  ]);
}

export const walkCases: readonly ClusterCase<GitWorld>[] = [
  {
    point: 3,
    name: "a new digest of a base ends as a new stable tag, of what stands on it too",
    look: async (world) => {
      needs(world.hasRollouts, "no controller of Argo Rollouts answers in this cluster");
      await world.driver.start();
      await pushBase(world.registry, world.client, ["zlib1g", "1:1.3"]);
      const before = [
        await newStable(world, "walked", undefined),
        await newStable(world, "walked-child", undefined),
      ];
      const base = await pushBase(world.registry, world.client, ["zlib1g", "1:1.4"]);
      const startedAt = performance.now();
      const digest = await newStable(world, "walked", before[0]);
      const seconds = (performance.now() - startedAt) / 1_000;
      const child = await newStable(world, "walked-child", before[1]);
      expect(
        (await verifiedIn(world, base)).includes("walked-build"),
        "Freight of the base was not verified",
      );
      for (const [image, found] of [
        ["walked", digest],
        ["walked-child", child],
      ] as const) {
        const stages = await verifiedIn(world, found);
        expect(stages.includes(`${image}-scan`), `${image} came to stable by ${stages.join(" ")}`);
      }
      const pins = (await analysisRuns(world, "walked-build")).flatMap(({ spec }) => spec.args);
      expect(
        pins.some(({ value }) => value?.endsWith(`@${base}`) === true),
        `no build was told ${base}`,
      );
      return `by ${world.driver.name}: walked ${digest.slice(0, 19)} after ${seconds.toFixed(0)} s, walked-child ${child.slice(0, 19)}`;
    },
  },
  {
    point: 3,
    name: "a build that fails leaves stable where it was",
    look: async (world) => {
      needs(world.hasRollouts, "no controller of Argo Rollouts answers in this cluster");
      await world.driver.start();
      const before = await Promise.all(walked.map((image) => stableOf(world, image)));
      const base = await pushBase(world.registry, world.client, ["openssl", "1.0-1"]);
      const failed = await walkUntil(world, "a failed walked-build", async () => {
        const runs = await analysisRuns(world, "walked-build");
        return runs.find(({ status }) => status?.phase === "Failed");
      });
      const history = "stages.kargo.akuity.io/walked-build";
      const stage = await walkUntil(world, "walked-build that knows of it", async () => {
        const seen = JSON.parse(await world.ask("get", history, "-o", "json")) as Stage;
        const [verification] = seen.status?.freightHistory?.[0]?.verificationHistory ?? [];
        return verification?.phase === "Failed" ? verification : undefined;
      });
      const stages = await verifiedIn(world, base);
      expect(stages.length === 0, `the base that cannot be built on is verified in ${stages.join(" ")}`);
      const after = await Promise.all(walked.map((image) => stableOf(world, image)));
      expect(`${after}` === `${before}`, `stable was ${before} and is ${after}`);
      return `${failed.metadata.name}: ${stage.phase}, walked:stable ${after[0]?.slice(0, 19)}`;
    },
  },
  {
    point: 3,
    name: "nothing loops: what was built, verified and promoted stays the same while nothing changes",
    look: async (world) => {
      needs(world.hasRollouts, "no controller of Argo Rollouts answers in this cluster");
      await world.driver.start();
      const before = await counts(world);
      // More than the interval of every Warehouse.
      await sleep(90_000);
      const after = await counts(world);
      await world.driver.stop();
      expect(
        JSON.stringify(after) === JSON.stringify(before),
        `in 90 s ${JSON.stringify(before)} became ${JSON.stringify(after)}`,
      );
      return Object.entries(after)
        .map(([what, number]) => `${what} ${number}`)
        .join(", ");
    },
  },
];
