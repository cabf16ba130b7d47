/**
 * The names that the older tool may have given a base, the likeliest first: its reference as a Dockerfile has it with `:`
 * and `/` turned into `-`. It dropped the registry of three-part names for a time, and had the tag only where one was
 * written.
 */
export function olderNames(reference: string): readonly [string, ...string[]] {
  const short = reference.replace(/^docker\.io\/(?:library\/)?/, "");
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
