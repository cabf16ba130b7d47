/** What a field of a YAML mapping is to say; a new one that is to be `first` stands before all others. */
export type Field = { readonly name: string } & (
  | { readonly text: string | null; readonly quoted?: boolean; readonly first?: boolean }
  | { readonly list: readonly string[] }
  /** A mapping that is written anew as a whole, and stays last. */
  | { readonly block: object }
  /** A list that is cut at its begin and grows at its end; anew as a whole where more of it changed. */
  | { readonly items: readonly unknown[] }
  /** Anything, written anew as a whole unless it says the same. */
  | { readonly value: unknown }
  /** A mapping of which these fields are set. */
  | { readonly fields: readonly Field[] }
  | { readonly gone: true }
);

/** What a field says as a plain value; undefined for one that goes. */
export function said(field: Field): unknown {
  if ("text" in field) return field.text;
  if ("list" in field) return field.list;
  if ("items" in field) return field.items;
  if ("block" in field) return field.block;
  if ("value" in field) return field.value;
  if ("gone" in field) return undefined;
  return Object.fromEntries(field.fields.map((inner) => [inner.name, said(inner)]));
}
