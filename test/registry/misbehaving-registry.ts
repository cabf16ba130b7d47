import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type OnLoopback, onLoopback } from "../loopback.ts";

/** A server on loopback that answers as a test says: for what no real registry can be made to do. */
export interface MisbehavingRegistry extends OnLoopback {
  /** `METHOD /path` with query, in the order of arrival, greetings of `/v2/` left out. */
  readonly requests: readonly string[];
  /** Of the same requests. */
  readonly headers: readonly IncomingMessage["headers"][];
}

/** Answers one request; one that returns without an answer leaves the other side waiting. */
export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

export async function serve(answer: Answer, greeting?: Answer): Promise<MisbehavingRegistry> {
  const requests: string[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url === "/v2/") {
      if (greeting === undefined) response.end("{}");
      else greeting(request, response, Buffer.concat(chunks));
      return;
    }
    requests.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    answer(request, response, Buffer.concat(chunks));
  });
  return { ...(await onLoopback(server)), requests, headers };
}
