/** The expression that matches one tag alone, as the older tool writes it. */
export function exactly(tag: string): string {
  return `^${tag.replaceAll(".", "\\.")}$`;
}

/**
 * Mends the one known mistake of the older tool: it escaped the backslashes that it had put before the dots of a tag
 * (`^22\\.1$`, which asks for a backslash and so matches no tag). Any other expression stays as it is.
 */
export function mendAllowTags(allowTags: string, tag: string): string {
  const once = escapedOnce(allowTags);
  return once === exactly(tag) ? once : allowTags;
}

export function escapedOnce(allowTags: string): string {
  return allowTags.replaceAll("\\\\.", "\\.");
}

/** The one tag that an expression of the form `^22\.1-slim$` allows; undefined where only a list can tell. */
export function onlyTag(allowTags: string): string | undefined {
  const literal = /^\^((?:[\w-]|\\\.)+)\$$/.exec(allowTags)?.[1];
  return literal?.replaceAll("\\.", ".");
}
