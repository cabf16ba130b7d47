import type { Answer, ClusterApi } from "../../src/cluster/api.ts";
import type { KubeObject } from "../../src/cluster/objects.ts";

/** What was asked: `PATCH /api/v1/namespaces/x`, with its query and its body. */
export interface Asked {
  readonly what: string;
  readonly query: URLSearchParams;
  readonly body: object | undefined;
}

/** An API server of a map: objects by their path. */
export interface StandIn extends ClusterApi {
  readonly asked: readonly Asked[];
  readonly objects: Map<string, KubeObject>;
  /** Lines of a log by the pod's name, one list for each time that it is asked for. */
  readonly logs: Map<string, (readonly string[])[]>;
  /** Called before each request, which may change what there is. */
  beforeEach: (what: string) => void;
}

const resources: Readonly<Record<string, readonly (readonly [kind: string, name: string, own: boolean])[]>> =
  {
    "/api/v1": [
      ["Namespace", "namespaces", false],
      ["ConfigMap", "configmaps", true],
      ["PersistentVolumeClaim", "persistentvolumeclaims", true],
    ],
    "/apis/batch/v1": [
      ["CronJob", "cronjobs", true],
      ["Job", "jobs", true],
    ],
  };

/** As the real one answers to what this project asks, as far as tests of decisions need it. */
export function standIn(): StandIn {
  const asked: Asked[] = [];
  const objects = new Map<string, KubeObject>();
  const logs = new Map<string, (readonly string[])[]>();
  const self: StandIn = {
    asked,
    objects,
    logs,
    beforeEach: () => undefined,
    request: async (method, path, body) => {
      const { pathname, searchParams } = new URL(path, "http://api");
      self.beforeEach(`${method} ${pathname}`);
      asked.push({ what: `${method} ${pathname}`, query: searchParams, body });
      return answer(method, pathname, searchParams, body as KubeObject);
    },
    follow: async (path, onLine) => {
      const { pathname, searchParams } = new URL(path, "http://api");
      self.beforeEach(`FOLLOW ${pathname}`);
      asked.push({ what: `FOLLOW ${pathname}`, query: searchParams, body: undefined });
      const pod = pathname.split("/").at(-2) ?? "";
      for (const line of logs.get(pod)?.shift() ?? []) onLine(line);
      return 200;
    },
  };
  const answer = (method: string, path: string, query: URLSearchParams, body: KubeObject): Answer => {
    const known = resources[path];
    if (known !== undefined)
      return {
        status: 200,
        body: { resources: known.map(([kind, name, namespaced]) => ({ kind, name, namespaced })) },
      };
    if (method === "PATCH") return applied(path, query, body);
    const found = objects.get(path);
    if (found !== undefined) return { status: 200, body: found };
    const below = [...objects].filter(([place]) => place.slice(0, place.lastIndexOf("/")) === path);
    if (below.length === 0 && /\/[^/]*s\/[^/]+$/.test(path) && !/s$/.test(path)) return notFound(path);
    if (!/(?:jobs|pods|cronjobs|configmaps|claims)$/.test(path)) return notFound(path);
    return { status: 200, body: { items: below.map(([, object]) => object).filter(selected(query)) } };
  };
  const applied = (path: string, query: URLSearchParams, body: KubeObject): Answer => {
    const [, namespace] = /\/namespaces\/([^/]+)\//.exec(path) ?? [];
    if (namespace !== undefined && !objects.has(`/api/v1/namespaces/${namespace}`))
      return { status: 404, body: { message: `namespaces "${namespace}" not found` } };
    if ("noSuchField" in body) return { status: 400, body: { message: "unknown field noSuchField" } };
    if (query.get("dryRun") !== "All") objects.set(path, body);
    return { status: 200, body };
  };
  return self;
}

function notFound(path: string): Answer {
  return { status: 404, body: { message: `${path} not found` } };
}

function selected(query: URLSearchParams): (object: KubeObject) => boolean {
  const pairs = (query.get("labelSelector") ?? "").split(",").filter((pair) => pair !== "");
  return ({ metadata }) =>
    pairs.every((pair) => {
      const [key = "", value] = pair.split("=");
      return metadata.labels?.[key] === value;
    });
}
