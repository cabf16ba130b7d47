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
  const document = parseDocument(text, { keepSourceTokens: true });
  const { contents } = document;
  const list: unknown = isMap(contents) ? contents.get("images", true) : contents;
  if (contents !== null && !isSeq(list)) {
    throw new FactoryError("images-invalid", "the list of images is not written where it is used", {
      hint: "Write the entries below images:, or as a list of their own.",
    });
  }
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const written = (keysAfterDash: number, indent: number) =>
    entries.map((entry) => blockText(entry, keysAfterDash, indent, eol));
  if (!isSeq(list)) return inserted(text, text.length, written(2, 0).join(eol), eol);
  const items = list.items as readonly Node[];
  const token = list.srcToken as CST.BlockSequence | CST.FlowCollection;
  if (token.type === "block-seq") {
    const last = items.at(-1);
    const beforeLast = items.at(-2);
    const own = (items[0]?.srcToken as CST.BlockMap | undefined)?.type === "block-map" ? items[0] : undefined;
    const keys = own === undefined ? 2 : (own.srcToken as CST.BlockMap).indent - token.indent;
    const between =
      beforeLast === undefined ? undefined : text.slice(endOf(beforeLast), last?.range?.[0] ?? text.length);
    const apart = between === undefined || /\n[ \t\r]*\n/.test(between);
    const at = afterEntry(text, last, token.indent);
    const first = apart && !/\n\r?\n$/.test(text.slice(0, at)) ? eol : "";
    return inserted(text, at, first + written(keys, token.indent).join(apart ? eol : ""), eol);
  }
  if (items.length > 0) {
    const at = endOf(items.at(-1) as Node);
    return `${text.slice(0, at)}${entries.map((entry) => `, ${flowText(entry)}`).join("")}${text.slice(at)}`;
  }
  // `[]`: the brackets go, what else stands there stays.
  const start = token.start.offset;
  const close = token.end.find(({ type }) => type === "flow-seq-end")?.offset ?? start;
  const at = lineEnd(text, close + 1);
  const before = text.slice(0, start) + text.slice(start + 1, close);
  const kept = `${before}${text.slice(close + 1, at)}`.replace(/[ \t]+(?=\r?\n$|$)/, "");
  const texts = written(2, isMap(contents) ? 2 : 0).join(eol);
  return inserted(
    `${kept.trim() === "" ? "" : kept}${text.slice(at)}`,
    kept.trim() === "" ? 0 : kept.length,
    texts,
    eol,
  );
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

function blockText(entry: Image, keysAfterDash: number, indent: number, eol: string): string {
  const document = new Document(entry);
  visit(document, {
    Pair: (_, { key, value }) => {
      const inOneLine = ["tags", "platforms", "credentials"].includes(String(key));
      if (inOneLine && isCollection(value)) value.flow = true;
    },
  });
  const lines = document.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd().split("\n");
  const first = `${" ".repeat(indent)}-${" ".repeat(keysAfterDash - 1)}`;
  const others = " ".repeat(indent + keysAfterDash);
  return lines.map((line, index) => `${index === 0 ? first : others}${line}${eol}`).join("");
}

function flowText(entry: Image): string {
  const document = new Document(entry);
  if (isMap(document.contents)) document.contents.flow = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false }).trim();
}
