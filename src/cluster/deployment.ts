import PQueue from "p-queue";
import { FactoryError } from "../errors.ts";
import type { ClusterApi } from "./api.ts";
import { type Difference, differences } from "./difference.ts";
import { discover, type PathOf } from "./kinds.ts";
import { accepted, type KubeObject, listObjects, readObject, said } from "./objects.ts";

/** An object as manifests have it. */
export type Wanted = KubeObject & { readonly apiVersion: string; readonly kind: string };

/** Objects that are applied before those of the next layer. */
export interface WantedLayer {
  readonly folder: string;
  readonly objects: readonly Wanted[];
}

/** What an apply would do to one object. */
export interface Change {
  readonly folder: string;
  readonly object: Wanted;
  readonly does: "create" | "change" | "nothing";
  readonly differences: readonly Difference[];
}

/** What is in the cluster and in no manifest any more, as kubectl names it. */
export interface Leftover {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

/** Under which server-side apply keeps what is ours. */
const fieldManager = "image-factory";

/** Two answers at a time for each core of a small control plane. */
const concurrency = 8;

/**
 * Has the API server try every object without keeping it, as strictly as it can, and compares with what is there.
 * @throws FactoryError "settings-invalid" with every object that it refuses, or for kinds that the cluster does not know.
 */
export async function planDeployment(
  layers: readonly WantedLayer[],
  api: ClusterApi,
): Promise<readonly Change[]> {
  const pathOf = discover(api);
  await assertKnown(layers, pathOf);
  const problems: string[] = [];
  const queue = new PQueue({ concurrency });
  const changes = await queue.addAll(
    layers.flatMap(({ folder, objects }) =>
      objects.map((object) => async (): Promise<Change> => {
        const path = await pathTo(object, pathOf);
        const live = await readObject(api, path);
        const answer = await apply(api, path, object, true);
        const isNewNamespace = live === undefined && answer.status === 404 && object.kind !== "Namespace";
        if (!isNewNamespace && answer.status >= 300) problems.push(`${nameOf(object)}: ${said(answer.body)}`);
        const found =
          live === undefined || answer.status >= 300 ? [] : differences(live, answer.body as KubeObject);
        const does = live === undefined ? "create" : found.length === 0 ? "nothing" : "change";
        return { folder, object, does, differences: found };
      }),
    ),
  );
  if (problems.length > 0) {
    throw new FactoryError("settings-invalid", "the API server refuses manifests; nothing was changed", {
      problems: problems.toSorted(),
    });
  }
  return changes;
}

/** Applies what would change, layer by layer. */
export async function carryOutDeployment(
  changes: readonly Change[],
  api: ClusterApi,
  onDone: (folder: string, count: number) => void,
): Promise<void> {
  const pathOf = discover(api);
  const outstanding = changes.filter(({ does }) => does !== "nothing");
  for (const folder of new Set(changes.map((change) => change.folder))) {
    const ofLayer = outstanding.filter((change) => change.folder === folder);
    const send = async ({ object }: Change) => {
      const answer = await apply(api, await pathTo(object, pathOf), object, false);
      accepted(answer, nameOf(object));
    };
    // What stands in a namespace can only come after it.
    const namespaces = ofLayer.filter(({ object }) => object.kind === "Namespace");
    for (const change of namespaces) await send(change);
    const others = ofLayer.filter((change) => !namespaces.includes(change));
    await new PQueue({ concurrency }).addAll(others.map((change) => () => send(change)));
    onDone(folder, ofLayer.length);
  }
}

/** Kinds that earlier manifests may have had although these have none. */
const everyKind = [
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  { apiVersion: "batch/v1", kind: "CronJob" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "argoproj.io/v1alpha1", kind: "AnalysisTemplate" },
  { apiVersion: "kargo.akuity.io/v1alpha1", kind: "Stage" },
  { apiVersion: "kargo.akuity.io/v1alpha1", kind: "Warehouse" },
] as const;

/** What carries the labels of our manifests and is in none of them, sorted. */
export async function leftovers(
  layers: readonly WantedLayer[],
  labels: Readonly<Record<string, string>>,
  api: ClusterApi,
): Promise<readonly Leftover[]> {
  const pathOf = discover(api);
  const wanted = new Set(layers.flatMap(({ objects }) => objects.map(nameOf)));
  const namespaces = new Set(
    layers.flatMap(({ objects }) => objects.flatMap(({ metadata: { namespace } }) => namespace ?? [])),
  );
  const found: Leftover[] = [];
  for (const kind of everyKind) {
    for (const namespace of namespaces) {
      const path = await pathOf(kind, { namespace });
      if (path === undefined) continue;
      for (const { metadata } of await listObjects(api, path, labels)) {
        if (!wanted.has(nameOf({ ...kind, metadata })))
          found.push({ kind: kubectlKind(kind), name: metadata.name, namespace });
      }
    }
  }
  return found.toSorted((one, other) => nameOfLeftover(one).localeCompare(nameOfLeftover(other)));
}

/** Which of the objects, `<kind>/<name>` as kubectl names them, are in the cluster. */
export async function presentOf(
  names: readonly string[],
  namespace: string,
  api: ClusterApi,
): Promise<readonly Leftover[]> {
  const byKind = Map.groupBy(names, (name) => name.split("/", 1)[0] ?? "");
  const found = await Promise.all(
    [...byKind].map(async ([kind, ofKind]) => {
      const [resource, ...group] = kind.split(".");
      const path = `/apis/${group.join(".")}/v1alpha1/namespaces/${namespace}/${resource}`;
      const there = new Set((await listObjects(api, path)).map(({ metadata: { name } }) => name));
      return ofKind
        .map((name) => name.slice(kind.length + 1))
        .filter((name) => there.has(name))
        .map((name) => ({ kind, name, namespace }));
    }),
  );
  return found.flat();
}

/** `kubectl delete …` of what is left; none for claims, for with one goes what is on its volume. */
export function removalLine(left: readonly Leftover[]): string | undefined {
  const removable = left.filter(({ kind }) => kind !== "persistentvolumeclaim");
  if (removable.length === 0) return undefined;
  const namespace = removable[0]?.namespace;
  const names = removable.map(({ kind, name }) => `${kind}/${name}`);
  return `kubectl delete${namespace === undefined ? "" : ` --namespace ${namespace}`} ${names.join(" ")}`;
}

function kubectlKind({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const [group] = apiVersion.split("/");
  const isPlain = !(group ?? "").includes(".") || group === "networking.k8s.io";
  return isPlain ? kind.toLowerCase() : `${kind.toLowerCase()}s.${group}`;
}

function nameOfLeftover({ kind, name }: Leftover): string {
  return `${kind}/${name}`;
}

/** `CronJob scan in image-factory-kargo`. */
export function nameOf({ kind, metadata: { name, namespace } }: Omit<Wanted, "apiVersion">): string {
  return `${kind} ${name}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

async function pathTo(object: Wanted, pathOf: PathOf): Promise<string> {
  const path = await pathOf(object, object.metadata);
  if (path === undefined) throw new TypeError(`${nameOf(object)}: its kind was known before`);
  return path;
}

async function assertKnown(layers: readonly WantedLayer[], pathOf: PathOf): Promise<void> {
  const missing = new Set<string>();
  for (const { objects } of layers) {
    for (const object of objects) {
      if ((await pathOf(object, object.metadata)) === undefined) missing.add(object.apiVersion);
    }
  }
  if (missing.size === 0) return;
  const versions = [...missing].toSorted().join(", ");
  throw new FactoryError("settings-invalid", `this cluster does not know ${versions}; nothing was changed`, {
    hint: "Install Kargo and Argo Rollouts first, or set kargo: {enabled: false} in cluster.yaml.",
  });
}

/** @see https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
function apply(api: ClusterApi, path: string, object: Wanted, isTrial: boolean) {
  const query = new URLSearchParams({
    fieldManager,
    // Another manager's fields are seen in the differences, and are ours from here on.
    force: "true",
    fieldValidation: "Strict",
    ...(isTrial ? { dryRun: "All" } : {}),
  });
  return api.request("PATCH", `${path}?${query}`, object);
}
