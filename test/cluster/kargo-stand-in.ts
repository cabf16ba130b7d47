import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { RegistryClient } from "../../src/registry/client.ts";
import { parseReference } from "../../src/registry/reference.ts";
import { discoverer } from "./kargo-discovery.ts";
import { evaluate } from "./kargo-expressions.ts";
import type { Collection, Freight, KargoApi, Promotion, PromotionStep, Stage } from "./kargo-objects.ts";
import { type AnalysisRunObject, analysisRun, kargoName, type Template } from "./kargo-verification.ts";

interface ProjectConfig {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly promotionPolicies: readonly {
      readonly stageSelector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly autoPromotionEnabled: boolean;
    }[];
  };
}

interface StandInDoor {
  readonly api: KargoApi;
  readonly client: RegistryClient;
  readonly namespace: string;
}

const unfinished = ["", "Pending", "Running"];
const apiVersion = "kargo.akuity.io/v1alpha1";

/**
 * Does for one Project what the controllers of Kargo 1.11 do with it, as KARGO.md says it: Freight of what Warehouses find,
 * promotions of the newest by the ProjectConfig's policies, their steps, and verification by an AnalysisRun.
 * @returns what stops it; it fails with the first thing that this does not know.
 */
export function startStandIn(door: StandInDoor): { readonly stop: () => Promise<void> } {
  const discover = discoverer(door);
  const over = new AbortController();
  const going = (async () => {
    while (!over.signal.aborted) {
      await discover();
      for (const stage of await door.api.list<Stage>("stages")) await verifyCurrent(stage, door);
      await promoteNewest(door);
      await runPromotions(door);
      await sleep(1_000, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  // Whoever stops it hears of that; until then the cases wait for what does not come.
  going.catch((error: unknown) => process.stderr.write(`the stand-in for Kargo has ended: ${error}\n`));
  return {
    stop: () => {
      over.abort();
      return going;
    },
  };
}

const currentOf = (stage: Stage): Collection | undefined => stage.status?.freightHistory?.[0];

const digestsOf = ({ items }: Pick<Collection, "items">) =>
  Object.fromEntries(
    Object.values(items).flatMap(({ images }) => images.map(({ repoURL, digest }) => [repoURL, digest])),
  );

/** What a Stage has is verified once; an AnalysisRun that is there for it already counts, also one that failed. */
async function verifyCurrent(stage: Stage, { api, namespace }: StandInDoor): Promise<void> {
  const { name } = stage.metadata;
  const current = currentOf(stage);
  if (current === undefined) return;
  const { verification } = stage.spec;
  const [last] = current.verificationHistory ?? [];
  if (verification === undefined) return markVerified(name, current, api);
  if (last !== undefined && !unfinished.includes(last.phase)) return;
  const labels = { "kargo.akuity.io/stage": name, "kargo.akuity.io/freight-collection": current.id };
  const runs = await api.list<AnalysisRunObject>("analysisruns");
  let run = runs.find(({ metadata }) =>
    Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
  );
  if (run === undefined) {
    const templates = await Promise.all(
      verification.analysisTemplates.map((each) => api.get<Template>("analysistemplates", each.name)),
    );
    run = analysisRun({ name, namespace }, verification, templates, digestsOf(current), labels);
    await api.apply("analysisruns", run);
  }
  const phase = run.status?.phase ?? "Pending";
  if (phase === last?.phase) return;
  const verified = {
    id: run.metadata.name,
    phase,
    startTime: last?.startTime ?? new Date().toISOString(),
    analysisRun: { name: run.metadata.name, namespace, phase },
  };
  const [, ...before] = stage.status?.freightHistory ?? [];
  await api.say("stages", stage, {
    freightHistory: [{ ...current, verificationHistory: [verified] }, ...before],
  });
  if (phase === "Successful") await markVerified(name, current, api);
}

async function markVerified(stage: string, { items }: Collection, api: KargoApi): Promise<void> {
  for (const { name } of Object.values(items)) {
    const freight = await api.get<Freight>("freights", name);
    if (freight.status?.verifiedIn?.[stage] !== undefined) continue;
    const verifiedIn = { ...freight.status?.verifiedIn, [stage]: { verifiedAt: new Date().toISOString() } };
    await api.say("freights", freight, { verifiedIn });
  }
}

/** Of each origin the newest Freight that a Stage may have, once. */
async function promoteNewest({ api, namespace }: StandInDoor): Promise<void> {
  const [configs, stages, freights, promotions] = await Promise.all([
    api.list<ProjectConfig>("projectconfigs"),
    api.list<Stage>("stages"),
    api.list<Freight>("freights"),
    api.list<Promotion>("promotions"),
  ]);
  const policies = configs
    .flatMap(({ spec }) => spec.promotionPolicies)
    .filter((each) => each.autoPromotionEnabled);
  const isAutomatic = ({ metadata: { labels = {} } }: Stage) =>
    policies.some(({ stageSelector }) =>
      Object.entries(stageSelector.matchLabels).every(([key, value]) => labels[key] === value),
    );
  for (const stage of stages.filter(isAutomatic)) {
    for (const { origin, sources } of stage.spec.requestedFreight) {
      if (sources.requiredSoakTime !== undefined) throw new Error("this stand-in knows no requiredSoakTime");
      const [newest] = freights
        .filter((each) => each.origin.name === origin.name)
        .filter(
          ({ status }) =>
            sources.direct === true ||
            sources.stages?.some((name) => status?.verifiedIn?.[name] !== undefined),
        )
        .toSorted((one, other) => ageOf(other).localeCompare(ageOf(one)));
      if (newest === undefined) continue;
      const freight = newest.metadata.name;
      const isThere = currentOf(stage)?.items[`Warehouse/${origin.name}`]?.name === freight;
      const isAskedFor = promotions.some(
        ({ spec }) => spec.stage === stage.metadata.name && spec.freight === freight,
      );
      if (isThere || isAskedFor) continue;
      const name = kargoName(stage.metadata.name);
      const { steps } = stage.spec.promotionTemplate.spec;
      const spec = { stage: stage.metadata.name, freight, steps };
      await api.apply("promotions", { apiVersion, kind: "Promotion", metadata: { name, namespace }, spec });
    }
  }
}

const ageOf = ({ metadata }: Freight) => metadata.creationTimestamp ?? "";

/** One after the other; a Stage that is being verified takes nothing new until that is over. */
async function runPromotions({ api, client }: StandInDoor): Promise<void> {
  for (const promotion of await api.list<Promotion>("promotions")) {
    if (promotion.status?.phase !== undefined) continue;
    const stage = await api.get<Stage>("stages", promotion.spec.stage);
    const current = currentOf(stage);
    const [verification] = current?.verificationHistory ?? [];
    const isBeingVerified =
      current !== undefined &&
      stage.spec.verification !== undefined &&
      (verification === undefined || unfinished.includes(verification.phase));
    if (isBeingVerified) continue;
    const { metadata, origin, images } = await api.get<Freight>("freights", promotion.spec.freight);
    const items = {
      ...current?.items,
      [`Warehouse/${origin.name}`]: { name: metadata.name, origin, images },
    };
    const names = Object.values(items).map(({ name }) => name);
    const id = createHash("sha1").update(names.toSorted().join(" ")).digest("hex");
    for (const step of promotion.spec.steps) await runStep(step, digestsOf({ items }), client);
    const freightHistory = [{ id, items }, ...(stage.status?.freightHistory ?? [])].slice(0, 10);
    await api.say("stages", stage, { freightHistory });
    await api.say("promotions", promotion, { phase: "Succeeded", finishedAt: new Date().toISOString() });
  }
}

async function runStep(
  { uses, config }: PromotionStep,
  digests: Parameters<typeof evaluate>[1],
  client: RegistryClient,
): Promise<void> {
  const values = Object.entries(config).map(([key, value]) => [key, evaluate(value, digests)] as const);
  if (uses === "compose-output") return;
  if (uses !== "oci-push") throw new Error(`this stand-in does not know the step ${uses}`);
  const { srcRef = "", destRef = "" } = Object.fromEntries(values);
  const [from, to] = [parseReference(srcRef), parseReference(destRef)];
  const document = await client.getManifest(from, from.digest ?? "");
  if (document === undefined || to.tag === undefined) throw new Error(`oci-push: ${srcRef} to ${destRef}`);
  await client.putManifest(to, to.tag, document.mediaType, document.bytes);
}
