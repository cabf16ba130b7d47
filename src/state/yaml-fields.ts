import {
  isCollection,
  isScalar,
  isSeq,
  type Pair,
  Scalar,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** What a top-level field of a YAML file is to say. */
export type Field =
  /** null says that nothing is known. */
  | { readonly name: string; readonly text: string | null; readonly quoted?: boolean }
  | { readonly name: string; readonly list: readonly string[] }
  /** A mapping that is written anew as a whole, and stays last. */
  | { readonly name: string; readonly block: object };

/**
 * The text of a YAML mapping with fields of its top level set. Every byte stays that says nothing else than before:
 * other fields, comments, blank lines, quotes, the lines of a list's other items. New fields follow the last one.
 * @param root The mapping as it was parsed from this text; null where the text has none.
 */
export function setFields(text: string, root: YAMLMap | null, fields: readonly Field[]): string {
  const page = new Page(text, root);
  for (const field of fields) {
    const pair = page.pairs.get(field.name);
    if (pair === undefined) page.add(field);
    else if ("block" in field) page.setBlock(pair, field.name, field.block);
    else if ("list" in field) page.setList(pair, field.list);
    else page.setText(pair, field.text, field.quoted === true);
  }
  return page.edited(new Set(fields.flatMap((field) => ("block" in field ? [field.name] : []))));
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Quotes = "'" | '"';

/** A text with the edits to it; they are put in last, so that ranges of the parsed nodes hold until then. */
class Page {
  readonly pairs: ReadonlyMap<string, Pair>;
  readonly #text: string;
  readonly #root: YAMLMap | null;
  readonly #eol: string;
  readonly #indent: string;
  readonly #quotes: Quotes;
  readonly #edits: Edit[] = [];
  readonly #added: Field[] = [];

  constructor(text: string, root: YAMLMap | null) {
    this.#text = text;
    this.#root = root;
    this.pairs = new Map((root?.items ?? []).map((pair) => [String((pair.key as Scalar).value), pair]));
    this.#eol = text.includes("\r\n") ? "\r\n" : "\n";
    const [first] = root?.items ?? [];
    this.#indent = first === undefined || root?.flow === true ? "" : this.#indentAt(startOf(first.key));
    const quoted = root?.items.map(({ value }) => quotesOf(value)).find((quotes) => quotes !== undefined);
    this.#quotes = quoted ?? '"';
  }

  setText(pair: Pair, text: string | null, quoted: boolean): void {
    const { value } = pair;
    if ((isScalar(value) ? value.value : value) === text) return;
    const quotes = quotesOf(value) ?? (quoted ? this.#quotes : undefined);
    this.#replaceValue(pair, scalar(text, quotes));
  }

  setList(pair: Pair, wanted: readonly string[]): void {
    const { value } = pair;
    const items = isSeq(value) ? value.items : [];
    const known = new Set(items.map((item) => (isScalar(item) ? item.value : item)));
    if (isSeq(value) && known.size === wanted.length && wanted.every((item) => known.has(item))) return;
    if (this.#root?.flow === true) this.#replaceValue(pair, flow(wanted));
    else if (isBlock(value) && isSeq(value) && items.every((item) => this.#hasOwnLine(item))) {
      this.#setItems(pair, value, wanted);
    } else if (wanted.length === 0 || items.length > 0) this.#replaceValue(pair, flow(wanted));
    else {
      const from = this.#afterColon(pair);
      const to = isEmpty(value) ? from : (endOf(value) ?? from);
      const lines = wanted.map((item) => `${this.#eol}${this.#indent}  - ${scalar(item, undefined)}`);
      this.#edits.push({ from, to, text: `${lines.join("")}${isBlock(value) ? this.#eol : ""}` });
    }
  }

  setBlock(pair: Pair, name: string, block: object): void {
    if (this.#root?.flow === true) {
      this.#replaceValue(pair, JSON.stringify(block));
      return;
    }
    const from = startOf(pair.key) - this.#indent.length;
    this.#edits.push({ from, to: this.#endOfPair(pair), text: this.#lines({ name, block }) });
  }

  add(field: Field): void {
    this.#added.push(field);
  }

  /** The text with every edit, and the added fields before those that stay last. */
  edited(last: ReadonlySet<string>): string {
    if (this.#added.length > 0) this.#edits.push(...this.#additions(last));
    const edits = this.#edits
      .map((edit, index) => ({ ...edit, index }))
      .sort((a, b) => a.from - b.from || a.to - b.to || a.index - b.index);
    let text = "";
    let done = 0;
    for (const edit of edits) {
      text += this.#text.slice(done, edit.from) + edit.text;
      done = edit.to;
    }
    return text + this.#text.slice(done);
  }

  #additions(last: ReadonlySet<string>): readonly Edit[] {
    const root = this.#root;
    if (root?.flow === true) {
      const fields = this.#added.map(
        (field) => `${JSON.stringify(field.name)}: ${JSON.stringify(plain(field))}`,
      );
      const end = (endOf(root) ?? 1) - 1;
      return [{ from: end, to: end, text: `${root.items.length > 0 ? ", " : ""}${fields.join(", ")}` }];
    }
    const others = [...this.pairs].filter(([name]) => !last.has(name)).map(([, pair]) => pair);
    const [lastOther, first] = [others.at(-1), root?.items[0]];
    const at = (fields: readonly Field[], from: number): Edit[] => {
      const text = fields.map((field) => this.#lines(field)).join("");
      const unended = from === this.#text.length && from > 0 && !this.#text.endsWith("\n");
      return fields.length === 0 ? [] : [{ from, to: from, text: `${unended ? this.#eol : ""}${text}` }];
    };
    const end =
      root?.items.at(-1) === undefined ? this.#text.length : this.#endOfPair(root.items.at(-1) as Pair);
    const blocks = this.#added.filter((field) => "block" in field);
    const lines = this.#added.filter((field) => !("block" in field));
    if (lastOther !== undefined) return [...at(lines, this.#endOfPair(lastOther)), ...at(blocks, end)];
    const start = first === undefined ? this.#text.length : startOf(first.key) - this.#indent.length;
    return [...at(lines, start), ...at(blocks, end)];
  }

  /** A field in lines of its own, each with its end. */
  #lines(field: Field): string {
    let text: string;
    if ("text" in field) {
      text = `${field.name}: ${scalar(field.text, field.quoted === true ? this.#quotes : undefined)}\n`;
    } else if ("list" in field) text = stringify({ [field.name]: field.list }, style);
    else text = stringify({ [field.name]: field.block }, style);
    return text.replaceAll(/^(?=.)/gm, this.#indent).replaceAll("\n", this.#eol);
  }

  /** Takes lines out of a block sequence and puts others in, each before the wanted item that follows it. */
  #setItems(pair: Pair, list: YAMLSeq, wanted: readonly string[]): void {
    const items = list.items as Scalar[];
    const lineOf = (item: Scalar) => this.#lineStart(startOf(item));
    const [first] = items;
    if (first === undefined) return;
    const kept = new Map(
      items.filter(({ value }) => wanted.includes(String(value))).map((item) => [item.value, item]),
    );
    for (const item of items) {
      if (kept.get(item.value) === item) continue;
      this.#edits.push({ from: lineOf(item), to: this.#lineEnd(endOf(item) ?? 0), text: "" });
    }
    if (wanted.length === 0) {
      const colon = this.#afterColon(pair);
      this.#edits.push({ from: colon, to: colon, text: " []" });
    }
    const last = items.at(-1) ?? first;
    const end = this.#lineEnd(endOf(last) ?? 0);
    const unended = kept.has(last.value) && end === this.#text.length && !this.#text.endsWith("\n");
    const dash = `${this.#indentAt(startOf(first))}- `;
    wanted.forEach((item, index) => {
      if (kept.has(item)) return;
      const next = wanted.slice(index + 1).find((later) => kept.has(later));
      const follower = next === undefined ? undefined : kept.get(next);
      const from = follower === undefined ? end : lineOf(follower);
      const line = `${dash}${scalar(item, quotesOf(first))}`;
      const text = follower === undefined && unended ? `${this.#eol}${line}` : `${line}${this.#eol}`;
      this.#edits.push({ from, to: from, text });
    });
  }

  #replaceValue(pair: Pair, text: string): void {
    const { value } = pair;
    const colon = this.#afterColon(pair);
    const to = endOf(value) ?? colon;
    if (isEmpty(value)) this.#edits.push({ from: colon, to: colon, text: ` ${text}` });
    else if (isBlock(value)) this.#edits.push({ from: colon, to, text: ` ${text}${this.#eol}` });
    else this.#edits.push({ from: startOf(value), to, text });
  }

  #hasOwnLine(item: unknown): boolean {
    if (!isScalar(item) || isBlock(item)) return false;
    return /^[ \t]*-[ \t]+$/.test(this.#text.slice(this.#lineStart(startOf(item)), startOf(item)));
  }

  #endOfPair(pair: Pair): number {
    return this.#lineEnd(endOf(pair.value) ?? this.#afterColon(pair));
  }

  #afterColon(pair: Pair): number {
    return this.#text.indexOf(":", endOf(pair.key) ?? 0) + 1;
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

  #indentAt(offset: number): string {
    return /^\uFEFF?([ \t]*)/.exec(this.#text.slice(this.#lineStart(offset), offset))?.[1] ?? "";
  }
}

const style = { lineWidth: 0, blockQuote: false, aliasDuplicateObjects: false } as const;

function startOf(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? 0;
}

function endOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null)?.range?.[1];
}

function isEmpty(value: unknown): boolean {
  return startOf(value) === (endOf(value) ?? 0);
}

/** Whether a value ends with its last line: a block collection, or a text behind | or >. */
function isBlock(value: unknown): boolean {
  if (isCollection(value)) return value.flow !== true;
  return isScalar(value) && (value.type === Scalar.BLOCK_LITERAL || value.type === Scalar.BLOCK_FOLDED);
}

function quotesOf(value: unknown): Quotes | undefined {
  if (!isScalar(value)) return undefined;
  if (value.type === Scalar.QUOTE_SINGLE) return "'";
  return value.type === Scalar.QUOTE_DOUBLE ? '"' : undefined;
}

/** Plain without quotes asked for, unless some reader of YAML would take it for something else than a text. */
function scalar(text: string | null, quotes: Quotes | undefined): string {
  if (text === null) return "null";
  if (quotes === "'") return `'${text.replaceAll("'", "''")}'`;
  return quotes === '"' ? JSON.stringify(text) : stringify(text, { ...style, compat: "yaml-1.1" }).trimEnd();
}

function flow(list: readonly string[]): string {
  return stringify(list, { ...style, collectionStyle: "flow", flowCollectionPadding: false }).trimEnd();
}

function plain(field: Field): unknown {
  if ("text" in field) return field.text;
  return "list" in field ? field.list : field.block;
}
