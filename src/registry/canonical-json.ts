/** The UTF-8 bytes of a JSON value as registries store them: keys as they stand, no white space, nothing undefined. */
export function canonicalJson(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** The map with its keys in code-unit order; undefined when it is empty, so that no empty object is written. */
export function sortedMap<T>(
  map: Readonly<Record<string, T>> | undefined,
): Readonly<Record<string, T>> | undefined {
  const entries = Object.entries(map ?? {});
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
