import type { Readable } from "node:stream";
import { FactoryError } from "../errors.ts";
import { type Address, originOf, speaksPlainHttp } from "./address.ts";
import { createAuthorization, type Scope } from "./authorization.ts";
import type { CredentialStore } from "./credentials.ts";
import { requestFailure } from "./failure.ts";
import { createGreetings } from "./greeting.ts";
import { isInward } from "./host.ts";
import { createHostGate } from "./host-gate.ts";
import { discard } from "./response.ts";
import type { Attempt, GivenUp } from "./retry.ts";
import { createSender, readFit, refusal, type Sender, type SenderOptions } from "./sender.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

/** One request of the distribution API, as often as it has to be sent. */
export interface RegistryRequest {
  readonly address: Address;
  readonly method: HttpRequest["method"];
  /** Below `/v2/<repository>/`: `manifests/1.0`; or an address that the registry has given. */
  readonly resource: string | URL;
  readonly scopes: readonly Scope[];
  /** The statuses that are an answer; any other is a failure. */
  readonly expected: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Called for each sending. */
  readonly body?: () => Uint8Array | Readable | Promise<Readable>;
}

/** Reads an answer; `url` is where it came from in the end. */
type ReadAnswer<T> = (response: HttpResponse, url: URL) => Promise<T>;

/** Requests with authentication, redirects and retries; everything above speaks of manifests and blobs. */
export interface Session {
  /** Sends until there is an expected answer. @throws FactoryError as `requestFailure` has it. */
  readonly exchange: <T>(request: RegistryRequest, read: ReadAnswer<T>) => Promise<T>;
  /** Sends once; what to do about a failure is the caller's. */
  readonly attempt: <T>(request: RegistryRequest, read: ReadAnswer<T>) => Promise<Attempt<T>>;
  readonly persist: Sender["persist"];
}

export interface SessionOptions extends SenderOptions {
  /** Requests without a body that one host gets at one time. */
  readonly requestsPerHost: number;
  readonly credentials: CredentialStore;
  readonly insecureRegistries: readonly string[];
}

const maxRedirects = 5;

export function createSession(options: SessionOptions): Session {
  const sender = createSender(options);
  const greetingOf = createGreetings(sender);
  const authorization = createAuthorization({ ...options, exchange: sender.exchange });

  const gate = createHostGate(options.requestsPerHost, options.clock.now);

  const sendOnce: Session["attempt"] = (request, read) =>
    sender.guarded(async () => {
      const { origin, challenge } = await greetingOf(request.address);
      const endpoint = { ...request.address, origin };
      const url = urlOf(request, origin);
      const authorizationHeader = () =>
        url.origin === origin ? authorization.headerFor(endpoint, request.scopes, challenge) : undefined;
      let header = await authorizationHeader();
      let response = await sender.send(await sendable(request, url, header));
      if (response.status === 401 && url.origin === origin) {
        authorization.refused(endpoint, request.scopes, header, response.headers["www-authenticate"]);
        const next = await authorizationHeader();
        if (next !== header) {
          await discard(response);
          header = next;
          response = await sender.send(await sendable(request, url, header));
        }
      }
      const landed = await follow(request, url, response, header);
      return request.expected.includes(landed.response.status)
        ? readFit(request, () => read(landed.response, landed.url))
        : refusal(landed.response);
    });

  /**
   * What has a body is not bounded here: it may be read from the very host that it goes to. A request that has not
   * been refused itself heeds what the host has told another one.
   */
  const politely = async <T>(request: RegistryRequest, read: ReadAnswer<T>, heed: boolean) => {
    const { host } = request.address;
    const work = async (): Promise<Attempt<T>> => {
      const rest = heed ? gate.resting(host) : undefined;
      if (rest !== undefined) return { outcome: rest };
      const result = await sendOnce(request, read);
      gate.note(host, "done" in result ? undefined : result.outcome);
      return result;
    };
    return request.body === undefined ? gate.bounded(host, work) : work();
  };
  const attempt: Session["attempt"] = (request, read) => politely(request, read, false);

  /** Storage that stands elsewhere gets no credentials. */
  const follow = async (
    request: RegistryRequest,
    start: URL,
    first: HttpResponse,
    header: string | undefined,
  ) => {
    let response = first;
    let url = start;
    for (let hops = 0; isRedirect(response, request.method) && hops < maxRedirects; hops++) {
      await discard(response);
      url = nextUrl(request, url, response.headers["location"] ?? "", options.insecureRegistries);
      response = await sender.send(
        await sendable(request, url, url.origin === start.origin ? header : undefined),
      );
    }
    return { response, url };
  };

  const exchange: Session["exchange"] = async (request, read) => {
    let heed = true;
    const result = await sender.persist(() => {
      const sent = politely(request, read, heed);
      heed = false;
      return sent;
    });
    if ("done" in result) return result.done;
    throw failureOf(request, result);
  };
  return { exchange, attempt, persist: sender.persist };
}

/** The error of a registry request that was given up. */
export function failureOf(request: RegistryRequest, givenUp: GivenUp): FactoryError {
  const { host, plainHttp } = request.address;
  const url = urlOf(request, originOf(host, plainHttp ? "http" : "https"));
  return requestFailure({ host, method: request.method, url }, givenUp);
}

async function sendable({ method, headers, body }: RegistryRequest, url: URL, header: string | undefined) {
  const content = await body?.();
  return {
    method,
    url,
    headers: { ...headers, ...(header === undefined ? {} : { authorization: header }) },
    ...(content === undefined ? {} : { body: content }),
  };
}

function urlOf({ resource, address }: RegistryRequest, origin: string): URL {
  return resource instanceof URL ? resource : new URL(`/v2/${address.path}/${resource}`, origin);
}

function isRedirect({ status }: HttpResponse, method: string): boolean {
  return [301, 302, 303, 307, 308].includes(status) && (method === "GET" || method === "HEAD");
}

/**
 * Where a Location header sends us: relative to where it came from, and by TLS where that was reached by TLS, also
 * when a registry behind a proxy says http of itself.
 * @throws FactoryError "registry-answer-invalid" for plain HTTP to another host, unless that may be spoken to so, and
 *   for an address of this machine from a registry that is elsewhere.
 */
export function nextUrl(
  { address, method }: Pick<RegistryRequest, "address" | "method">,
  from: URL,
  location: string,
  insecureRegistries: readonly string[],
): URL {
  const url = location !== "" && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (url?.protocol === "http:" && url.hostname === from.hostname && from.protocol === "https:") {
    url.protocol = "https:";
  }
  const sameOrigin = url?.origin === from.origin;
  const plain = url?.protocol === "http:" && speaksPlainHttp(url.host, insecureRegistries);
  const inward = url !== undefined && isInward(url.hostname) && !isInward(from.hostname);
  if (url !== undefined && !inward && (sameOrigin || plain || url.protocol === "https:")) return url;
  throw new FactoryError(
    "registry-answer-invalid",
    `${address.host}: ${method} ${from.pathname} sends us on to ${url?.origin ?? JSON.stringify(location)}, which is ${inward ? "an address of this machine or its link" : "no https address"}`,
  );
}
