import { type Document, LineCounter } from "yaml";
import { parseBounded } from "../enrolment/yaml-document.ts";

/** Far more than what is recorded of one image. */
const longest = 2 * 1024 * 1024;

/** Keys of longer texts are not compared with one another, which takes the square of their number. */
const longestWithUniqueKeys = 64 * 1024;

/** A document of YAML that somebody may have damaged on purpose, and its value; or what is wrong with it. */
export type BoundedDocument =
  | { readonly document: Document.Parsed; readonly value: unknown }
  | { readonly problem: string };

/** Parses a file of state: one document, nested no deeper than any of ours, whose aliases stand for little. */
export function parseStateDocument(text: string): BoundedDocument {
  if (text.length > longest) return { problem: `expected at most ${longest} characters, got ${text.length}` };
  const lines = new LineCounter();
  const parsed = parseBounded(text, lines, text.length <= longestWithUniqueKeys);
  if ("problems" in parsed) {
    const [{ offset = 0, text: what }] = parsed.problems;
    return { problem: `line ${lines.linePos(offset).line}: ${what}` };
  }
  const { document } = parsed;
  try {
    return { document, value: document.toJS() };
  } catch (cause) {
    return { problem: (cause as Error).message };
  }
}
