import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { ArchiveCredentials } from "../../enrolment/enrolment.ts";
import { FactoryError } from "../../errors.ts";
import type { Digest } from "../../registry/digest.ts";
import { lookAgain } from "../../registry/doubt.ts";
import { discard } from "../../registry/response.ts";
import type { Attempt, Clock, GivenUp } from "../../registry/retry.ts";
import { createSender, refusal, type Sender } from "../../registry/sender.ts";
import { nextUrl } from "../../registry/session.ts";
import type { HttpResponse, Transport } from "../../registry/transport.ts";
import { readToken } from "../token.ts";
import { archiveFailure, shownAddress } from "./failure.ts";
import { smaller } from "./refusals.ts";

/** What is asked for. */
export interface ArchiveRequest {
  readonly url: string;
  readonly credentials: ArchiveCredentials | undefined;
  /** Of what is at hand; the server is asked whether it has another one. */
  readonly etag?: string | undefined;
  /** Where it goes. */
  readonly file: string;
  /** Looks at what came; what it refuses is asked for again, for bytes can be spoilt on their way. */
  readonly check: (came: Download) => Promise<void>;
}

export interface Download {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly etag: string | undefined;
}

export interface DownloadDoor {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Where tokens that are named by variable come from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

const limits = { attempts: 5, deadlineMs: 120_000 };
const mostBytes = 2 * 1024 ** 3;
/** All tries together, however little by little it comes. */
const mostMs = 30 * 60_000;
const maxRedirects = 5;

/**
 * Fetches an archive into a file; undefined where the server says that it is the one that is at hand.
 * @throws FactoryError as `archiveFailure`, "credentials-invalid" for a token that is not there, "interrupted".
 */
export async function fetchArchive(
  request: ArchiveRequest,
  door: DownloadDoor,
): Promise<Download | undefined> {
  const url = new URL(request.url);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(tooLong(url)), mostMs);
  const signal = door.signal === undefined ? late.signal : AbortSignal.any([door.signal, late.signal]);
  try {
    const sender = createSender({ ...door, limits, signal });
    const headers = headersOf(request, url, door);
    // A proxy or a service for logins may err for a moment: what refuses is asked again.
    const result = await lookAgain(() => sender.persist(() => attempt(request, url, headers, sender)), {
      fits: (found) => found !== undefined && !isRefused(found),
      sleep: door.clock.sleep,
      signal,
    });
    if (result !== undefined && "done" in result) return result.done.download;
    if (result === undefined) throw new Error("nothing was asked");
    throw archiveFailure(url, result);
  } finally {
    clearTimeout(timer);
  }
}

type Result = { readonly done: { readonly download: Download | undefined } } | GivenUp;

function isRefused(result: Result): boolean {
  if ("done" in result || result.outcome.kind !== "answered") return false;
  return [401, 403, 404, 410].includes(result.outcome.status);
}

function attempt(
  { etag, file, check }: ArchiveRequest,
  url: URL,
  headers: Readonly<Record<string, string>>,
  sender: Sender,
): Promise<Attempt<{ readonly download: Download | undefined }>> {
  return sender.guarded(async (): Promise<Attempt<{ readonly download: Download | undefined }>> => {
    try {
      const response = await follow(url, headers, sender);
      if (response.status === 304 && etag !== undefined) {
        await discard(response);
        return { done: { download: undefined } };
      }
      if (response.status !== 200) return await refusal(response);
      const download = await store(response, file, url);
      await check(download);
      return { done: { download } };
    } catch (error) {
      if (!(error instanceof FactoryError) || !/^(?:source|registry-answer)-/.test(error.code)) throw error;
      return { outcome: { kind: "unfit", error } };
    }
  });
}

/** Goes where the server leads on to; another host gets no token. */
async function follow(
  start: URL,
  headers: Readonly<Record<string, string>>,
  { send }: Sender,
): Promise<HttpResponse> {
  const { authorization: _, ...withoutToken } = headers;
  let url = start;
  for (let hops = 0; ; hops++) {
    const response = await send({
      method: "GET",
      url,
      headers: url.origin === start.origin ? headers : withoutToken,
    });
    const leadsOn = [301, 302, 303, 307, 308].includes(response.status);
    if (!leadsOn || hops === maxRedirects) return response;
    await discard(response);
    const address = { host: start.host, path: "", plainHttp: false };
    url = nextUrl({ address, method: "GET" }, url, response.headers["location"] ?? "", []);
  }
}

async function store(response: HttpResponse, file: string, url: URL): Promise<Download> {
  const hash = createHash("sha256");
  let size = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > mostBytes)
        throw new FactoryError("source-invalid", `${shownAddress(url)} has more than ${mostBytes} bytes`, {
          hint: smaller,
        });
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(response.body, counted, createWriteStream(file));
  return { digest: `sha256:${hash.digest("hex")}`, size, etag: response.headers["etag"] };
}

function headersOf(
  { etag, credentials }: ArchiveRequest,
  url: URL,
  { variables }: DownloadDoor,
): Readonly<Record<string, string>> {
  return {
    accept: "*/*",
    "accept-encoding": "identity",
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(credentials === undefined ? {} : { authorization: authorizationOf(credentials, url, variables) }),
  };
}

function authorizationOf(
  credentials: ArchiveCredentials,
  url: URL,
  variables: DownloadDoor["variables"],
): string {
  const { user } = credentials;
  const use = { address: shownAddress(url), field: "source.archive.credentials", user: user ?? "" };
  const token = readToken(credentials, use, variables);
  return user === undefined
    ? `Bearer ${token}`
    : `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
}

function tooLong(url: URL): FactoryError {
  return new FactoryError(
    "source-unavailable",
    `GET ${shownAddress(url)} took longer than ${mostMs / 60_000} min`,
    {
      hint: "Look at the network and the server, and try again.",
    },
  );
}
