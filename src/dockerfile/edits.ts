import type { Span } from "./dockerfile.ts";

/** Other characters for a piece of a text. */
export interface Edit extends Span {
  readonly text: string;
}

export function edit({ start, end }: Span, text: string): Edit {
  return { start, end, text };
}

/**
 * Puts the edits in. Line breaks inside an edited piece are kept, so that no line below it moves.
 * @param edits pieces that do not overlap; an empty one stands before one that begins at the same place.
 * @param escapeCharacter continues a line that breaks in the middle of an instruction.
 */
export function applyEdits(text: string, edits: readonly Edit[], escapeCharacter: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end, text: put } of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const missing = lineBreaks(text.slice(start, end)) - lineBreaks(put);
    parts.push(text.slice(from, start), put);
    if (missing > 0) parts.push((put === "" ? "\n" : `${escapeCharacter}\n`).repeat(missing));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

function lineBreaks(text: string): number {
  return text.split("\n").length - 1;
}
