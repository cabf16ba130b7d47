import {
  type CST,
  Document,
  isCollection,
  isMap,
  isPair,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import type { Image } from "../enrolment/images-file.generated.ts";
import { FactoryError } from "../errors.ts";

/** `text` of images.yaml with entries at the end of its list, in the list's own style. Every other byte stays. */
export function withEntries(text: string, entries: readonly Image[]): string {
  if (text.startsWith("\uFEFF")) return `\uFEFF${withEntries(text.slice(1), entries)}`;
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const { contents } = parseDocument(text, { keepSourceTokens: true });
  if (contents === null) {
    return inserted(text, text.length, blockTexts(entries, { indent: 0, keys: 2, eol }).join(eol), eol);
  }
  const list: unknown = isMap(contents) ? contents.get("images", true) : contents;
  if (!isSeq(list)) {
    throw new FactoryError("images-invalid", "the list of images is not written where it is used", {
      hint: "Write the entries below images:, or as a list of their own.",
    });
  }
  const items = list.items as readonly Node[];
  const last = items.at(-1);
  const token = list.srcToken as CST.BlockSequence | CST.FlowCollection;
  if (token.type === "block-seq") return inBlock(text, items, token.indent, entries, eol);
  if (last === undefined) return inEmptyBrackets(text, token, isMap(contents) ? 2 : 0, entries, eol);
  const at = endOf(last);
  return `${text.slice(0, at)}${entries.map((entry) => `, ${flowText(entry)}`).join("")}${text.slice(at)}`;
}

/** Apart by an empty line, unless the last two are not. */
function inBlock(
  text: string,
  items: readonly Node[],
  indent: number,
  entries: readonly Image[],
  eol: string,
): string {
  const [beforeLast, last] = items.length === 1 ? [undefined, items[0]] : items.slice(-2);
  const first = items[0]?.srcToken as CST.Token | undefined;
  const keys = first?.type === "block-map" ? first.indent - indent : 2;
  const between = beforeLast === undefined ? undefined : text.slice(endOf(beforeLast), last?.range?.[0]);
  const apart = between === undefined || /\n[ \t\r]*\n/.test(between);
  const at = afterEntry(text, last, indent);
  const gap = apart && !/\n\r?\n$/.test(text.slice(0, at)) ? eol : "";
  const texts = blockTexts(entries, { indent, keys, eol });
  return inserted(text, at, gap + texts.join(apart ? eol : ""), eol);
}

/** `[]`: the brackets go, what else stands there stays. */
function inEmptyBrackets(
  text: string,
  { start: { offset: start }, end }: CST.FlowCollection,
  indent: number,
  entries: readonly Image[],
  eol: string,
): string {
  const close = end.find(({ type }) => type === "flow-seq-end")?.offset ?? start;
  const at = lineEnd(text, close + 1);
  const before = text.slice(0, start) + text.slice(start + 1, close);
  const line = `${before}${text.slice(close + 1, at)}`.replace(/[ \t]+(?=\r?\n$|$)/, "");
  const kept = line.trim() === "" ? "" : line;
  const texts = blockTexts(entries, { indent, keys: 2, eol });
  return inserted(`${kept}${text.slice(at)}`, kept.length, texts.join(eol), eol);
}

function inserted(text: string, at: number, put: string, eol: string): string {
  const before = text.slice(0, at);
  const separator = before === "" || before.endsWith("\n") ? "" : eol;
  return `${before}${separator}${put}${text.slice(at)}`;
}

/** Behind the last character of a value; the parser counts comments below a block to the block. */
function endOf(node: Node): number {
  const isBlock = isCollection(node) && node.flow !== true;
  const last = isBlock ? (node.items.at(-1) as Node | Pair<Node, Node | null> | undefined) : undefined;
  if (last === undefined) return node.range?.[1] ?? 0;
  return endOf(isPair(last) ? (last.value ?? last.key) : last);
}

/** Behind the line in which `offset` lies; an offset at the start of a line lies behind the one before. */
function lineEnd(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === "\n") return offset;
  const feed = text.indexOf("\n", offset);
  return feed < 0 ? text.length : feed + 1;
}

/** Behind the last entry and the comments that belong into it: those further in than its dash. */
function afterEntry(text: string, entry: Node | undefined, dash: number): number {
  const start = lineEnd(text, entry === undefined ? 0 : endOf(entry));
  let own = start;
  for (const { 0: line, index } of text.slice(start).matchAll(/.*\n|.+$/g)) {
    const comment = /^([ \t]*)#/.exec(line);
    if (comment === null && line.trim() !== "") break;
    if (comment === null) continue;
    if ((comment[1] ?? "").length <= dash) break;
    own = start + index + line.length;
  }
  return own;
}

interface BlockStyle {
  /** Columns before the dash, and from the dash to the keys. */
  readonly indent: number;
  readonly keys: number;
  readonly eol: string;
}

function blockTexts(entries: readonly Image[], { indent, keys, eol }: BlockStyle): readonly string[] {
  const dash = `${" ".repeat(indent)}-${" ".repeat(keys - 1)}`;
  return entries.map((entry) => {
    const document = new Document(entry);
    visit(document, {
      Pair: (_, { key, value }) => {
        const inOneLine = ["tags", "platforms", "credentials"].includes(String(key));
        if (inOneLine && isCollection(value)) value.flow = true;
      },
    });
    const lines = document.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd().split("\n");
    return lines
      .map((line, index) => `${index === 0 ? dash : " ".repeat(dash.length)}${line}${eol}`)
      .join("");
  });
}

function flowText(entry: Image): string {
  const document = new Document(entry);
  if (isMap(document.contents)) document.contents.flow = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false }).trim();
}
