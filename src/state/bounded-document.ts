import { type Document, LineCounter, parseDocument } from "yaml";
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
  const bounded = parseBounded(text.replace(/^\uFEFF/, ""), new LineCounter());
  if ("problems" in bounded) return { problem: bounded.problems[0].text };
  const document = parseDocument(text, { uniqueKeys: text.length <= longestWithUniqueKeys });
  const [error] = document.errors;
  if (error !== undefined) return { problem: error.message.split("\n")[0] ?? "not YAML" };
  try {
    return { document, value: document.toJS() };
  } catch (cause) {
    return { problem: (cause as Error).message };
  }
}
