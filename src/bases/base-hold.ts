import { FactoryError } from "../errors.ts";
import type { Digest } from "../registry/digest.ts";
import { formatReference, parseReference, type Reference, withDefaultTag } from "../registry/reference.ts";
import { baseName } from "./base-name.ts";
import { type BaseHold, type BaseRecord, newRecord } from "./base-record.ts";
import type { RecordChange } from "./record-store.ts";

/** What `BASE=` names. */
export interface NamedBase {
  /** Normalised, without digest. */
  readonly reference: string;
  /** What stands behind its @. */
  readonly digest?: Digest;
  readonly record: BaseRecord | undefined;
}

/**
 * Finds a base by the name of its record, or by the reference as Dockerfiles have it.
 * @throws FactoryError "usage" for a word that is neither.
 */
export function findBase(records: ReadonlyMap<string, BaseRecord>, word: string): NamedBase {
  const named = [...records.values()].find(({ reference }) => baseName(reference) === word);
  if (named !== undefined) return { reference: named.reference, record: named };
  const { digest, ...parsed } = readReference(word);
  const reference = formatReference(withDefaultTag(parsed));
  return { reference, record: records.get(reference), ...(digest === undefined ? {} : { digest }) };
}

/** Puts a hold into a record, or takes it away. */
export function withHold(reference: string, hold: BaseHold | undefined): RecordChange {
  return (record) => {
    if (hold !== undefined) return { ...(record ?? newRecord(reference, hold.at)), hold };
    const { hold: _, ...rest } = record ?? {};
    return record === undefined ? undefined : (rest as BaseRecord);
  };
}

function readReference(word: string): Reference {
  try {
    return parseReference(word);
  } catch (cause) {
    throw new FactoryError(
      "usage",
      `BASE: expected a base as in a Dockerfile or the name of its record, got ${JSON.stringify(word)}`,
      { cause },
    );
  }
}
