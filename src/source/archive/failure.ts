import { type ErrorCode, FactoryError } from "../../errors.ts";
import { requestFailure } from "../../registry/failure.ts";
import { type GivenUp, type Outcome, retryAfterMs } from "../../registry/retry.ts";

/** An address as it may be shown: what stands behind its `?` can be a signature that opens it. */
export function shownAddress(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === "" ? "" : "?…"}`;
}

/**
 * The error of an archive that did not come: "source-unavailable" for what another try can cure, "credentials-invalid" for 401
 * and 403, "settings-invalid" for certificates that are not trusted, "source-invalid" for any other answer.
 */
export function archiveFailure(url: URL, givenUp: GivenUp): FactoryError {
  const { outcome } = givenUp;
  if (outcome.kind === "unfit") return unfit(outcome.error);
  const error = requestFailure({ host: url.host, method: "GET", url }, givenUp);
  if (outcome.kind === "answered") {
    const { code, hint } = answeredWords(outcome);
    return new FactoryError(code, error.message, { hint, cause: error });
  }
  const code = error.code === "settings-invalid" ? error.code : "source-unavailable";
  return new FactoryError(code, error.message, {
    hint: error.code === "settings-invalid" ? authority(url) : (error.hint ?? "Try again."),
    cause: error,
  });
}

function authority({ host }: URL): string {
  return `Put the authority's certificate into /etc/containers/certs.d/${host}/ca.crt, or name it in NODE_EXTRA_CA_CERTS.`;
}

function unfit(error: FactoryError): FactoryError {
  const code = error.code === "source-invalid" ? error.code : "source-unavailable";
  const hint =
    error.hint ?? "Nothing was built of it. Look at the server and at proxies before it, and try again.";
  return new FactoryError(code, error.message, { hint, cause: error });
}

function answeredWords({ status, headers }: Extract<Outcome, { kind: "answered" }>): {
  readonly code: ErrorCode;
  readonly hint: string;
} {
  if (status === 401 || status === 403)
    return {
      code: "credentials-invalid",
      hint: "Name a token that may read it under source.archive.credentials, or correct the address.",
    };
  if (status === 429) {
    const waitMs = retryAfterMs(headers["retry-after"], Date.now());
    const wait = waitMs === undefined ? "later" : `in ${Math.ceil(waitMs / 1000)} s`;
    return { code: "source-unavailable", hint: `Try again ${wait}.` };
  }
  if (status === 408 || status >= 500) return { code: "source-unavailable", hint: "Try again later." };
  return {
    code: "source-invalid",
    hint: "Correct source.archive.url: many servers say this of what only a token opens, too.",
  };
}
