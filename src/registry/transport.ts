import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { Agent, request as requestHttp } from "../node-http.ts";
import { type Environment, proxyFor } from "./proxy.ts";

/** One HTTP request, with everything that goes over the wire. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream needs `content-length` among the headers; it is destroyed when the request fails. */
  readonly body?: Uint8Array | Readable;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; several of one name are joined by comma. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Has to be read to its end or destroyed, else the connection is not used again. */
  readonly body: Readable;
}

/** The door to the network: no redirect is followed, no status is an error, bodies are as sent. Tests pass another. */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

export interface TransportOptions {
  readonly env: Environment;
  /** From the start of a connection to its end of handshakes. */
  readonly connectMs: number;
  /** Without one byte in either direction, or with fewer than `leastBytes` in both together. */
  readonly idleMs: number;
  /** The same for a PUT: on object storage, registries copy a large blob before they answer. */
  readonly storeMs: number;
}

/** Connections to one host at a time; further requests wait for one. */
const maxSockets = 32;

/** What has to move within the time that a silence may last: who gives a byte now and then would never time out. */
const leastBytes = 16 * 1024;

/** Requests over keep-alive connections, by proxy where the environment names one, trusting what this machine trusts. */
export function createTransport(options: TransportOptions): Transport {
  const lines = new Map<string, Promise<Line>>();
  let secure: ReturnType<typeof loadSecure> | undefined;
  const createLine = async (url: URL, proxy: string | undefined): Promise<Line> => {
    const proxyEnv = proxy === undefined ? {} : { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } };
    const common = { keepAlive: true, maxSockets, timeout: options.idleMs, ...proxyEnv };
    if (url.protocol === "http:") return { agent: new Agent(common), request: requestHttp };
    secure ??= loadSecure(options.env);
    const { Agent: SecureAgent, request, contextFor } = await secure;
    return { agent: new SecureAgent({ ...common, secureContext: await contextFor(url.host) }), request };
  };
  return async (request) => {
    const proxy = proxyFor(request.url, options.env);
    const key = `${request.url.protocol}//${request.url.host} ${proxy ?? ""}`;
    const line = lines.get(key) ?? createLine(request.url, proxy);
    lines.set(key, line);
    return send(request, await line, options);
  };
}

/** What connections by TLS take; a registry of this machine speaks without, and answers sooner than it is loaded. */
async function loadSecure(env: Environment) {
  const [https, { createContexts }] = await Promise.all([import("node:https"), import("./certificates.ts")]);
  return { Agent: https.Agent, request: https.request, contextFor: createContexts(env) };
}

/** The connections to one host. */
interface Line {
  readonly agent: InstanceType<typeof Agent>;
  readonly request: typeof requestHttp;
}

function send(
  { method, url, headers, body, signal }: HttpRequest,
  { agent, request: begin }: Line,
  { connectMs, idleMs, storeMs }: TransportOptions,
): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  const secure = url.protocol === "https:";
  const request = begin(url, {
    method,
    headers,
    agent,
    ...(signal === undefined ? {} : { signal }),
  });
  let response: IncomingMessage | undefined;
  const timeOut = (what: string) => {
    const error = Object.assign(new Error(what), { code: "ETIMEDOUT" });
    (response ?? request).destroy(error);
  };
  const silenceMs = method === "PUT" ? storeMs : idleMs;
  request.setTimeout(silenceMs, () => timeOut(`no byte for ${silenceMs} ms`));
  request.on("socket", (socket) => {
    const pace = watchPace(socket, { idleMs, silenceMs }, timeOut);
    request.once("close", () => clearInterval(pace));
    if (!socket.connecting) return;
    const timer = setTimeout(() => timeOut(`not connected within ${connectMs} ms`), connectMs);
    const clear = () => clearTimeout(timer);
    socket.once(secure ? "secureConnect" : "connect", clear).once("close", clear);
  });
  request.on("response", (message) => {
    response = message;
    // An answer that comes before the whole body was sent is the end of it.
    message.once("close", () => {
      if (!request.writableFinished) request.destroy();
    });
    resolve({ status: message.statusCode ?? 0, headers: joined(message.headers), body: message });
  });
  request.once("close", () => {
    if (body !== undefined && !(body instanceof Uint8Array)) body.destroy();
  });
  request.on("error", (error) => {
    reject(Object.assign(error, { reusedConnection: request.reusedSocket }));
  });
  if (body === undefined || body instanceof Uint8Array) request.end(body);
  else body.once("error", (error) => request.destroy(error)).pipe(request);
  return promise;
}

/** Calls `timeOut` when too little moves; a silence may last `silenceMs` until the answer has begun, then `idleMs`. */
function watchPace(
  socket: Socket,
  { idleMs, silenceMs }: { readonly idleMs: number; readonly silenceMs: number },
  timeOut: (what: string) => void,
): NodeJS.Timeout {
  const read = socket.bytesRead;
  let before = read + socket.bytesWritten;
  let slowMs = 0;
  return setInterval(() => {
    const moved = socket.bytesRead + socket.bytesWritten - before;
    before += moved;
    slowMs = moved < leastBytes ? slowMs + idleMs : 0;
    const hasBegun = socket.bytesRead > read;
    if (slowMs >= (hasBegun ? idleMs : silenceMs)) timeOut(`fewer than ${leastBytes} bytes in ${slowMs} ms`);
  }, idleMs);
}

function joined(headers: IncomingMessage["headers"]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}
