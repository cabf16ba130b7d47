import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { FactoryError } from "../errors.ts";
import { request as plainRequest } from "../node-http.ts";

/** What the API server answered; `body` is parsed JSON, undefined where there is none. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The door to the API server of a cluster. */
export interface ClusterApi {
  /** @throws FactoryError "cluster-unavailable" when no answer comes, or one that says to come again. */
  readonly request: (
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body?: object,
  ) => Promise<Answer>;
}

/** Where an API server is and how it knows us: asked anew for each request, for tokens are changed while we run. */
export type Connect = () => Promise<{ readonly server: URL; readonly options: RequestOptions }>;

type Environment = Readonly<Record<string, string | undefined>>;

const account = "/var/run/secrets/kubernetes.io/serviceaccount";
const timeoutMs = 5_000;
const mostBytes = 8 * 1024 * 1024;

/**
 * How to speak to the cluster: by KUBECONFIG where that is set, else as the service account of this pod.
 * @throws FactoryError "settings-invalid" where there is neither.
 */
export async function findCluster(env: Environment, purpose: string): Promise<Connect> {
  const file = env["KUBECONFIG"];
  if (file !== undefined && file !== "") return byKubeconfig(file);
  const host = env["KUBERNETES_SERVICE_HOST"];
  const token = await readFile(`${account}/token`, "utf8").catch(() => undefined);
  if (host === undefined || token === undefined) {
    throw new FactoryError("settings-invalid", `${purpose} needs a cluster, and there is none here`, {
      hint: "Set KUBECONFIG, or run in a pod with a service account (automountServiceAccountToken).",
    });
  }
  const ca = await readFile(`${account}/ca.crt`);
  const name = host.includes(":") ? `[${host}]` : host;
  const server = new URL(`https://${name}:${env["KUBERNETES_SERVICE_PORT"] ?? "443"}`);
  return async () => {
    const now = (await readFile(`${account}/token`, "utf8")).trim();
    return { server, options: { ca, headers: { authorization: `Bearer ${now}` } } };
  };
}

async function byKubeconfig(file: string): Promise<Connect> {
  // Loading it takes a third of a second.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw new FactoryError("settings-invalid", `KUBECONFIG: ${file}: ${(cause as Error).message}`, { cause });
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new FactoryError("settings-invalid", `KUBECONFIG: ${file} has no current context with a cluster`, {
      hint: "Choose one: kubectl config use-context <name>",
    });
  }
  return async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return { server: new URL(server), options };
  };
}

/** Speaks JSON to the API server. */
export function createClusterApi(connect: Connect): ClusterApi {
  return {
    request: async (method, path, body) => {
      const { server, options } = await connect();
      const answer = await exchange(server, options, { method, path, body }).catch((cause: unknown) => {
        throw unavailable(server, (cause as Error).message, cause);
      });
      if (answer.status === 429 || answer.status >= 500)
        throw unavailable(server, `answered ${answer.status} to ${method} ${path}`);
      if (answer.status === 401 || answer.status === 403) {
        const said = (answer.body as { readonly message?: string } | undefined)?.message;
        throw new FactoryError(
          "credentials-invalid",
          `${server.host}: ${said ?? `answered ${answer.status}`}`,
          {
            hint: "Give the service account a Role with get, list, create, update and delete of leases.coordination.k8s.io.",
          },
        );
      }
      return answer;
    },
  };
}

function unavailable(server: URL, what: string, cause?: unknown): FactoryError {
  return new FactoryError("cluster-unavailable", `the API server ${server.host}: ${what}`, {
    hint: "Run the same command again once it answers.",
    cause,
  });
}

async function exchange(
  server: URL,
  options: RequestOptions,
  {
    method,
    path,
    body,
  }: { readonly method: string; readonly path: string; readonly body: object | undefined },
): Promise<Answer> {
  const https = process.getBuiltinModule("node:https");
  const request = server.protocol === "http:" ? plainRequest : https.request;
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const url = new URL(`${server.pathname.replace(/\/$/, "")}${path}`, server);
  const headers = {
    ...options.headers,
    accept: "application/json",
    ...(sent === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(sent)) }),
  };
  // An agent made for TLS has nothing to do with a server without it.
  const { agent: _, ...plain } = options;
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { ...(server.protocol === "http:" ? plain : options), method, headers, timeout: timeoutMs },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (text.length > mostBytes) response.destroy(new Error(`answered more than ${mostBytes} bytes`));
        });
        response.on("error", reject).on("end", () => {
          try {
            resolve({
              status: response.statusCode ?? 0,
              body: text === "" ? undefined : (JSON.parse(text) as unknown),
            });
          } catch (error) {
            reject(error as Error);
          }
        });
      },
    );
    call.on("timeout", () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on("error", reject);
    call.end(sent);
  });
}
