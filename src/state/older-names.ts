import { familiarName } from "../registry/reference.ts";

/**
 * The names that the older tool may have listed a base by, the likeliest first, where `baseName` (src/bases/base-name.ts)
 * is the one that a record is given: its reference as a Dockerfile has it with `:` and `/` turned into `-`. It dropped the
 * registry of three-part names for a time, and had the tag only where one was written.
 */
export function olderNames(reference: string): readonly [string, ...string[]] {
  const short = familiarName(reference);
  const written = [short, reference].flatMap((text) => {
    const parts = text.split("/");
    return parts.length === 3 ? [text, parts.slice(1).join("/")] : [text];
  });
  const names = [...written, ...written.map((text) => text.replace(/:latest$/, ""))].map(hyphenated);
  return [hyphenated(short), ...new Set(names.slice(1))];
}

function hyphenated(text: string): string {
  return text.replaceAll(/[:/]/g, "-");
}
