import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type OnLoopback, onLoopback } from "../loopback.ts";
import type { Fault, Trouble } from "./fault.ts";
import { type KindOf, type RequestKind, registryKind } from "./requests.ts";

/** A server on loopback that stands before a real one and does wrong what it is told to. */
export interface FaultProxy extends OnLoopback {
  /** The kinds of the requests since the last `begin`, in their order. */
  readonly seen: readonly RequestKind[];
  /** How many requests met the trouble since the last `begin`. */
  readonly met: () => number;
  /** Starts counting anew; `onRequest` hears of each request before it is answered, and may keep it waiting. */
  readonly begin: (trouble?: Trouble, onRequest?: OnRequest) => void;
}

export type OnRequest = (
  count: number,
  request: { readonly kind: RequestKind; readonly url: string },
) => void | Promise<void>;

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface FaultProxyOptions {
  /** @default what a registry is asked */
  readonly kindOf?: KindOf;
  /** Whether the server itself refuses who has no token: a 401 is then its own. @default one of the proxy's */
  readonly refusesItself?: boolean;
}

/** `upstream` is `host:port` of the real server. */
export async function startFaultProxy(
  upstream: string,
  { kindOf = registryKind, refusesItself = false }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const seen: RequestKind[] = [];
  let counts = new Map<RequestKind, number>();
  let trouble: Trouble | undefined;
  let hears: OnRequest | undefined;
  let met = 0;
  let address = "";
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request).catch(() => undefined);
    if (body === undefined) return;
    const { method = "GET", url = "/" } = request;
    if (url.startsWith(ownTokens)) return answer(response, token);
    const kind = kindOf({ method, path: url, agent: request.headers["user-agent"] ?? "", body });
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    seen.push(kind);
    await hears?.(seen.length, { kind, url });
    const meets =
      trouble !== undefined &&
      trouble.kind === kind &&
      (trouble.forGood ? count >= trouble.nth : count === trouble.nth);
    const pass = () => forward(request, body, upstream, address);
    const refused = refusesItself ? () => forward(withoutLogin(request), body, upstream, address) : undefined;
    try {
      if (!meets || trouble === undefined) return answer(response, await pass(), method);
      met += 1;
      await misbehave(trouble.fault, { request, response, pass, refused, address });
    } catch {
      response.destroy();
    }
  });
  const loopback = await onLoopback(server);
  address = loopback.address;
  return {
    ...loopback,
    seen,
    met: () => met,
    begin: (next, onRequest) => {
      // Whoever was kept waiting is let go: a case does not reach into the next.
      server.closeAllConnections();
      seen.length = 0;
      counts = new Map();
      met = 0;
      trouble = next;
      hears = onRequest;
    },
  };
}

const ownTokens = "/token-of-the-proxy";

const token: Reply = {
  status: 200,
  headers: { "content-type": "application/json" },
  body: Buffer.from('{"token":"of-nobody","expires_in":300}'),
};

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pass: () => Promise<Reply>;
  /** What the server says to who has no token. */
  readonly refused: (() => Promise<Reply>) | undefined;
  readonly address: string;
}

async function misbehave(
  fault: Fault,
  { request, response, pass, refused, address }: Exchange,
): Promise<void> {
  const { method = "GET" } = request;
  const refuse = (status: number, headers: IncomingHttpHeaders = {}) =>
    answer(response, { status, headers, body: Buffer.from(`{"errors":[{"code":"INJECTED"}]}`) }, method);
  switch (fault) {
    case "500":
      return refuse(500);
    case "503":
      return refuse(503);
    case "429 for 1 s":
      return refuse(429, { "retry-after": "1" });
    case "429 until a date":
      return refuse(429, { "retry-after": new Date(Date.now() + 2_000).toUTCString() });
    case "429 for a day":
      return refuse(429, { "retry-after": "86400" });
    case "401":
      if (refused !== undefined) return answer(response, await refused(), method);
      return refuse(401, {
        "www-authenticate": `Bearer realm="http://${address}${ownTokens}",service="faults"`,
      });
    case "404":
      return refuse(404);
    case "reset":
      response.destroy();
      return;
    case "reply swallowed":
      await pass();
      response.destroy();
      return;
    case "stalled":
      return drip(request.socket, await pass(), method);
    case "truncated": {
      const reply = await pass();
      response.writeHead(reply.status, reply.headers);
      response.write(reply.body.subarray(0, reply.body.length / 2), () => response.destroy());
      return;
    }
    case "wrong length": {
      const reply = await pass();
      const length = Math.floor(Number(reply.headers["content-length"] ?? 0) / 2);
      const headers = { ...reply.headers, "content-length": String(length) };
      return answer(response, { ...reply, headers, body: reply.body.subarray(0, length) }, method);
    }
    case "wrong bytes": {
      const reply = await pass();
      const body = Buffer.from(reply.body);
      const middle = Math.floor(body.length / 2);
      body.writeUInt8((body.at(middle) ?? 0) ^ 1, middle);
      return answer(response, { ...reply, body }, method);
    }
  }
}

function answer(response: ServerResponse, { status, headers, body }: Reply, method = "GET"): void {
  response.writeHead(status, headers);
  response.end(method === "HEAD" ? undefined : body);
}

/** One byte a second, from the first of the status line on. */
async function drip(socket: Socket, { status, headers, body }: Reply, method: string): Promise<void> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n`;
  for (const byte of Buffer.concat([Buffer.from(head), method === "HEAD" ? Buffer.alloc(0) : body])) {
    if (socket.destroyed) return;
    socket.write(Buffer.of(byte));
    await sleep(1_000, undefined, { ref: false });
  }
}

type Received = Pick<IncomingMessage, "method" | "url" | "headers">;

function withoutLogin({ method, url, headers: { authorization: _, ...headers } }: IncomingMessage): Received {
  return { method, url, headers };
}

/** What the real registry says; its Location leads back through here, for it goes by the Host that it was asked by. */
async function forward(
  { method, url, headers }: Received,
  body: Buffer,
  upstream: string,
  address: string,
): Promise<Reply> {
  const { "transfer-encoding": _, ...kept } = headers;
  const sent = requestHttp(`http://${upstream}${url}`, {
    method,
    headers: { ...kept, host: address, "content-length": String(body.length) },
  });
  sent.end(body);
  const [reply] = (await once(sent, "response")) as [IncomingMessage];
  const { connection, "keep-alive": __, "transfer-encoding": ___, location, ...rest } = reply.headers;
  return {
    status: reply.statusCode ?? 502,
    headers: {
      ...rest,
      ...(location === undefined ? {} : { location: location.replace(upstream, address) }),
    },
    body: await bodyOf(reply),
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
