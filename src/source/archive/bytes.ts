import { damaged } from "./refusals.ts";

/** Bytes that come once, in order. */
export interface Bytes {
  /** How many were read. */
  readonly at: () => number;
  /** @throws FactoryError "source-unavailable" where fewer come. */
  readonly exactly: (count: number) => Promise<Buffer>;
  /** Those up to a place; to an infinite one, all that come. @throws as `exactly`. */
  readonly upTo: (end: number) => AsyncGenerator<Buffer>;
  /** Passes over so many. @throws as `exactly`. */
  readonly pass: (count: number) => Promise<void>;
}

export function readBytes(chunks: AsyncIterable<Buffer>, archive: string): Bytes {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let at = 0;
  /** Some bytes, at most `most`; none at the end. */
  const some = async (most: number): Promise<Buffer> => {
    while (rest.length === 0) {
      const { done, value } = await iterator.next();
      if (done === true) return rest;
      rest = value;
    }
    const taken = rest.subarray(0, most);
    rest = rest.subarray(taken.length);
    at += taken.length;
    return taken;
  };
  const upTo = async function* (end: number): AsyncGenerator<Buffer> {
    while (at < end) {
      const chunk = await some(end - at);
      if (chunk.length === 0) {
        if (end === Number.POSITIVE_INFINITY) return;
        throw damaged(archive, `it ends at byte ${at}, before its end mark`);
      }
      yield chunk;
    }
  };
  const exactly = async (count: number): Promise<Buffer> => {
    if (rest.length >= count) return some(count);
    const parts: Buffer[] = [];
    for await (const part of upTo(at + count)) parts.push(part);
    return Buffer.concat(parts);
  };
  const pass = async (count: number): Promise<void> => {
    for await (const _ of upTo(at + count));
  };
  return { at: () => at, exactly, upTo, pass };
}
