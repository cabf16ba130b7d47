import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { onLoopback } from "../loopback.ts";

interface Stored {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** An API server that has leases alone, with the concurrency rules of the real one. */
export interface LeaseServer {
  readonly url: string;
  readonly leases: Map<string, Stored>;
  readonly requests: readonly string[];
  /** What becomes of the next requests: "lost" does the work and swallows the answer. */
  answer: (method: string, path: string) => "serve" | "lost" | number;
  readonly stop: () => Promise<void>;
}

const collection =
  /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/(?<namespace>[^/]+)\/leases(?:\/(?<name>[^/]+))?$/;

/** @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
export async function startLeaseServer(): Promise<LeaseServer> {
  const leases = new Map<string, Stored>();
  const requests: string[] = [];
  let version = 0;
  const store = (name: string, uid: string, { metadata, spec }: Stored): Stored => {
    version += 1;
    const stored = { metadata: { ...metadata, name, uid, resourceVersion: String(version) }, spec };
    leases.set(name, stored);
    return stored;
  };
  const list = (selector: string) => {
    const wanted = selector.split(",").map((one) => one.split("="));
    return [...leases.values()].filter(({ metadata: { labels } }) =>
      wanted.every(([key = "", value]) => labels?.[key] === value),
    );
  };
  const change = (method: string, name: string, body: unknown): readonly [number, unknown] => {
    const found = leases.get(name);
    if (found === undefined) return [404, { message: "not found" }];
    if (method === "GET") return [200, found];
    const { metadata, preconditions } = body as Partial<Stored> & {
      readonly preconditions?: Stored["metadata"];
    };
    const expected = (metadata ?? preconditions)?.resourceVersion;
    if (expected !== found.metadata.resourceVersion)
      return [409, { message: "the object has been modified" }];
    if (method === "PUT") return [200, store(name, found.metadata.uid, body as Stored)];
    leases.delete(name);
    return [200, {}];
  };
  const serve = (method: string, url: URL, body: unknown): readonly [number, unknown] => {
    const { namespace, name } = collection.exec(url.pathname)?.groups ?? {};
    if (namespace !== "factory") return [404, { message: `namespaces "${namespace}" not found` }];
    if (name !== undefined) return change(method, name, body);
    if (method === "GET") return [200, { items: list(url.searchParams.get("labelSelector") ?? "") }];
    const given = body as Stored;
    if (leases.has(given.metadata.name)) return [409, { message: "already exists" }];
    return [201, store(given.metadata.name, randomUUID(), given)];
  };
  const server = createServer(async (request, response) => {
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", "http://localhost");
    const body = await bodyOf(request);
    requests.push(`${method} ${url.pathname}`);
    const answer = self.answer(method, url.pathname);
    if (typeof answer === "number") {
      response.writeHead(answer, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ message: "no" }));
    }
    const [status, answered] = serve(method, url, body);
    if (answer === "lost") return void response.destroy();
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answered));
  });
  const { address, stop } = await onLoopback(server);
  const self: LeaseServer = { url: `http://${address}`, leases, requests, answer: () => "serve", stop };
  return self;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}
