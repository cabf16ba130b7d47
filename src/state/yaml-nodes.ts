import { isCollection, isScalar, type Node, Scalar, stringify } from "yaml";

export type Quotes = "'" | '"';

/** How values are written that stand in lines of their own. */
export const blockStyle = { lineWidth: 0, blockQuote: false, aliasDuplicateObjects: false } as const;

/** A parsed value, or the absence of one, as yaml has it in a mapping. */
export type Value = unknown;

export function startOf(node: Value): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

/** Where a value ends, without the comment behind it; 0 for one that has no place in the text. */
export function endOf(node: Value): number {
  return (node as Node | null)?.range?.[1] ?? 0;
}

/** Whether nothing is written: `key:` alone. */
export function isEmpty(value: Value): boolean {
  return startOf(value) === endOf(value);
}

/** Whether a value ends with its last line: a block collection, or a text behind | or >. */
export function isBlock(value: Value): boolean {
  if (isCollection(value)) return value.flow !== true;
  return isScalar(value) && (value.type === Scalar.BLOCK_LITERAL || value.type === Scalar.BLOCK_FOLDED);
}

export function quotesOf(value: Value): Quotes | undefined {
  if (!isScalar(value)) return undefined;
  if (value.type === Scalar.QUOTE_SINGLE) return "'";
  return value.type === Scalar.QUOTE_DOUBLE ? '"' : undefined;
}

/** What stands there as a plain value. */
export function plainOf(value: Value): unknown {
  return isCollection(value) || isScalar(value) ? value.toJSON() : value;
}

/** What only double quotes can say: between others a line break is a blank, and a byte order mark nothing. */
const escapable = /[\p{Cc}\ufeff]/u;

/**
 * A text, plain without quotes asked for, unless some reader of YAML would take it for something else than a text.
 * @param inFlow Between braces or brackets a comma or a bracket ends a text without quotes.
 */
export function scalarText(text: string | null, quotes: Quotes | undefined, inFlow = false): string {
  if (text === null) return "null";
  if (escapable.test(text)) return JSON.stringify(text).replaceAll("\ufeff", "\\ufeff");
  if (quotes === "'") return `'${text.replaceAll("'", "''")}'`;
  if (quotes === '"') return JSON.stringify(text);
  return inFlow ? line([text], flowStyle).slice(1, -1) : line(text);
}

const flowStyle = { ...blockStyle, collectionStyle: "flow", flowCollectionPadding: false } as const;

export function flowText(list: readonly string[]): string {
  return stringify(list, flowStyle).trimEnd();
}

/** A number, truth value, null or text on one line. */
export function line(value: unknown, style: typeof blockStyle = blockStyle): string {
  return stringify(value, { ...style, compat: "yaml-1.1" }).trimEnd();
}
