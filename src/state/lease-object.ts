import type { ClusterApi } from "../cluster/api.ts";

/** @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
export interface Lease {
  readonly apiVersion: "coordination.k8s.io/v1";
  readonly kind: "Lease";
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

/** Where leases are. */
export interface LeasePlace {
  readonly api: ClusterApi;
  readonly namespace: string;
}

export const ownLabel = { "app.kubernetes.io/managed-by": "image-factory" } as const;

const groupKey = "image-factory/group";

/** The labels of a lease of ours: all that belong to one group can be listed. */
export function labelsOf(group: string | undefined): Readonly<Record<string, string>> {
  return group === undefined ? ownLabel : { ...ownLabel, [groupKey]: group };
}

export function leasePath(namespace: string, name?: string): string {
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  return name === undefined ? leases : `${leases}/${name}`;
}

/** The leases with these labels, as they stand now; undefined where they may not be listed. */
export async function listLeases(
  { api, namespace }: LeasePlace,
  labels: Readonly<Record<string, string>>,
): Promise<readonly Lease[] | undefined> {
  const selector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join();
  const path = `${leasePath(namespace)}?labelSelector=${encodeURIComponent(selector)}`;
  const { status, body } = await api.request("GET", path);
  return status === 200 ? (body as { readonly items: readonly Lease[] }).items : undefined;
}

/** Removes a lease that nobody has written since it was read; false where somebody has. */
export async function removeLease({ api, namespace }: LeasePlace, { metadata }: Lease): Promise<boolean> {
  const { name, uid, resourceVersion } = metadata;
  const preconditions = { uid, resourceVersion };
  const { status } = await api.request("DELETE", leasePath(namespace, name), { preconditions });
  return status === 200 || status === 202 || status === 404;
}
