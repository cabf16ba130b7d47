import { FactoryError, stoppedBy } from "../errors.ts";
import { requestFailure } from "./failure.ts";
import { detailOf } from "./response.ts";
import {
  type Attempt,
  type Clock,
  faultIn,
  type GivenUp,
  type Outcome,
  persist,
  type RetryLimits,
} from "./retry.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

export type PlainRequest = Omit<HttpRequest, "signal">;

/** Requests with time-outs, faults as values and retries, but without authentication. */
export interface Sender {
  readonly send: Transport;
  /** Runs work that sends; a fault of the network on its way is an outcome, an abort an error. */
  readonly guarded: <T>(work: () => Promise<Attempt<T>>) => Promise<Attempt<T>>;
  readonly persist: <T>(
    attempt: () => Promise<Attempt<T>>,
    settle?: (outcome: Outcome) => Promise<T | undefined>,
  ) => Promise<{ readonly done: T } | GivenUp>;
  /** Sends until the answer is 200. @throws FactoryError as `requestFailure` has it. */
  readonly exchange: <T>(request: PlainRequest, read: (response: HttpResponse) => Promise<T>) => Promise<T>;
}

export interface SenderOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: RetryLimits;
  readonly signal: AbortSignal | undefined;
}

const userAgent = "image-factory";

export function createSender({ transport, clock, limits, signal }: SenderOptions): Sender {
  const send: Sender["send"] = (request) =>
    transport({
      ...request,
      headers: { "user-agent": userAgent, ...request.headers },
      ...(signal === undefined ? {} : { signal }),
    });

  const guarded: Sender["guarded"] = async (work) => {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) throw stopped(signal);
      const outcome = faultIn(error);
      if (outcome === undefined) throw error;
      return { outcome };
    }
  };

  const untilDone: Sender["persist"] = async (attempt, settle) => {
    try {
      return await persist(attempt, { limits, clock, signal, ...(settle === undefined ? {} : { settle }) });
    } catch (error) {
      if (signal?.aborted && !(error instanceof FactoryError)) throw stopped(signal);
      throw error;
    }
  };

  const exchange: Sender["exchange"] = async (request, read) => {
    const result = await untilDone(() =>
      guarded(async () => {
        const response = await send(request);
        return response.status === 200 ? readFit(request, () => read(response)) : refusal(response);
      }),
    );
    if ("done" in result) return result.done;
    throw requestFailure({ host: request.url.host, method: request.method, url: request.url }, result);
  };

  return { send, guarded, persist: untilDone, exchange };
}

/** What was read; of a reading that can be repeated an answer that cannot be right is an outcome, of any other an error. */
export async function readFit<T>(
  { method }: Pick<HttpRequest, "method">,
  read: () => Promise<T>,
): Promise<Attempt<T>> {
  try {
    return { done: await read() };
  } catch (error) {
    const isReading = method === "GET" || method === "HEAD";
    if (!isReading || !(error instanceof FactoryError) || error.code !== "registry-answer-invalid")
      throw error;
    return { outcome: { kind: "unfit", error } };
  }
}

/** An answer that was not hoped for, with what its body says. */
export async function refusal(response: HttpResponse): Promise<{ readonly outcome: Outcome }> {
  const { status, headers } = response;
  return { outcome: { kind: "answered", status, headers, detail: await detailOf(response) } };
}

function stopped(signal: AbortSignal): FactoryError {
  return stoppedBy(signal, "a request to a registry was stopped");
}
