import { Composer, type CST, type Document, Lexer, type LineCounter, Parser } from "yaml";
import type { Problem } from "./problem.ts";

/** Bounds that no honest file comes near: what is beyond them is not worth gigabytes of memory. */
const deepest = 40;
const mostTokens = 3_000_000;
const mostErrors = 20;

export type ParsedDocument =
  | { readonly document: Document.Parsed }
  | { readonly problems: readonly [Problem, ...Problem[]] };

/**
 * Parses one YAML 1.2 document with the core schema. Stops at the first sign of something else: control characters,
 * a directive, a second document, nesting or size out of all proportion, more syntax errors than anyone reads.
 * @param uniqueKeys Whether a key that stands twice in a mapping is an error, found in the square of the number of keys.
 */
export function parseBounded(text: string, lines: LineCounter, uniqueKeys = false): ParsedDocument {
  lines.addNewLine(0);
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
  if (control !== null) {
    for (const { index } of text.slice(0, control.index).matchAll(/\n/g)) lines.addNewLine(index + 1);
    return refused(control.index, `expected no control characters, got ${codePoint(control[0])}`);
  }
  const composer = new Composer({
    prettyErrors: false,
    uniqueKeys,
    schema: "core",
    merge: false,
    resolveKnownTags: false,
  });
  const tokens = new BoundedTokens(text, lines);
  let document: Document.Parsed | undefined;
  for (const next of composer.compose(tokens.read(), true, text.length)) {
    if (document !== undefined) return refused(next.range[0], "expected one document, got another after ---");
    document = next;
  }
  const [first, ...more] = [
    ...(tokens.refused === undefined ? [] : [tokens.refused]),
    ...(document?.errors ?? []).slice(0, mostErrors).map((error) => ({
      path: [],
      offset: error.pos[0],
      text: `expected YAML, got: ${error.message}`,
    })),
  ];
  if (first !== undefined) return { problems: [first, ...more] };
  if (document === undefined) throw new TypeError("a YAML composer that is forced to makes a document");
  return { document };
}

/** `U+0007`: how messages name a character that must not be printed. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The parser's tokens until a bound is passed; `refused` then says which. */
class BoundedTokens {
  refused: Problem | undefined;
  readonly #text: string;
  readonly #parser: Parser;

  constructor(text: string, lines: LineCounter) {
    this.#text = text;
    this.#parser = new Parser(lines.addNewLine);
  }

  *read(): Generator<CST.Token> {
    let lexemes = 0;
    let errors = 0;
    for (const lexeme of new Lexer().lex(this.#text)) {
      for (const token of this.#parser.next(lexeme)) {
        if (token.type === "directive") return this.#refuse(`expected no directive, got ${token.source}`);
        if (token.type === "error") errors += 1;
        yield token;
      }
      lexemes += 1;
      if (errors >= mostErrors) return;
      if (lexemes > mostTokens) return this.#refuse(`expected at most ${mostTokens} YAML tokens, got more`);
      if (this.#parser.stack.length > deepest)
        return this.#refuse("expected images, got lists or mappings nested too deep");
    }
    yield* this.#parser.end();
  }

  #refuse(text: string): void {
    this.refused = { path: [], offset: this.#parser.offset, text };
  }
}

function refused(offset: number, text: string): ParsedDocument {
  return { problems: [{ path: [], offset, text }] };
}
