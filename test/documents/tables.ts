import { Document, type Node } from "yaml";
import { variableOf } from "../../src/settings.ts";

/** What of a JSON schema the tables show. */
export interface Schema {
  readonly description?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly examples?: readonly unknown[];
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/**
 * Every field of an entry of images.yaml, with the fields inside it, as a table. Where a field of the entry
 * may stand a second time, deeper, it has no second row.
 */
export function fieldsTable(schema: Schema): string {
  const image = schema.definitions?.["image"];
  if (image === undefined) throw new Error("the schema has no image");
  const rows = fieldRows(image, "", schema);
  const isAgain = (path = "") => {
    const [, owner = "", name = ""] = /^`([^.`]+)\.([^.`]+)/.exec(path) ?? [];
    const inner = resolved(image.properties?.[owner] ?? {}, schema).properties?.[name]?.$ref;
    return inner !== undefined && inner === image.properties?.[name]?.$ref;
  };
  return table(
    ["Field", "Meaning", "Example"],
    rows.filter(([path]) => !isAgain(path)),
  );
}

function fieldRows(owner: Schema, path: string, root: Schema): readonly (readonly string[])[] {
  return Object.entries(owner.properties ?? {}).flatMap(([name, reference]) => {
    const field = resolved(reference, root);
    const items = field.items === undefined ? undefined : resolved(field.items, root);
    const own = `${path}${name}`;
    const meaning = [
      owner.required?.includes(name) ? "Required." : "",
      field.description ?? "",
      items?.properties === undefined && items?.enum === undefined ? (items?.description ?? "") : "",
      choices(field, items),
    ];
    return [
      [code(own), text(meaning.filter((part) => part !== "").join(" ")), code(example(field.examples?.[0]))],
      ...fieldRows(field, `${own}.`, root),
      ...(items === undefined ? [] : fieldRows(items, `${own}[].`, root)),
    ];
  });
}

function resolved(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace("#/definitions/", "");
  if (name === undefined) return schema;
  const found = root.definitions?.[name];
  if (found === undefined) throw new Error(`the schema has no ${name}`);
  return found;
}

function choices(field: Schema, items: Schema | undefined): string {
  const values = field.enum ?? items?.enum;
  return values === undefined ? "" : `One of ${values.map(code).join(", ")}.`;
}

/** Every setting of factory.yaml with the variable that overrides it, as a table. */
export function settingsTable(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([key, { description, examples }]) => [
    code(key),
    code(variableOf(key)),
    text(description ?? ""),
    code(example(examples?.[0])),
  ]);
  return table(["Setting", "Variable", "Meaning", "Example"], rows);
}

/** Every key of cluster.yaml, with those inside it, as a table. */
export function clusterTable(schema: Schema): string {
  return table(["Cluster key", "Meaning", "Example"], fieldRows(schema, "", schema));
}

/** What a command says of itself by `--help`. */
export interface Help {
  readonly command: string;
  readonly summary: string;
  /** `IMAGE`, `--json`, `start`: all that it takes. */
  readonly takes: readonly string[];
  /** Each word with its form, `TAG=<tag>`, and its description. */
  readonly words: readonly { readonly form: string; readonly description: string }[];
}

/** Reads what `helpText` printed. */
export function parseHelp(command: string, help: string): Help {
  const [, summary = "", ...sections] = help.trim().split("\n\n");
  const rows = sections
    .filter((section) => !section.startsWith("Examples"))
    .flatMap((section) => [...section.matchAll(/^ {2}(\S.*?)(?: {2,}|\n +)(\S.*)$/gm)])
    .map(([, name = "", description = ""]) => ({ form: name, description }))
    .filter(({ form }) => form !== "--help");
  return {
    command,
    summary,
    takes: rows.map(({ form }) => form.replace(/=.*/, "")),
    words: rows.filter(({ form }) => form.includes("=")),
  };
}

/** What each command does and takes, as a table. */
export function commandsTable(helps: readonly Help[]): string {
  const rows = helps.map(({ command, summary, takes }) => [
    code(`npm run ${command}`),
    text(summary),
    takes.map(code).join(" "),
  ]);
  return table(["Command", "What it does", "Takes"], rows);
}

/** Every word of every command, as a table: where commands differ in its meaning, each by its name. */
export function wordsTable(helps: readonly Help[]): string {
  const forms = [...new Set(helps.flatMap(({ words }) => words.map(({ form }) => form)))];
  const rows = forms.map((form) => {
    const meanings = new Map<string, string[]>();
    for (const { command, words } of helps) {
      const description = words.find((word) => word.form === form)?.description;
      if (description === undefined) continue;
      meanings.set(description, [...(meanings.get(description) ?? []), command]);
    }
    const texts = [...meanings].map(([description, commands]) =>
      meanings.size === 1 ? text(description) : `${commands.map(code).join(", ")}: ${text(description)}`,
    );
    return [code(form), texts.join(" ")];
  });
  return table(["Word", "Meaning"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(words: string): string {
  return words === "" ? "" : `\`${words}\``;
}

/** What Markdown would take for a tag or for emphasis stands as written. */
function text(sentences: string): string {
  return sentences.replaceAll(/[<*]/g, "\\$&");
}

/** A value as one line of YAML. */
function example(value: unknown): string {
  if (value === undefined) return "";
  const document = new Document(value);
  const { contents } = document as unknown as { contents: Node & { flow?: boolean } };
  contents.flow = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false }).trim();
}
