import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { Path, Problem } from "./problem.ts";
import { codePoint, parseBounded } from "./yaml-document.ts";

/** A YAML document as plain values, and where each of them stands in the text. */
export interface YamlTree {
  /** Mappings are objects without a prototype, so that no key means more than itself. Undefined after a syntax error. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Position in the text of the value at `path`, or of its key; of what is nearest above it where there is none. */
  readonly offsetOf: (path: Path, onKey?: boolean) => number;
  /** A number, boolean or null as it was written: `1.10`. */
  readonly sourceOf: (path: Path) => string | undefined;
  readonly lineOf: (offset: number) => { readonly line: number; readonly column: number };
}

/** How many values aliases may stand for in one file, and how long one text may be. */
const aliasedValues = 100_000;
const textLength = 65_536;

/**
 * Reads one YAML 1.2 document with the core schema and nothing that could mean more than data: no tags, no
 * directives, no merge keys, keys of text that stand once, a bounded use of aliases. It takes time in proportion
 * to the text, whatever is in it.
 */
export function readYaml(text: string): YamlTree {
  const lines = new LineCounter();
  const lineOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const parsed = parseBounded(text, lines);
  if ("problems" in parsed)
    return {
      value: undefined,
      problems: parsed.problems,
      offsetOf: () => 0,
      sourceOf: () => undefined,
      lineOf,
    };
  const { contents } = parsed.document;
  const reader = new Reader();
  const value = contents === null ? null : reader.read(contents);
  const finder = new Finder(contents, reader.targets);
  return {
    value,
    problems: reader.problems,
    offsetOf: (path, onKey) => finder.offsetOf(path, onKey === true),
    sourceOf: (path) => finder.sourceOf(path),
    lineOf,
  };
}

interface Anchored {
  readonly node: Node;
  value: unknown;
  /** How many values it stands for; undefined while it is being read. */
  size: number | undefined;
}

/** One walk over the nodes, in which an alias costs as little as a scalar. */
class Reader {
  readonly problems: Problem[] = [];
  readonly targets = new Map<Node, Node>();
  readonly #anchors = new Map<string, Anchored>();
  readonly #path: (string | number)[] = [];
  #size = 0;
  #aliased = 0;

  read(node: Node): unknown {
    this.#size += 1;
    if (isAlias(node)) return this.#alias(node);
    if (node.tag !== undefined) this.#tagged(node, node.tag);
    const { anchor } = node as { anchor?: string };
    if (anchor === undefined) return this.#content(node);
    const before = this.#size;
    const anchored: Anchored = { node, value: undefined, size: undefined };
    this.#anchors.set(anchor, anchored);
    anchored.value = this.#content(node);
    anchored.size = this.#size - before + 1;
    return anchored.value;
  }

  #content(node: Node): unknown {
    if (isMap(node)) return this.#mapping(node.items);
    if (isSeq(node)) {
      return node.items.map((item, index) => this.#within(index, item as Node | null));
    }
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === "string") this.#checkText(value, node, "text");
    return value;
  }

  #mapping(items: readonly { key: unknown; value: unknown }[]): Readonly<Record<string, unknown>> {
    const mapping: Record<string, unknown> = Object.create(null);
    for (const { key, value } of items) {
      const name = this.#keyOf(key as Node | null);
      if (name === undefined) continue;
      if (name in mapping) {
        this.#path.push(name);
        this.#problem(key as Node, `expected each key once, got ${JSON.stringify(name)} again`);
        this.#path.pop();
        continue;
      }
      mapping[name] = this.#within(name, value as Node | null);
    }
    return mapping;
  }

  #keyOf(key: Node | null): string | undefined {
    if (!isScalar(key)) {
      this.#problem(key, `expected a key of text, got ${key === null ? "none" : "a list, mapping or alias"}`);
      return undefined;
    }
    if (key.tag !== undefined) this.#tagged(key, key.tag);
    const name = keyText(key);
    this.#checkText(name, key, "key");
    return name;
  }

  #within(part: string | number, node: Node | null): unknown {
    if (node === null) return null;
    this.#path.push(part);
    const value = this.read(node);
    this.#path.pop();
    return value;
  }

  #alias(node: Node & { readonly source: string }): unknown {
    const anchored = this.#anchors.get(node.source);
    if (anchored === undefined) {
      this.#problem(node, `expected an alias of an anchor above, got *${node.source}`);
      return null;
    }
    if (anchored.size === undefined) {
      this.#problem(node, `expected an alias of something else, got *${node.source} inside itself`);
      return null;
    }
    this.#size += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased > aliasedValues) {
      if (this.#aliased - anchored.size <= aliasedValues) {
        this.#problem(node, `expected aliases for at most ${aliasedValues} values, got more`);
      }
      return null;
    }
    this.targets.set(node, anchored.node);
    return anchored.value;
  }

  #tagged(node: Node, tag: string): void {
    this.#problem(node, `expected no YAML tag, got ${tag.replace(/^tag:yaml\.org,2002:/, "!!")}`);
  }

  #checkText(text: string, node: Node, what: "text" | "key"): void {
    const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/.exec(text)?.[0];
    if (control !== undefined) {
      this.#problem(node, `expected ${what} without control characters, got ${codePoint(control)}`);
    }
    if (text.length > textLength) {
      this.#problem(node, `expected ${what} of at most ${textLength} characters, got ${text.length}`);
    }
  }

  #problem(node: Node | null, text: string): void {
    const offset = node?.range?.[0];
    this.problems.push({ path: [...this.#path], ...(offset === undefined ? {} : { offset }), text });
  }
}

interface Found {
  readonly node: Node | null;
  readonly key: Node | undefined;
  /** The last node on the way that has a place in the text. */
  readonly nearest: Node | null;
}

/** Finds nodes by path; a mapping is indexed once, for many problems may lie in a large one. */
class Finder {
  readonly #root: Node | null;
  readonly #targets: ReadonlyMap<Node, Node>;
  readonly #indexes = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(root: Node | null, targets: ReadonlyMap<Node, Node>) {
    this.#root = root;
    this.#targets = targets;
  }

  offsetOf(path: Path, onKey: boolean): number {
    const { key, nearest } = this.#find(path);
    return ((onKey ? key : undefined) ?? nearest)?.range?.[0] ?? 0;
  }

  sourceOf(path: Path): string | undefined {
    const { node } = this.#find(path);
    const target = this.#target(node);
    return isScalar(target) && typeof target.value !== "string" ? target.source : undefined;
  }

  #find(path: Path): Found {
    let found: Found = { node: this.#root, key: undefined, nearest: this.#root };
    for (const part of path) {
      const parent = this.#target(found.node);
      let key: Node | undefined;
      let node: Node | null = null;
      if (isMap(parent)) {
        const pair = this.#index(parent).get(String(part));
        key = pair?.key as Node | undefined;
        node = (pair?.value ?? null) as Node | null;
      } else if (isSeq(parent) && typeof part === "number") {
        node = (parent.items[part] ?? null) as Node | null;
      }
      found = { node, key, nearest: node ?? key ?? found.nearest };
    }
    return found;
  }

  #target(node: Node | null): Node | null {
    return node === null ? null : (this.#targets.get(node) ?? node);
  }

  #index(mapping: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#indexes.get(mapping);
    if (known !== undefined) return known;
    const index = new Map<string, Pair>();
    for (const pair of mapping.items) {
      if (!isScalar(pair.key)) continue;
      const text = keyText(pair.key);
      if (!index.has(text)) index.set(text, pair);
    }
    this.#indexes.set(mapping, index);
    return index;
  }
}

function keyText(key: Scalar): string {
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}
