import { type BaseContent, type BaseRecord, observe } from "../../src/bases/base-record.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";

export const reference = "docker.io/library/node:22-slim";

/** A digest that is another for every text. */
export function digest(text: string): Digest {
  return digestOf(text);
}

/** An index named by `text`; its platforms have digests of their own. */
export function content(text: string, changes: Partial<BaseContent> = {}): BaseContent {
  return {
    digest: digest(text),
    platforms: { "linux/amd64": digest(`${text} amd64`), "linux/arm64": digest(`${text} arm64`) },
    metadata: {},
    ...changes,
  };
}

/** What is recorded after each of these indexes was seen at its time. */
export function seen(...sightings: readonly (readonly [at: string, text: string])[]): BaseRecord {
  let record: BaseRecord | undefined;
  for (const [at, text] of sightings)
    record = observe(reference, record, { kind: "found", at, content: content(text) });
  if (record === undefined) throw new Error("nothing was seen");
  return record;
}
