interface Line {
  readonly indent: number;
  readonly text: string;
}

/** Thrown where a text has more than block mappings, block lists and scalars of one line. */
const unusual = Symbol("unusual YAML");

/**
 * The value of a YAML text of the plain shape in which state is written, some thirty times as fast as a parser of all of
 * YAML; undefined for any other text, be it right or wrong, which that parser is then for.
 */
export function readPlainYaml(text: string): unknown {
  if (!/^[\n\x20-\x7e]*$/.test(text) || /#|^---|^\.\.\./m.test(text)) return undefined;
  const lines = text.split("\n").flatMap((line): Line[] => {
    const content = line.trimStart();
    return content === "" ? [] : [{ indent: line.length - content.length, text: content }];
  });
  if (lines[0]?.indent !== 0) return undefined;
  try {
    return new Reader(lines).document();
  } catch (error) {
    // Nested deeper than a stack: that parser says so.
    if (error === unusual || error instanceof RangeError) return undefined;
    throw error;
  }
}

class Reader {
  readonly #lines: Line[];
  #at = 0;

  constructor(lines: Line[]) {
    this.#lines = lines;
  }

  document(): unknown {
    const value = this.#block(0);
    if (this.#at < this.#lines.length) throw unusual;
    return value;
  }

  #block(indent: number): unknown {
    return this.#lines[this.#at]?.text.startsWith("- ") ? this.#list(indent) : this.#mapping(indent);
  }

  #list(indent: number): readonly unknown[] {
    const list: unknown[] = [];
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      if (!line.text.startsWith("- ")) throw unusual;
      const rest = line.text.slice(2);
      if (keyEnd(rest) < 0) {
        list.push(scalar(rest));
        this.#at += 1;
      } else {
        // The mapping of an item begins on the line of its dash.
        this.#lines[this.#at] = { indent: indent + 2, text: rest };
        list.push(this.#mapping(indent + 2));
      }
    }
    return list;
  }

  #mapping(indent: number): Readonly<Record<string, unknown>> {
    const mapping: Record<string, unknown> = {};
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      const end = keyEnd(line.text);
      const key = end < 0 ? undefined : scalar(line.text.slice(0, end));
      if (typeof key !== "string" || key === "__proto__" || Object.hasOwn(mapping, key)) throw unusual;
      this.#at += 1;
      const rest = line.text.slice(end + 2);
      mapping[key] = rest === "" ? this.#below(indent) : scalar(rest);
    }
    return mapping;
  }

  #below(indent: number): unknown {
    const next = this.#lines[this.#at];
    // A list may also stand right below its key, at the same indent: the factory does not write that.
    if (next === undefined || (next.indent <= indent && !next.text.startsWith("- "))) return null;
    if (next.indent <= indent) throw unusual;
    return this.#block(next.indent);
  }
}

/** Where the colon of `key: value` or `key:` is; -1 where a line has none. */
function keyEnd(text: string): number {
  const before = text.startsWith('"') ? text.indexOf('"', 1) : 0;
  const end = before < 0 ? -1 : text.indexOf(": ", before);
  return end < 0 && text.endsWith(":") ? text.length - 1 : end;
}

const numeric = /^(?:0o[0-7]+|0x[\dA-Fa-f]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)$/;

/** @see https://yaml.org/spec/1.2.2/#103-core-schema */
function scalar(text: string): unknown {
  const [, quoted] = /^"([^"\\]*)"$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted;
  if (text === "{}") return {};
  if (text === "[]") return [];
  if (!/^[A-Za-z0-9_/](?:[\w ./:@+=-]*[\w./@+=-])?$/.test(text) || text.includes(": ") || text.length > 1_000)
    throw unusual;
  if (/^(?:true|false|null)$/i.test(text)) {
    if (text === "null") return null;
    if (text === "true" || text === "false") return text === "true";
    throw unusual;
  }
  if (!numeric.test(text)) return text;
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  throw unusual;
}
