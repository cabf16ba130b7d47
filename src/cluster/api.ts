import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { FactoryError } from "../errors.ts";
import { request as plainRequest } from "../node-http.ts";
import { keptSecret } from "./secrets.ts";

/** What the API server answered; `body` is parsed JSON, undefined where there is none. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The door to the API server of a cluster. */
export interface ClusterApi {
  /** @throws FactoryError "cluster-unavailable" when no answer comes, or one that says to come again. */
  readonly request: (
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: object,
  ) => Promise<Answer>;
  /**
   * Reads an answer line by line as it comes, until it ends or nothing has come for a while; no line where the status is
   * not 200.
   * @throws FactoryError "cluster-unavailable" when the connection is lost.
   */
  readonly follow: (path: string, onLine: (line: string) => void, signal: AbortSignal) => Promise<number>;
}

/** What differs between those who ask. */
export interface ApiUse {
  /** Silence after which an answer comes no more. */
  readonly timeoutMs: number;
  /** What to do where the API server says that it is not allowed. */
  readonly remedy: string;
}

/** A lock is asked for again and again, and soon. */
const forLeases: ApiUse = {
  timeoutMs: 5_000,
  remedy:
    "Give the service account a Role with get, list, create, update and delete of leases.coordination.k8s.io.",
};

/** Where an API server is and how it knows us: asked anew for each request, for tokens are changed while we run. */
export type Connect = () => Promise<{ readonly server: URL; readonly options: RequestOptions }>;

type Environment = Readonly<Record<string, string | undefined>>;

const account = "/var/run/secrets/kubernetes.io/serviceaccount";
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
    return { server, options: keptSecret({ ca, headers: { authorization: `Bearer ${now}` } }) };
  };
}

/**
 * How kubectl would speak to the cluster, by the files of KUBECONFIG, the first of which says the most, and by the
 * context that is named, else the current one.
 * @throws FactoryError "settings-invalid" for files or a context that are not there.
 */
export async function byKubeconfig(file: string, context?: string): Promise<Connect> {
  // Loading it takes a third of a second.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    const [first = "", ...others] = file.split(":").filter((name) => name !== "");
    config.loadFromFile(first);
    for (const other of others) {
      const further = new KubeConfig();
      further.loadFromFile(other);
      config.mergeConfig(further, true);
    }
  } catch (cause) {
    throw new FactoryError("settings-invalid", `KUBECONFIG: ${file}: ${(cause as Error).message}`, { cause });
  }
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name);
    if (!names.includes(context)) {
      throw new FactoryError("settings-invalid", `KUBECONFIG: ${file} has no context ${context}`, {
        hint: `It has ${names.join(", ")}.`,
      });
    }
    config.setCurrentContext(context);
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
    return { server: new URL(server), options: keptSecret(options) };
  };
}

/** Speaks JSON to the API server. */
export function createClusterApi(connect: Connect, use: ApiUse = forLeases): ClusterApi {
  return {
    request: async (method, path, body) => {
      const { server, options } = await connect();
      const answer = await exchange(server, options, { method, path, body, ...use }).catch(
        (cause: unknown) => {
          throw unavailable(server, (cause as Error).message, cause);
        },
      );
      if (answer.status === 429 || answer.status >= 500)
        throw unavailable(server, `answered ${answer.status} to ${method} ${path}`);
      if (answer.status === 401 || answer.status === 403) {
        const said = (answer.body as { readonly message?: string } | undefined)?.message;
        throw new FactoryError(
          "credentials-invalid",
          `${server.host}: ${said ?? `answered ${answer.status}`}`,
          { hint: use.remedy },
        );
      }
      return answer;
    },
    follow: async (path, onLine, signal) => {
      const { server, options } = await connect();
      return followLines(server, options, { path, signal, ...use }, onLine).catch((cause: unknown) => {
        signal.throwIfAborted();
        throw unavailable(server, (cause as Error).message, cause);
      });
    },
  };
}

function unavailable(server: URL, what: string, cause?: unknown): FactoryError {
  return new FactoryError("cluster-unavailable", `the API server ${server.host}: ${what}`, {
    hint: "Run the same command again once it answers.",
    cause,
  });
}

/** Server-side apply takes YAML, of which JSON is a part: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
const patchType = "application/apply-patch+yaml";

function open(server: URL, options: RequestOptions, path: string) {
  const isPlain = server.protocol === "http:";
  // An agent made for TLS has nothing to do with a server without it.
  const { agent: _, ...plain } = options;
  return {
    request: isPlain ? plainRequest : process.getBuiltinModule("node:https").request,
    url: new URL(`${server.pathname.replace(/\/$/, "")}${path}`, server),
    options: isPlain ? plain : options,
  };
}

async function exchange(
  server: URL,
  given: RequestOptions,
  {
    method,
    path,
    body,
    timeoutMs,
  }: ApiUse & { readonly method: string; readonly path: string; readonly body: object | undefined },
): Promise<Answer> {
  const { request, url, options } = open(server, given, path);
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...options.headers,
    accept: "application/json",
    ...(sent === undefined
      ? {}
      : {
          "content-type": method === "PATCH" ? patchType : "application/json",
          "content-length": String(Buffer.byteLength(sent)),
        }),
  };
  return new Promise((resolve, reject) => {
    const call = request(url, { ...options, method, headers, timeout: timeoutMs }, (response) => {
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
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on("error", reject);
    call.end(sent);
  });
}

async function followLines(
  server: URL,
  given: RequestOptions,
  { path, signal, timeoutMs }: ApiUse & { readonly path: string; readonly signal: AbortSignal },
  onLine: (line: string) => void,
): Promise<number> {
  const { request, url, options } = open(server, given, path);
  return new Promise((resolve, reject) => {
    const call = request(url, { ...options, method: "GET", timeout: timeoutMs, signal }, (response) => {
      const status = response.statusCode ?? 0;
      let rest = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        if (status !== 200) return;
        const lines = `${rest}${chunk}`.split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) onLine(line);
      });
      response.on("error", reject).on("end", () => {
        if (rest !== "") onLine(rest);
        resolve(status);
      });
      // It may be that nobody says anything: whoever asked looks whether that is so, and asks again.
      call.on("timeout", () => {
        resolve(status);
        call.destroy();
      });
    });
    call.on("error", reject);
    call.end();
  });
}
