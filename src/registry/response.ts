import { finished } from "node:stream/promises";
import { FactoryError } from "../errors.ts";
import type { HttpResponse } from "./transport.ts";

/**
 * The whole body.
 * @throws FactoryError "registry-answer-invalid" when it has more than `maxBytes`; the rest is not read.
 */
export async function readAll(response: HttpResponse, maxBytes: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.body.destroy();
      throw new FactoryError("registry-answer-invalid", `${what} has more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Reads a body that nobody needs, so that its connection can be used again; a long one costs the connection. */
export async function discard(response: HttpResponse): Promise<void> {
  const { body } = response;
  let size = 0;
  body.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxDetailBytes) body.destroy();
  });
  await finished(body).catch((error: unknown) => {
    if (size <= maxDetailBytes) throw error;
  });
}

const maxDetailBytes = 64 * 1024;

/** What an error answer says in words: the distribution specification's codes and messages, or the body's begin. */
export async function detailOf(response: HttpResponse): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxDetailBytes) break;
  }
  const text = Buffer.concat(chunks).toString("utf8");
  return (sentences(text) ?? text).replace(/\s+/g, " ").trim().slice(0, 300);
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes */
function sentences(text: string): string | undefined {
  try {
    const { errors } = JSON.parse(text) as { errors?: { code?: unknown; message?: unknown }[] };
    return errors?.map(({ code, message }) => [code, message].filter(Boolean).join(": ")).join("; ");
  } catch {
    return undefined;
  }
}
