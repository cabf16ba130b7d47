/** Keys and indices that lead to a value: `["images", 2, "tags", 0]`. */
export type Path = readonly (string | number)[];

/** One thing that is wrong in a YAML file. */
export interface Problem {
  readonly path: Path;
  /** Position in the text, for what `path` alone does not find: the second of two equal keys, a syntax error. */
  readonly offset?: number;
  /** The key is wrong, not what it stands for. */
  readonly onKey?: boolean;
  /** `expected …, got …` */
  readonly text: string;
}

/** `platforms[1]`, `args.NODE_ENV`, `labels["a b"]`; empty for the value that the path starts at. */
export function pathText(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[A-Za-z0-9_.-]{1,80}$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(shortened(part))}]`;
  }
  return text;
}

/** What was seen, for a message: a text in quotes and cut, without the password of an address. */
export function seen(value: unknown, source: string | undefined): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string")
    return JSON.stringify(shortened(value.replace(/:\/\/[^@/\s]*@/g, "://***@")));
  if (typeof value === "object") return "a mapping";
  return `the ${typeof value} ${source ?? String(value)}`;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
