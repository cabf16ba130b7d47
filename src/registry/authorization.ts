import { type ErrorCode, FactoryError } from "../errors.ts";
import { keepSecret } from "../redact.ts";
import { type Endpoint, speaksPlainHttp } from "./address.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credential, CredentialStore } from "./credentials.ts";
import { isInward } from "./host.ts";
import { countIn, member, optional, parseObject, stringIn, unexpected } from "./json.ts";
import { readAll } from "./response.ts";
import type { Clock } from "./retry.ts";
import type { PlainRequest, Sender } from "./sender.ts";

/** What a token has to allow. @see https://distribution.github.io/distribution/spec/auth/scope/ */
export type Scope = `repository:${string}:${"pull" | "pull,push" | "delete"}`;

export interface Authorization {
  /**
   * The header that a request has to carry; undefined where the registry asks for none. `greeting` is what it asked
   * for at first, which counts until a 401 says otherwise.
   */
  readonly headerFor: (
    endpoint: Endpoint,
    scopes: readonly Scope[],
    greeting: string | undefined,
  ) => Promise<string | undefined>;
  /** Takes note of a 401 to a request with the header `sent`: the next header follows what is asked for now. */
  readonly refused: (
    endpoint: Endpoint,
    scopes: readonly Scope[],
    sent: string | undefined,
    challenge: string | undefined,
  ) => void;
}

export interface AuthorizationOptions {
  readonly credentials: CredentialStore;
  readonly insecureRegistries: readonly string[];
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly signal: AbortSignal | undefined;
  readonly exchange: Sender["exchange"];
}

interface Asked {
  readonly answer: Promise<Token>;
  /** Once it is there. */
  token?: Token;
}

interface Token {
  readonly header: string;
  /** Milliseconds since the epoch. */
  readonly usableUntil: number;
}

const maxTokenBytes = 256 * 1024;
const defaultLifetimeS = 60;

/**
 * Authenticates as registries ask for it: by Basic, or by bearer tokens that are kept per scope until they expire.
 * Passwords go to the registry and to the token service that it names, nowhere else, and never by plain HTTP from a
 * registry that has TLS.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function createAuthorization(options: AuthorizationOptions): Authorization {
  const challenges = new Map<string, Challenge>();
  const tokens = new Map<string, Asked>();
  /** Origins that have refused a login by Basic since it was last looked up. */
  const refusals = new Set<string>();
  const keyOf = (endpoint: Endpoint, scopes: readonly Scope[]) => [endpoint.origin, ...scopes].join(" ");

  /** Whoever needs the same token at the same time waits for one request. */
  const tokenFor = (endpoint: Endpoint, scopes: readonly Scope[], challenge: Challenge): Promise<Token> => {
    const key = keyOf(endpoint, scopes);
    const kept = tokens.get(key);
    if (kept !== undefined && (kept.token === undefined || options.clock.now() < kept.token.usableUntil)) {
      return kept.answer;
    }
    const asked: Asked = {
      answer: fetchToken(endpoint, scopes, challenge, options),
    };
    tokens.set(key, asked);
    asked.answer.then(
      (token) => {
        asked.token = token;
      },
      () => {
        if (tokens.get(key) === asked) tokens.delete(key);
      },
    );
    return asked.answer;
  };

  return {
    headerFor: async (endpoint, scopes, greeting) => {
      const challenge = challenges.get(endpoint.origin) ?? chosenChallenge(greeting);
      if (challenge === undefined) return undefined;
      if (challenge.scheme === "bearer") return (await tokenFor(endpoint, scopes, challenge)).header;
      const refused = refusals.delete(endpoint.origin);
      const credential = await options.credentials.lookup(endpoint.host, endpoint.path, refused);
      return credential === undefined ? undefined : basicHeader(credential, endpoint);
    },
    refused: (endpoint, scopes, sent, header) => {
      const challenge = chosenChallenge(header);
      if (challenge !== undefined) challenges.set(endpoint.origin, challenge);
      if (challenge?.scheme === "basic" && sent !== undefined) refusals.add(endpoint.origin);
      const key = keyOf(endpoint, scopes);
      if (tokens.get(key)?.token?.header === sent) tokens.delete(key);
    },
  };
}

function chosenChallenge(header: string | undefined): Challenge | undefined {
  const offered = parseChallenges(header ?? "");
  return (
    offered.find(({ scheme }) => scheme === "bearer") ?? offered.find(({ scheme }) => scheme === "basic")
  );
}

const curable: readonly ErrorCode[] = ["credentials-invalid", "registry-answer-invalid"];

/**
 * A service that refuses, or is not to be found, for a moment must not fail a build; a password that is wrong costs one
 * more look.
 */
async function askTwice<T>(
  ask: (refused: boolean) => Promise<T>,
  { clock, signal }: Pick<AuthorizationOptions, "clock" | "signal">,
): Promise<T> {
  try {
    return await ask(false);
  } catch (error) {
    if (!(error instanceof FactoryError) || !curable.includes(error.code)) throw error;
    await clock.sleep(1_000, signal);
    return ask(true);
  }
}

async function fetchToken(
  endpoint: Endpoint,
  scopes: readonly Scope[],
  challenge: Challenge,
  options: AuthorizationOptions,
): Promise<Token> {
  const realm = realmOf(challenge, endpoint, options.insecureRegistries);
  return askTwice((refused) => askRealm(realm, endpoint, scopes, challenge, refused, options), options);
}

async function askRealm(
  realm: URL,
  endpoint: Endpoint,
  scopes: readonly Scope[],
  challenge: Challenge,
  refused: boolean,
  options: AuthorizationOptions,
): Promise<Token> {
  const credential = await options.credentials.lookup(endpoint.host, endpoint.path, refused);
  const askedAt = options.clock.now();
  const request = tokenRequest(realm, challenge.parameters["service"], scopes, credential);
  return options.exchange(request, async (response) => {
    const what = `${realm.host}: the answer to ${request.method} ${realm.pathname}, a token for ${endpoint.host},`;
    const root = parseObject(await readAll(response, maxTokenBytes, what), what, "registry-answer-invalid");
    const token =
      optional(root, "token", stringIn).token || optional(root, "access_token", stringIn).access_token;
    if (!token || !/^[\x21-\x7e]+$/.test(token))
      throw unexpected({ ...member(root, "token"), value: undefined }, "a token");
    keepSecret(token);
    const lifetimeMs = (optional(root, "expires_in", countIn).expires_in || defaultLifetimeS) * 1000;
    return {
      header: `Bearer ${token}`,
      usableUntil: askedAt + lifetimeMs - Math.min(10_000, lifetimeMs / 5),
    };
  });
}

/** @see https://distribution.github.io/distribution/spec/auth/oauth/ for identity tokens. */
function tokenRequest(
  realm: URL,
  service: string | undefined,
  scopes: readonly Scope[],
  credential: Credential | undefined,
): PlainRequest {
  const named: [string, string][] = service === undefined ? [] : [["service", service]];
  if (credential !== undefined && "identityToken" in credential) {
    const form = new URLSearchParams([
      ["grant_type", "refresh_token"],
      ...named,
      ["client_id", "image-factory"],
      ["scope", scopes.join(" ")],
      ["refresh_token", credential.identityToken],
    ]);
    const body = Buffer.from(form.toString());
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": String(body.length),
    };
    return { method: "POST", url: realm, headers, body };
  }
  const url = new URL(realm);
  for (const [name, value] of named) url.searchParams.append(name, value);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  return {
    method: "GET",
    url,
    headers:
      credential === undefined ? {} : { authorization: basic(credential.username, credential.password) },
  };
}

function realmOf(challenge: Challenge, endpoint: Endpoint, insecureRegistries: readonly string[]): URL {
  const realm = challenge.parameters["realm"] ?? "";
  if (!URL.canParse(realm) || !/^https?:$/.test(new URL(realm).protocol)) {
    throw new FactoryError(
      "registry-answer-invalid",
      `${endpoint.host} asks for a token of ${JSON.stringify(realm)}, which is no address`,
    );
  }
  const url = new URL(realm);
  if (isInward(url.hostname) && !isInward(endpoint.host)) {
    throw new FactoryError(
      "registry-answer-invalid",
      `${endpoint.host} asks for a token of ${url.origin}, which is an address of this machine or its link`,
    );
  }
  if (url.protocol === "https:") return url;
  if (endpoint.origin.startsWith("http:") && speaksPlainHttp(url.host, insecureRegistries)) return url;
  throw new FactoryError(
    "registry-answer-invalid",
    `${endpoint.host} asks for credentials to be sent to ${url.origin} by plain HTTP; they were not`,
    { hint: "The registry's token realm has to be an https endpoint." },
  );
}

function basicHeader(credential: Credential, endpoint: Endpoint): string {
  if ("username" in credential) return basic(credential.username, credential.password);
  throw new FactoryError(
    "credentials-invalid",
    `${endpoint.host} asks for a password, and there is an identity token for it`,
    { hint: `Log in to ${endpoint.host} again.` },
  );
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
