import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isScalar, isSeq, parseDocument, Scalar, stringify } from "yaml";
import { type Fields, isRecord } from "./record-defect.ts";

/** A field of a YAML mapping, at most one mapping deep, that gets another value; undefined takes it away. */
export interface Edit {
  readonly path: readonly [string] | readonly [string, string];
  readonly value: unknown;
}

interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * The text of a YAML mapping with some fields set. Every byte stays that says nothing else than before; of a value
 * that is no single scalar, its own block is written anew. A text in which that cannot be done (a mapping in braces)
 * is written anew as a whole, with its comments.
 */
export function editFields(given: string, edits: readonly Edit[]): string {
  const text = given === "" || given.endsWith("\n") ? given : `${given}\n`;
  const document = parseDocument(text);
  const fields = (document.toJS() ?? {}) as Fields;
  const wanted = withEdits(fields, edits);
  const keys = [...new Set(edits.map(({ path }) => path[0]))];
  const splices = keys.flatMap((key) => {
    const own = edits.filter(({ path }) => path[0] === key);
    return (
      scalarSplices(text, document, own) ??
      listSplices(text, document, key, wanted[key]) ?? [blockSplice(text, document, key, wanted[key])]
    );
  });
  const edited = splices
    .toReversed()
    .toSorted((a, b) => b.from - a.from)
    .reduce((all, splice) => all.slice(0, splice.from) + splice.text + all.slice(splice.to), text);
  const parsed = parseDocument(edited);
  if (parsed.errors.length === 0 && isDeepStrictEqual(parsed.toJS(), wanted)) return edited;
  for (const key of keys) {
    if (wanted[key] === undefined) document.delete(key);
    else document.set(key, document.createNode(quoted(wanted[key]), { aliasDuplicateObjects: false }));
  }
  return document.toString({ lineWidth: 0 });
}

function withEdits(fields: Fields, edits: readonly Edit[]): Fields {
  const result: Record<string, unknown> = { ...fields };
  for (const { path, value } of edits) {
    const [key, inner] = path;
    if (inner === undefined) result[key] = value;
    else {
      const { [inner]: _, ...others } = isRecord(result[key]) ? result[key] : {};
      const before = isRecord(result[key]) && inner in result[key] ? result[key] : others;
      result[key] = value === undefined ? others : { ...before, [inner]: value };
    }
  }
  return result;
}

/** Scalars in the place of scalars; undefined where an edit is another one. */
function scalarSplices(
  text: string,
  document: Document.Parsed,
  edits: readonly Edit[],
): readonly Splice[] | undefined {
  const splices: Splice[] = [];
  for (const { path, value } of edits) {
    const node = document.getIn(path, true);
    if (!isScalar(node) || node.range == null || (value !== null && typeof value !== "string"))
      return undefined;
    const [from, to] = node.range;
    const written = scalarText(value, node.type);
    // What is empty stands before the comment behind it.
    const colon = text.lastIndexOf(":", from) + 1;
    splices.push(from === to ? { from: colon, to: colon, text: ` ${written}` } : { from, to, text: written });
  }
  return splices;
}

/** Items taken from the begin of a list and put to its end, each in a line; undefined where more is to change. */
function listSplices(
  text: string,
  document: Document.Parsed,
  key: string,
  value: unknown,
): readonly Splice[] | undefined {
  const list = document.get(key);
  const end = rangeOf(list)?.[1];
  if (!isSeq(list) || list.flow === true || !Array.isArray(value) || end === undefined) return undefined;
  const before = list.toJS(document) as unknown[];
  const kept = (gone: number) => before.length - gone;
  const gone = before.findIndex((_, at) => isDeepStrictEqual(before.slice(at), value.slice(0, kept(at))));
  if (gone < 0) return undefined;
  const lineOf = (item: unknown) => text.lastIndexOf("\n", rangeOf(item)?.[0] ?? 0) + 1;
  const [first, stays] = [lineOf(list.items[0]), lineOf(list.items[gone])];
  const dash = /^ *- +/.exec(text.slice(first))?.[0] ?? "- ";
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const added = value
    .slice(kept(gone))
    .map((item) => `${dash}${stringify(quoted(item), { ...style, ...inBraces }).trimEnd()}${eol}`);
  return [
    { from: first, to: stays, text: "" },
    { from: end, to: end, text: added.join("") },
  ];
}

const inBraces = { collectionStyle: "flow", flowCollectionPadding: false } as const;

function blockSplice(text: string, document: Document.Parsed, key: string, value: unknown): Splice {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const block = stringify({ [key]: quoted(value) }, style).replaceAll("\n", eol);
  const root = document.contents;
  const pair = isMap(root)
    ? root.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  const [from, end] = [rangeOf(pair?.key)?.[0], rangeOf(pair?.value)?.[1]];
  if (from === undefined || end === undefined) {
    return { from: text.length, to: text.length, text: block };
  }
  // A value of its own lines ends with the last of them.
  return { from, to: end, text: text[end - 1] === "\n" ? block : block.trimEnd() };
}

function rangeOf(node: unknown): readonly number[] | null | undefined {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range;
}

const style = { lineWidth: 0, aliasDuplicateObjects: false } as const;

function scalarText(value: string | null, type: Scalar["type"]): string {
  if (value === null) return "null";
  if (type === Scalar.QUOTE_DOUBLE) return JSON.stringify(value);
  if (type === Scalar.QUOTE_SINGLE) return `'${value.replaceAll("'", "''")}'`;
  return stringify(quoted(value), style).trimEnd();
}

/** The value with quotes around what Python would else read as a date, and not as the text that it is. */
function quoted(value: unknown): unknown {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value)) {
    const scalar = new Scalar(value);
    scalar.type = Scalar.QUOTE_SINGLE;
    return scalar;
  }
  if (Array.isArray(value)) return value.map(quoted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, quoted(inner)]));
}
