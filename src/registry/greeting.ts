import { type Address, originOf } from "./address.ts";
import { requestFailure } from "./failure.ts";
import { discard } from "./response.ts";
import { type GivenUp, isCertificateFault } from "./retry.ts";
import { refusal, type Sender } from "./sender.ts";
import type { HttpResponse } from "./transport.ts";

/** What the first request to a host tells. */
export interface Greeting {
  /** `https://registry-1.docker.io`: the protocol that the host really speaks. */
  readonly origin: string;
  /** The WWW-Authenticate header, where the registry asks for authentication. */
  readonly challenge: string | undefined;
}

/**
 * Asks each host once what it speaks and how it wants to be authenticated with, so that what follows needs no
 * second sending. A host that may be spoken to by plain HTTP may have TLS all the same; it is found out without
 * credentials.
 */
export function createGreetings(sender: Sender): (address: Address) => Promise<Greeting> {
  const greetings = new Map<string, Promise<Greeting>>();
  return (address) => {
    const known = greetings.get(address.host);
    if (known !== undefined) return known;
    const asked = greet(address, sender);
    greetings.set(address.host, asked);
    asked.catch(() => greetings.delete(address.host));
    return asked;
  };
}

async function greet({ host, plainHttp }: Address, sender: Sender): Promise<Greeting> {
  const first = await ask(originOf(host, plainHttp ? "http" : "https"), sender);
  const second =
    plainHttp && !understood(first.result) ? await ask(originOf(host, "https"), sender) : undefined;
  const { origin, url, result } = second !== undefined && hasTls(second.result) ? second : first;
  if (!("done" in result)) throw requestFailure({ host, method: "GET", url }, result);
  const { status, headers } = result.done;
  return { origin, challenge: status === 401 ? headers["www-authenticate"] : undefined };
}

type Asked = { readonly done: HttpResponse } | GivenUp;

async function ask(origin: string, sender: Sender): Promise<{ origin: string; url: URL; result: Asked }> {
  const url = new URL("/v2/", origin);
  const result = await sender.persist(() =>
    sender.guarded<HttpResponse>(async () => {
      const response = await sender.send({ method: "GET", url, headers: {} });
      if (response.status === 429 || response.status >= 500) return refusal(response);
      await discard(response);
      return { done: response };
    }),
  );
  return { origin, url, result };
}

function hasTls(result: Asked): boolean {
  return "done" in result || (result.outcome.kind === "broken" && isCertificateFault(result.outcome.cause));
}

/** Whether plain HTTP was understood; a server of TLS answers it with 400, or hangs up. */
function understood(result: Asked): boolean {
  if ("done" in result) return result.done.status !== 400;
  return result.outcome.kind !== "broken" || !["reset", "unintelligible"].includes(result.outcome.fault);
}
