import { expect, test } from "vitest";
import {
  carryOutDeployment,
  leftovers,
  planDeployment,
  removalLine,
  type WantedLayer,
} from "../../src/cluster/deployment.ts";
import { differenceLine, differences } from "../../src/cluster/difference.ts";
import { standIn } from "./stand-in.ts";

const labels = { "managed-by": "tests" };
const cronJob = (name: string, schedule: string, more: object = {}) => ({
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name, namespace: "factory", labels },
  spec: { schedule },
  ...more,
});
const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "factory" } };
const layers = (...objects: readonly ReturnType<typeof cronJob>[]): readonly WantedLayer[] => [
  { folder: "10-namespace", objects: [namespace] },
  { folder: "20-builds", objects },
];
const path = (name: string) => `/apis/batch/v1/namespaces/factory/cronjobs/${name}`;

test("what stands in a namespace that is not there yet is created after it", async () => {
  const api = standIn();
  const changes = await planDeployment(layers(cronJob("scan", "0 2 * * *")), api);
  expect(changes.map(({ does }) => does)).toEqual(["create", "create"]);
  const folders: string[] = [];
  await carryOutDeployment(changes, api, (folder, count) => folders.push(`${folder} ${count}`));
  expect(folders).toEqual(["10-namespace 1", "20-builds 1"]);
  expect([...api.objects.keys()]).toEqual(["/api/v1/namespaces/factory", path("scan")]);
});

test("a plan changes nothing, and asks the server to be strict", async () => {
  const api = standIn();
  await planDeployment(layers(cronJob("scan", "0 2 * * *")), api);
  expect(api.objects.size).toBe(0);
  const patches = api.asked.filter(({ what }) => what.startsWith("PATCH"));
  expect(patches.map(({ query }) => [query.get("dryRun"), query.get("fieldValidation")])).toEqual([
    ["All", "Strict"],
    ["All", "Strict"],
  ]);
});

test("what is as it should be is not applied again, and what differs is named by its field", async () => {
  const api = standIn();
  const before = layers(cronJob("scan", "0 2 * * *"), cronJob("gc", "0 4 * * 6"));
  await carryOutDeployment(await planDeployment(before, api), api, () => undefined);
  const after = layers(cronJob("scan", "0 3 * * *"), cronJob("gc", "0 4 * * 6"));
  const changes = await planDeployment(after, api);
  expect(changes.map(({ does }) => does)).toEqual(["nothing", "change", "nothing"]);
  expect(changes.flatMap((change) => change.differences.map(differenceLine))).toEqual([
    'spec.schedule: "0 2 * * *" → "0 3 * * *"',
  ]);
  const asked = api.asked.length;
  await carryOutDeployment(changes, api, () => undefined);
  expect(api.asked.slice(asked).filter(({ what }) => what.startsWith("PATCH"))).toHaveLength(1);
});

test("one object that the server refuses ends it before anything is changed, and is named", async () => {
  const api = standIn();
  api.objects.set("/api/v1/namespaces/factory", namespace);
  const wrong = layers(cronJob("scan", "0 2 * * *"), cronJob("gc", "x", { noSuchField: 1 }));
  await expect(planDeployment(wrong, api)).rejects.toMatchObject({
    code: "settings-invalid",
    problems: ["CronJob gc in factory: unknown field noSuchField"],
  });
  expect([...api.objects.keys()]).toEqual(["/api/v1/namespaces/factory"]);
});

test("a cluster without Kargo is told from one with it, before anything is changed", async () => {
  const api = standIn();
  const stage = { apiVersion: "kargo.akuity.io/v1alpha1", kind: "Stage", metadata: { name: "hello-build" } };
  const kargo = [...layers(), { folder: "30-kargo", objects: [stage] }];
  await expect(planDeployment(kargo, api)).rejects.toMatchObject({
    code: "settings-invalid",
    message: expect.stringContaining("kargo.akuity.io/v1alpha1"),
  });
  expect(api.objects.size).toBe(0);
});

test("what older manifests left is found by its labels, and the line that removes it spares volumes", async () => {
  const api = standIn();
  api.objects.set(path("build-old"), cronJob("build-old", "0 0 31 2 *"));
  api.objects.set(path("scan"), cronJob("scan", "0 2 * * *"));
  api.objects.set(path("somebody-elses"), { metadata: { name: "somebody-elses" } });
  const claim = { metadata: { name: "state", namespace: "factory", labels } };
  api.objects.set("/api/v1/namespaces/factory/persistentvolumeclaims/state", claim);
  const left = await leftovers(layers(cronJob("scan", "0 2 * * *")), labels, api);
  expect(left.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
    "cronjob/build-old",
    "persistentvolumeclaim/state",
  ]);
  expect(removalLine(left)).toBe("kubectl delete --namespace factory cronjob/build-old");
});

test("what the server writes by itself is no difference; an added item of a list is", () => {
  const live = {
    metadata: { name: "x", resourceVersion: "7", generation: 2, managedFields: [] },
    spec: { args: ["build"] },
    status: { active: 1 },
  };
  const applied = { metadata: { name: "x", resourceVersion: "8" }, spec: { args: ["build", "FORCE=1"] } };
  expect(differences(live, applied)).toEqual([{ path: "spec.args[1]", from: undefined, to: "FORCE=1" }]);
});
