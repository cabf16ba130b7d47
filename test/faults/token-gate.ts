import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { type OnLoopback, onLoopback } from "../loopback.ts";

/** A token service, and the guard of a real registry that lets nobody in without its tokens. */
export type TokenGate = OnLoopback;

/** How long a token is good: several run out in each build. */
const lifetimeMs = 2_000;

/** @see https://distribution.github.io/distribution/spec/auth/token/ */
export async function startTokenGate(
  registry: string,
  login: { readonly user: string; readonly password: string },
): Promise<TokenGate> {
  const granted = new Map<string, { readonly scopes: readonly string[]; readonly until: number }>();
  const basic = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}`;
  const grant = (url: URL, response: ServerResponse) => {
    const token = randomUUID();
    granted.set(token, { scopes: url.searchParams.getAll("scope"), until: Date.now() + lifetimeMs });
    json(response, 200, { token, expires_in: lifetimeMs / 1000 });
  };
  const isGranted = (authorization: string | undefined, wanted: string | undefined) => {
    const token = granted.get(/^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "");
    if (token === undefined || token.until < Date.now()) return false;
    return wanted === undefined || token.scopes.some((scope) => covers(scope, wanted));
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    const { authorization } = request.headers;
    if (url.pathname === "/token") {
      if (authorization === basic) return grant(url, response);
      return json(response, 401, { errors: [{ code: "UNAUTHORIZED" }] });
    }
    const wanted = scopeOf(request.method ?? "GET", url.pathname);
    if (authorization === basic || isGranted(authorization, wanted)) return pass(registry, request, response);
    const scope = wanted === undefined ? "" : `,scope="${wanted}"`;
    response.setHeader("www-authenticate", `Bearer realm="${url.origin}/token",service="gate"${scope}`);
    json(response, 401, { errors: [{ code: "UNAUTHORIZED" }] });
  });
  return onLoopback(server);
}

/** What a request needs: `repository:team/app:push`; undefined for a greeting. */
function scopeOf(method: string, path: string): string | undefined {
  const name = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(path)?.[1];
  const action = method === "GET" || method === "HEAD" ? "pull" : method === "DELETE" ? "delete" : "push";
  return name === undefined ? undefined : `repository:${name}:${action}`;
}

/** One `scope` may name several actions; several scopes may stand in one parameter. */
function covers(scopes: string, wanted: string): boolean {
  const at = wanted.lastIndexOf(":");
  return scopes.split(" ").some((scope) => {
    const [, name, actions = ""] = /^(repository:.+):([^:]+)$/.exec(scope) ?? [];
    return name === wanted.slice(0, at) && actions.split(",").includes(wanted.slice(at + 1));
  });
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function pass(registry: string, request: IncomingMessage, response: ServerResponse): void {
  const { authorization: _, ...headers } = request.headers;
  const { method, url } = request;
  const sent = requestHttp(`http://${registry}${url}`, { method, headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  sent.on("error", () => response.destroy());
  request.pipe(sent);
}
