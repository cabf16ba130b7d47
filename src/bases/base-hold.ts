import type { WatchedImage } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Digest } from "../registry/digest.ts";
import {
  familiarName,
  formatReference,
  formatRepository,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../registry/reference.ts";
import { onlyTag } from "./allow-tags.ts";
import { baseName } from "./base-name.ts";
import { type BaseHold, type BaseRecord, newRecord } from "./base-record.ts";
import type { RecordChange } from "./record-store.ts";
import { isWatchedBy } from "./select-tag.ts";

/** What `BASE=` names. */
export interface NamedBase {
  /** Normalised, without digest. */
  readonly reference: string;
  /** What stands behind its @. */
  readonly digest?: Digest;
  readonly record: BaseRecord | undefined;
}

/**
 * Finds a base by the name of an entry that watches it, by the name of its record, or by the reference as Dockerfiles
 * have it.
 * @throws FactoryError "usage" for a word that is none of these, or an entry that watches several tags.
 */
export function findBase(
  records: ReadonlyMap<string, BaseRecord>,
  watched: readonly WatchedImage[],
  word: string,
): NamedBase {
  const named =
    watchedBase(records, watched, word) ??
    [...records.keys()].find((reference) => baseName(reference) === word);
  if (named !== undefined) return { reference: named, record: records.get(named) };
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

/** The one base that the entry of this name watches: the one that was looked at, else the one that its rule allows. */
function watchedBase(
  records: ReadonlyMap<string, BaseRecord>,
  watched: readonly WatchedImage[],
  word: string,
): string | undefined {
  const entry = watched.find(({ name }) => name === word);
  if (entry === undefined) return undefined;
  const known = [...records.keys()].filter((reference) => isWatchedBy(entry, parseReference(reference)));
  const tag = onlyTag(entry.rule.allowTags ?? "");
  const allowed = tag === undefined ? [] : [formatReference({ ...entry.repository, tag })];
  const [only, ...others] = known.length > 0 ? known : allowed;
  if (only !== undefined && others.length === 0) return only;
  const names = known.map(familiarName).join(", ");
  throw new FactoryError(
    "usage",
    `BASE: ${word} watches ${known.length === 0 ? "no tag that an image here is built on" : names}`,
    { hint: `Name the tag that is meant: BASE=${familiarName(formatRepository(entry.repository))}:<tag>.` },
  );
}

function readReference(word: string): Reference {
  try {
    return parseReference(word);
  } catch (cause) {
    throw new FactoryError(
      "usage",
      `BASE: expected a base as in a Dockerfile, the name of its record or an entry that watches it, got ${JSON.stringify(word)}`,
      { cause },
    );
  }
}
