import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, isSeq, type Pair, type Scalar, stringify, type YAMLMap, type YAMLSeq } from "yaml";
import { type Field, said } from "./yaml-field.ts";
import {
  blockStyle,
  endOf,
  flowText,
  isBlock,
  isEmpty,
  line,
  plainOf,
  type Quotes,
  quotesOf,
  scalarText,
  startOf,
} from "./yaml-nodes.ts";

/**
 * The text of a YAML mapping with some of its fields set. Every byte stays that says nothing else than before:
 * other fields, comments, blank lines, quotes, the lines of a list's other items. New fields follow the last one.
 * @param root The mapping as it was parsed from this text; null where the text has none.
 * @param quotes Of a text in which nothing is quoted yet.
 */
export function setFields(
  text: string,
  root: YAMLMap | null,
  fields: readonly Field[],
  quotes: Quotes = '"',
): string {
  const quoted = root?.items.map(({ value }) => quotesOf(value)).find((found) => found !== undefined);
  const edits = new Page(text, root, quoted ?? quotes)
    .edits(fields)
    .map((edit, index) => ({ ...edit, index }))
    .sort((a, b) => a.from - b.from || a.to - b.to || a.index - b.index);
  let edited = "";
  let done = 0;
  for (const edit of edits) {
    edited += text.slice(done, edit.from) + edit.text;
    done = edit.to;
  }
  return edited + text.slice(done);
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A mapping in a text. Edits are put in last, so that the ranges of parsed nodes hold until then. */
class Page {
  readonly #text: string;
  readonly #root: YAMLMap | null;
  readonly #eol: string;
  readonly #indent: string;
  readonly #quotes: Quotes;
  readonly #edits: Edit[] = [];

  constructor(text: string, root: YAMLMap | null, quotes: Quotes) {
    this.#text = text;
    this.#root = root;
    this.#eol = text.includes("\r\n") ? "\r\n" : "\n";
    const [first] = root?.items ?? [];
    this.#indent = first === undefined || root?.flow === true ? "" : this.#indentAt(startOf(first.key));
    this.#quotes = quotes;
  }

  edits(fields: readonly Field[]): readonly Edit[] {
    const pairs = new Map((this.#root?.items ?? []).map((pair) => [(pair.key as Scalar).value, pair]));
    const added: Field[] = [];
    for (const field of fields) {
      const pair = pairs.get(field.name);
      if (pair !== undefined) this.#set(pair, field);
      else if (!("gone" in field)) added.push(field);
    }
    if (added.length > 0)
      this.#add(added, new Set(fields.filter((field) => "block" in field).map(({ name }) => name)));
    return this.#edits;
  }

  #set(pair: Pair, field: Field): void {
    if ("text" in field) this.#setText(pair, field.text, field.quoted === true);
    else if ("list" in field) this.#setList(pair, field.list);
    else if ("items" in field) this.#setGrown(pair, field, field.items);
    else if ("fields" in field) this.#setWithin(pair, field);
    else if ("gone" in field) this.#remove(pair);
    else if ("block" in field) this.#setLines(pair, field, field.block);
    else if (!isDeepStrictEqual(plainOf(pair.value), field.value)) this.#setLines(pair, field, field.value);
  }

  #setText(pair: Pair, text: string | null, quoted: boolean): void {
    const { value } = pair;
    if ((isScalar(value) ? value.value : value) === text) return;
    const quotes = quotesOf(value) ?? (quoted ? this.#quotes : undefined);
    this.#replaceValue(pair, scalarText(text, quotes, this.#root?.flow === true));
  }

  #setList(pair: Pair, wanted: readonly string[]): void {
    const { value } = pair;
    const items = isSeq(value) ? value.items : [];
    const known = new Set(items.map((item) => (isScalar(item) ? item.value : item)));
    if (isSeq(value) && known.size === wanted.length && wanted.every((item) => known.has(item))) return;
    if (this.#root?.flow === true) this.#replaceValue(pair, flowText(wanted));
    else if (isBlock(value) && isSeq(value) && items.every((item) => this.#hasOwnLine(item))) {
      this.#setItems(pair, value, wanted);
    } else if (wanted.length === 0 || items.length > 0) this.#replaceValue(pair, flowText(wanted));
    else {
      const from = this.#afterColon(pair);
      const lines = wanted.map((item) => `${this.#eol}${this.#indent}  - ${scalarText(item, undefined)}`);
      const text = `${lines.join("")}${isBlock(value) ? this.#eol : ""}`;
      this.#edits.push({ from, to: isEmpty(value) ? from : endOf(value), text });
    }
  }

  /** Takes lines out of a block sequence and puts others in, each before the wanted item that follows it. */
  #setItems(pair: Pair, list: YAMLSeq, wanted: readonly string[]): void {
    const items = list.items as Scalar[];
    const lineOf = (item: Scalar) => this.#lineStart(startOf(item));
    const [first] = items;
    if (first === undefined) return;
    const last = items.at(-1) ?? first;
    const kept = new Map(
      items.filter(({ value }) => wanted.includes(String(value))).map((item) => [item.value, item]),
    );
    for (const item of items) {
      if (kept.get(item.value) !== item)
        this.#edits.push({ from: lineOf(item), to: this.#lineEnd(endOf(item)), text: "" });
    }
    if (wanted.length === 0) this.#insert(this.#afterColon(pair), " []");
    const end = this.#lineEnd(endOf(last));
    const unended = kept.has(last.value) && this.#isUnended(end);
    const dash = `${this.#indentAt(startOf(first))}- `;
    wanted.forEach((item, index) => {
      if (kept.has(item)) return;
      const next = wanted.slice(index + 1).find((later) => kept.has(later));
      const follower = next === undefined ? undefined : kept.get(next);
      const text = `${dash}${scalarText(item, quotesOf(first))}`;
      if (follower !== undefined) this.#insert(lineOf(follower), `${text}${this.#eol}`);
      else this.#insert(end, unended ? `${this.#eol}${text}` : `${text}${this.#eol}`);
    });
  }

  #setGrown(pair: Pair, field: Field, wanted: readonly unknown[]): void {
    const { value } = pair;
    const before = plainOf(value);
    if (isDeepStrictEqual(before, wanted)) return;
    const items = isSeq(value) && isBlock(value) && Array.isArray(before) ? value.items : [];
    const gone = items.findIndex((_, at) =>
      isDeepStrictEqual((before as unknown[]).slice(at), wanted.slice(0, items.length - at)),
    );
    const [first, stays] = [items[0], items[gone]];
    if (stays === undefined || !this.#followsDash(first) || !this.#followsDash(stays)) {
      this.#setLines(pair, field, wanted);
      return;
    }
    const start = this.#lineStart(startOf(first));
    this.#edits.push({ from: start, to: this.#lineStart(startOf(stays)), text: "" });
    const dash = this.#text.slice(start, startOf(first));
    const style = { ...this.#sharedStyle(), collectionStyle: "flow", flowCollectionPadding: false } as const;
    const lines = wanted
      .slice(items.length - gone)
      .map((item) => `${dash}${stringify(item, style).trimEnd()}${this.#eol}`);
    const end = endOf(value);
    this.#insert(end, `${this.#isUnended(end) ? this.#eol : ""}${lines.join("")}`);
  }

  #setWithin(pair: Pair, { name, fields }: Extract<Field, { fields: unknown }>): void {
    const { value } = pair;
    if (isMap(value) && isBlock(value)) {
      this.#edits.push(...new Page(this.#text, value as YAMLMap, this.#quotes).edits(fields));
      return;
    }
    const before = isMap(value) ? (plainOf(value) as object) : {};
    const after = { ...before, ...Object.fromEntries(fields.map((field) => [field.name, said(field)])) };
    this.#set(pair, { name, value: JSON.parse(JSON.stringify(after)) });
  }

  /** Writes a value anew: in lines of its own where it has any, else on the field's line. */
  #setLines(pair: Pair, field: Field, value: unknown): void {
    if (this.#root?.flow === true) this.#replaceValue(pair, JSON.stringify(value));
    else if (typeof value !== "object" || value === null) this.#replaceValue(pair, line(value));
    else {
      const from = startOf(pair.key) - this.#indent.length;
      this.#edits.push({ from, to: this.#endOfPair(pair), text: this.#lines(field) });
    }
  }

  #remove(pair: Pair): void {
    const { items = [], flow } = this.#root ?? {};
    const index = items.indexOf(pair);
    const [before, after] = [items[index - 1], items[index + 1]];
    if (flow !== true) {
      this.#edits.push({ from: this.#lineStart(startOf(pair.key)), to: this.#endOfPair(pair), text: "" });
    } else if (after !== undefined) {
      this.#edits.push({ from: startOf(pair.key), to: startOf(after.key), text: "" });
    } else {
      const from = before === undefined ? startOf(pair.key) : endOf(before.value ?? before.key);
      this.#edits.push({ from, to: endOf(pair.value ?? pair.key), text: "" });
    }
  }

  /** Adds fields after the last one; those that stay last do, with the others before them. */
  #add(added: readonly Field[], last: ReadonlySet<string>): void {
    const items = this.#root?.items ?? [];
    if (this.#root?.flow === true) {
      const fields = added.map((field) => `${JSON.stringify(field.name)}: ${JSON.stringify(said(field))}`);
      this.#insert(endOf(this.#root) - 1, `${items.length > 0 ? ", " : ""}${fields.join(", ")}`);
      return;
    }
    const [first, end] = [items[0], items.at(-1)];
    const other = items.findLast((pair) => !last.has(String((pair.key as Scalar).value)));
    const start = first === undefined ? this.#text.length : startOf(first.key) - this.#indent.length;
    const before = added.filter((field) => "first" in field && field.first === true);
    this.#addLines(before, start);
    this.#addLines(
      added.filter((field) => !last.has(field.name) && !before.includes(field)),
      other === undefined ? start : this.#endOfPair(other),
    );
    this.#addLines(
      added.filter(({ name }) => last.has(name)),
      end === undefined ? this.#text.length : this.#endOfPair(end),
    );
  }

  #addLines(fields: readonly Field[], at: number): void {
    if (fields.length === 0) return;
    const lines = fields.map((field) => this.#lines(field)).join("");
    this.#insert(at, `${this.#isUnended(at) ? this.#eol : ""}${lines}`);
  }

  /** A field in lines of its own, each with its end. */
  #lines(field: Field): string {
    const text =
      "text" in field
        ? `${field.name}: ${scalarText(field.text, field.quoted === true ? this.#quotes : undefined)}\n`
        : stringify({ [field.name]: said(field) }, "block" in field ? blockStyle : this.#sharedStyle());
    return text.replaceAll(/^(?=.)/gm, this.#indent).replaceAll("\n", this.#eol);
  }

  /** Of what is not the factory's own: it is read by others too, who know YAML 1.1. */
  #sharedStyle() {
    return { ...blockStyle, compat: "yaml-1.1", singleQuote: this.#quotes === "'" } as const;
  }

  #replaceValue(pair: Pair, text: string): void {
    const { value } = pair;
    const colon = this.#afterColon(pair);
    if (isEmpty(value)) this.#insert(colon, ` ${text}`);
    else if (isBlock(value))
      this.#edits.push({ from: colon, to: endOf(value), text: ` ${text}${this.#eol}` });
    else this.#edits.push({ from: startOf(value), to: endOf(value), text });
  }

  #insert(at: number, text: string): void {
    this.#edits.push({ from: at, to: at, text });
  }

  #hasOwnLine(item: unknown): boolean {
    return isScalar(item) && !isBlock(item) && this.#followsDash(item);
  }

  /** Whether before an item stands its dash and nothing else. */
  #followsDash(item: unknown): boolean {
    return /^[ \t]*-[ \t]+$/.test(this.#text.slice(this.#lineStart(startOf(item)), startOf(item)));
  }

  #endOfPair(pair: Pair): number {
    return this.#lineEnd(isEmpty(pair.value) ? this.#afterColon(pair) : endOf(pair.value));
  }

  #afterColon(pair: Pair): number {
    return this.#text.indexOf(":", endOf(pair.key)) + 1;
  }

  #lineStart(offset: number): number {
    return this.#text.lastIndexOf("\n", offset - 1) + 1;
  }

  /** Where the line that holds what ends at `offset` ends; what ends with its line ends there. */
  #lineEnd(offset: number): number {
    if (this.#text[offset - 1] === "\n") return offset;
    const end = this.#text.indexOf("\n", offset);
    return end < 0 ? this.#text.length : end + 1;
  }

  /** Whether what is put there would continue a last line that has no end. */
  #isUnended(at: number): boolean {
    return at === this.#text.length && at > 0 && !this.#text.endsWith("\n");
  }

  #indentAt(offset: number): string {
    return /^\uFEFF?([ \t]*)/.exec(this.#text.slice(this.#lineStart(offset), offset))?.[1] ?? "";
  }
}
