import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { digestOf } from "./registry/digest.ts";

/** What a file of a cache has; undefined where it has none, or cannot be read: it is found out anew then. */
export function recall(file: string): Buffer | undefined {
  try {
    // It is small: to hand it to another thread would take longer than to read it.
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Keeps bytes for later runs, where that can be done. */
export async function keep(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, Buffer.from(bytes));
  } catch (error) {
    // A disk that is full or read-only keeps nobody from working.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  }
}

/** The value that `keepJson` kept; undefined where the file is not as it was written. */
export function recallJson(file: string): unknown {
  return unsealed(recall(file)?.toString("utf8") ?? "");
}

/** Keeps a value for later runs, where that can be done, as `sealed`. */
export async function keepJson(file: string, value: unknown): Promise<void> {
  await keep(file, Buffer.from(sealed(value)));
}

/** The value that `keepFor` kept for the same key; undefined for another key, or where the file is not as it was written. */
export function recallFor(file: string, key: string): unknown {
  const kept = recallJson(file) as { readonly key: string; readonly value: unknown } | undefined;
  return kept?.key === key ? kept.value : undefined;
}

/** Keeps a value that holds for a key, as `keepJson`, in the place of what holds for another. */
export async function keepFor(file: string, key: string, value: unknown): Promise<void> {
  await keepJson(file, { key, value });
}

/** A value as text with a checksum: a flipped bit may leave it readable. */
export function sealed(value: unknown): string {
  const json = JSON.stringify(value);
  return `${digestOf(json)} ${json}`;
}

/** The value that `sealed` made a text of; undefined where it is not that text. */
export function unsealed(text: string): unknown {
  const end = text.indexOf(" ");
  const json = text.slice(end + 1);
  return text.slice(0, Math.max(0, end)) === digestOf(json) ? (JSON.parse(json) as unknown) : undefined;
}
