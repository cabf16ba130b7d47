import { type ErrorCode, FactoryError } from "../errors.ts";
import { STATUS_CODES } from "../node-http.ts";
import { type GivenUp, type Outcome, retryAfterMs } from "./retry.ts";

export interface FailedRequest {
  readonly host: string;
  readonly method: string;
  readonly url: URL;
}

/**
 * The error of a request that was given up: host, request, what was seen, and what to do.
 * "registry-unavailable" for what another try can cure, "credentials-invalid" for 401 and 403, "settings-invalid" for
 * certificates that are not trusted and for a repository that the registry does not make by itself, else
 * "registry-answer-invalid".
 */
export function requestFailure(
  { host, method, url }: FailedRequest,
  { outcome, attempts }: GivenUp,
): FactoryError {
  if (outcome.kind === "unfit") return withRemedy(outcome.error);
  const tries = attempts > 1 ? ` (${attempts} attempts)` : "";
  const request = `${host}: ${method} ${url.pathname}`;
  if (outcome.kind === "broken") {
    const { code, hint, seen } = faultWords(outcome, host, url);
    return new FactoryError(code, `${request} ${seen}${tries}`, { hint, cause: outcome.cause });
  }
  const { status, detail } = outcome;
  const answer = `answered ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd();
  const said = detail === "" ? "" : `: ${detail}`;
  const { code, hint } = statusWords(outcome, host, method);
  return new FactoryError(code, `${request} ${answer}${tries}${said}`, { hint });
}

const lookAtServer = "Look at the server, and at proxies and mirrors before it, and try again.";

function withRemedy(error: FactoryError): FactoryError {
  if (error.hint !== undefined) return error;
  const hint = `Nothing was done with it. ${lookAtServer}`;
  return new FactoryError(error.code, error.message, { hint, cause: error });
}

interface Words {
  readonly code: ErrorCode;
  readonly hint: string;
}

function statusWords(outcome: Extract<Outcome, { kind: "answered" }>, host: string, method: string): Words {
  const { status, headers } = outcome;
  const reading = method === "GET" || method === "HEAD";
  if (status === 401 || status === 403) {
    return {
      code: "credentials-invalid",
      hint: reading
        ? `Log in by \`buildah login ${host}\`, give the user of the credentials the right to pull, or correct the name: many registries, Docker Hub among them, say this of a repository that does not exist.`
        : `Log in by \`buildah login ${host}\`, or give the user of the credentials the right to push.`,
    };
  }
  if (status === 429) {
    const waitMs = retryAfterMs(headers["retry-after"], Date.now());
    const wait = waitMs === undefined ? "later" : `in ${Math.ceil(waitMs / 1000)} s`;
    return {
      code: "registry-unavailable",
      hint: `Try again ${wait}; with a login or a mirror (registries.conf) the limit is higher.`,
    };
  }
  if (status === 408 || status >= 500) {
    const hint =
      "Try again later; if it stays so, look into that registry's log: what it stores may be damaged.";
    return { code: "registry-unavailable", hint };
  }
  if (status === 404 && !reading) {
    return {
      code: "settings-invalid",
      hint: "Create the repository first: this registry does not make one when an image is pushed.",
    };
  }
  return { code: "registry-answer-invalid", hint: lookAtServer };
}

function faultWords(
  { fault, cause }: Extract<Outcome, { kind: "broken" }>,
  host: string,
  url: URL,
): { readonly code: ErrorCode; readonly hint: string; readonly seen: string } {
  const reason = cause.message || (cause as NodeJS.ErrnoException).code || fault;
  if (fault === "untrusted") {
    const noTls = (cause as NodeJS.ErrnoException).code === "EPROTO";
    return {
      code: "settings-invalid",
      seen: `failed in the TLS handshake: ${reason}`,
      hint: noTls
        ? `If ${host} has no TLS, list it under insecureRegistries.`
        : `Put the authority's certificate into /etc/containers/certs.d/${host}/ca.crt, or name it in NODE_EXTRA_CA_CERTS.`,
    };
  }
  if (fault === "unintelligible") {
    return {
      code: "registry-answer-invalid",
      seen: `got no HTTP answer: ${reason}`,
      hint: `See what listens at ${url.host}.`,
    };
  }
  const seen = {
    stale: "was cut off",
    reset: "was cut off",
    "timed-out": "timed out",
    refused: "could not connect",
    unresolved: "found no address",
  }[fault];
  return {
    code: "registry-unavailable",
    seen: `${seen}: ${reason}`,
    hint: `Check that ${url.host} can be reached from here, with the proxy that HTTPS_PROXY and NO_PROXY name, and try again.`,
  };
}
