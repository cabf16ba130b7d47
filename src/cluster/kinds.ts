import type { ClusterApi } from "./api.ts";
import { accepted } from "./objects.ts";

/** How objects of a kind are addressed; undefined for a kind that the cluster does not know. */
export type PathOf = (
  object: { readonly apiVersion: string; readonly kind: string },
  place: { readonly namespace?: string; readonly name?: string },
) => Promise<string | undefined>;

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
  }[];
}

/**
 * Asks the API server once for each group and version what it has.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export function discover(api: ClusterApi): PathOf {
  const lists = new Map<string, Promise<ResourceList | undefined>>();
  return async ({ apiVersion, kind }, { namespace, name }) => {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const list = lists.get(root) ?? read(api, root);
    lists.set(root, list);
    const found = (await list)?.resources.find(
      (resource) => resource.kind === kind && !resource.name.includes("/"),
    );
    if (found === undefined) return undefined;
    const within = found.namespaced ? `/namespaces/${namespace ?? "default"}` : "";
    return `${root}${within}/${found.name}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
  };
}

async function read(api: ClusterApi, root: string): Promise<ResourceList | undefined> {
  const answer = await api.request("GET", root);
  return answer.status === 404 ? undefined : accepted<ResourceList>(answer, `GET ${root}`);
}
