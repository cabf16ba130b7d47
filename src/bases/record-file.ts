import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, type YAMLMap } from "yaml";
import { FactoryError } from "../errors.ts";
import { type Digest, isDigest } from "../registry/digest.ts";
import { familiarName, formatReference, parseReference } from "../registry/reference.ts";
import { parseStateDocument } from "../state/bounded-document.ts";
import { checksumFields, integrityDefect } from "../state/state-checksum.ts";
import type { Field } from "../state/yaml-field.ts";
import { setFields } from "../state/yaml-fields.ts";
import { exactly, mendAllowTags } from "./allow-tags.ts";
import { recordedReference, recordedTag } from "./base-name.ts";
import type { BaseHold, BaseRecord } from "./base-record.ts";
import { type Fields, firstDefect, isBaseHold, isRecord } from "./record-defect.ts";

/**
 * The record in the text of a file, the older tool's or ours; undefined where the file is about no image that can be
 * named (the older tool took every word after FROM for one).
 * @throws FactoryError "state-invalid", naming the file: a damaged record never counts as "never seen".
 */
export function parseRecord(text: string, file: string): BaseRecord | undefined {
  const { fields } = readPage(text, file);
  const reference = recordedReference(fields);
  const wrong =
    (reference === undefined ? undefined : firstDefect(fields)) ?? integrityDefect(fields, reference);
  if (wrong !== undefined) throw damaged(file, wrong);
  if (reference === undefined) return undefined;
  const { digests, scans, vanishedSince, hold } = (fields["factory"] ?? {}) as Partial<BaseRecord>;
  const eligible = (fields["rebuildEligibleAt"] as { default?: unknown } | undefined)?.default;
  const given = {
    lastChecked: utc(fields["lastChecked"]),
    // The factory's own block says what was seen last, whatever became of the older field.
    currentDigest: digests?.[0]?.digest ?? digestOrNone(fields["currentDigest"]),
    lastUpdated: utc(fields["lastUpdated"]),
    previousDigest: digestOrNone(fields["previousDigest"]),
    rebuildEligibleAt: utc(eligible),
    vanishedSince: utc(vanishedSince),
    metadata: fields["metadata"],
    updateHistory: fields["updateHistory"],
    digests: digests?.map((seen) => ({ ...seen, firstSeen: utc(seen.firstSeen) })),
    scans,
    hold,
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  // Of a file without a time of discovery, the first thing that is known of it is the oldest.
  const firstDiscovered = utc(fields["firstDiscovered"]) ?? given.lastUpdated ?? given.lastChecked;
  return {
    reference,
    firstDiscovered: firstDiscovered ?? new Date(0).toISOString(),
    metadata: {},
    updateHistory: [],
    digests: [],
    scans: [],
    ...Object.fromEntries(present),
  };
}

/** The hold in a file that is damaged, and the base that it seems to be about; undefined where neither can be made out. */
export function salvagedHold(
  text: string,
): { readonly reference: string; readonly hold: BaseHold } | undefined {
  const parsed = parseStateDocument(text);
  if ("problem" in parsed || !isRecord(parsed.value)) return undefined;
  const reference = recordedReference(parsed.value);
  const { factory } = parsed.value;
  const hold = isRecord(factory) ? factory["hold"] : undefined;
  return reference !== undefined && isBaseHold(hold) ? { reference, hold } : undefined;
}

/**
 * The text with what `after` says otherwise than the text itself: everything else stays, comments, order and fields
 * that are not known here too. With nothing to say it is the same text.
 * @throws FactoryError "state-invalid".
 */
export function editRecord(text: string, name: string, after: BaseRecord, file: string): string {
  const isNew = text.trim() === "";
  const begun = isNew ? newRecord(name, after) : text;
  const { fields, root } = readPage(begun, file);
  const before = isNew ? undefined : parseRecord(text, file);
  const changed = [...mendedAllowTags(fields), ...changedFields(before, after)];
  return changed.length === 0 && !isNew ? text : sealed(setFields(begun, root, changed), file);
}

function sealed(text: string, file: string): string {
  const { fields, root } = readPage(text, file);
  return setFields(text, root, checksumFields(fields, recordedReference(fields)));
}

/** All that a record says of a base of which nothing is known yet, in the older tool's order. */
function newRecord(name: string, { reference, firstDiscovered }: BaseRecord): string {
  const parsed = parseReference(reference);
  const { registry, path, tag } = parsed;
  const fields = Object.entries({
    name,
    fullImage: familiarName(formatReference(parsed)),
    registry,
    repository: path,
    ...(tag === undefined ? {} : { tag, allowTags: exactly(tag), imageSelectionStrategy: "Digest" }),
    repoURL: `${registry}/${path}`,
    firstDiscovered: time(firstDiscovered),
    lastChecked: null,
    currentDigest: null,
    lastUpdated: null,
    previousDigest: null,
    rebuildEligibleAt: { default: null },
    metadata: {},
    updateHistory: [],
  });
  return setFields(
    "",
    null,
    fields.map(([key, value]) => fieldOf(key, value)),
    "'",
  );
}

function mendedAllowTags(fields: Fields): readonly Field[] {
  const { allowTags } = fields;
  const tag = recordedTag(fields);
  if (typeof allowTags !== "string" || tag === undefined) return [];
  const mended = mendAllowTags(allowTags, tag);
  return mended === allowTags ? [] : [{ name: "allowTags", text: mended }];
}

function changedFields(before: BaseRecord | undefined, after: BaseRecord): readonly Field[] {
  const was = before === undefined ? undefined : writtenFields(before);
  const is = writtenFields(after);
  return [
    ...changes(was?.older ?? {}, is.older),
    ...(isDeepStrictEqual(was?.history ?? [], is.history)
      ? []
      : [{ name: "updateHistory", items: is.history }]),
    ...within("rebuildEligibleAt", changes(was?.eligible ?? {}, is.eligible)),
    ...within("metadata", changes(was?.metadata ?? {}, is.metadata)),
    ...within("factory", changes(was?.factory ?? {}, is.factory)),
  ];
}

function changes(was: Fields, is: Fields): readonly Field[] {
  return Object.entries(is)
    .filter(([name, value]) => !isDeepStrictEqual(was[name], value))
    .map(([name, value]) => fieldOf(name, value));
}

function within(name: string, fields: readonly Field[]): readonly Field[] {
  return fields.length === 0 ? [] : [{ name, fields }];
}

/** Times stand in quotes, for Python would else read them as such and not as the text that they are. */
function fieldOf(name: string, value: unknown): Field {
  if (value === undefined) return { name, gone: true };
  if (value !== null && typeof value !== "string") return { name, value };
  return { name, text: value, quoted: value !== null && /^\d{4}-\d\d-\d\d/.test(value) };
}

/** The record as it stands in a file: null where the older tool writes it, undefined where there is no field. */
function writtenFields(record: BaseRecord) {
  const or = <T>(value: string | undefined, otherwise: T) => (value === undefined ? otherwise : time(value));
  const older: Fields = {
    lastChecked: or(record.lastChecked, null),
    currentDigest: record.currentDigest ?? null,
    lastUpdated: or(record.lastUpdated, null),
    previousDigest: record.previousDigest ?? null,
  };
  const factory: Fields = {
    digests: filled(record.digests.map((seen) => ({ ...seen, firstSeen: time(seen.firstSeen) }))),
    vanishedSince: or(record.vanishedSince, undefined),
    scans: filled(record.scans),
    hold: record.hold,
  };
  const eligible: Fields = { default: or(record.rebuildEligibleAt, null) };
  return { older, eligible, history: record.updateHistory, metadata: record.metadata, factory };
}

function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** As the older tool writes times: with an offset. */
function time(at: string): string {
  return at.replace(/Z$/, "+00:00");
}

function utc(value: unknown): string | undefined {
  return value == null ? undefined : new Date(String(value)).toISOString();
}

/** The older tool wrote a text in the place of a digest that was yet to come. */
function digestOrNone(value: unknown): Digest | undefined {
  return typeof value === "string" && isDigest(value) ? value : undefined;
}

/** A tag is what stands there: `22.10` is no number. */
function readPage(text: string, file: string): { readonly fields: Fields; readonly root: YAMLMap } {
  const parsed = parseStateDocument(text);
  if ("problem" in parsed) throw damaged(file, parsed.problem);
  const root = parsed.document.contents;
  if (!isMap(root)) throw damaged(file, "expected a map");
  const tag = parsed.document.get("tag", true);
  const fields = parsed.value as Fields;
  const isTag = isScalar(tag) && tag.source !== undefined;
  return {
    fields: isTag ? { ...fields, tag: tag.value === null ? null : tag.source } : fields,
    root: root as unknown as YAMLMap,
  };
}

function damaged(file: string, what: string): FactoryError {
  return new FactoryError("state-invalid", `${file} is damaged: ${what}`, {
    hint: "npm run fsck -- --repair puts it aside, and the base counts as seen for the first time.",
  });
}
