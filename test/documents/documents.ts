import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ownRoot } from "../../src/setup/needs.ts";

/** A document for the people who use the factory. */
export interface Page {
  /** As seen from the project's folder. */
  readonly path: string;
  readonly text: string;
}

function pageAt(path: string): Page {
  return { path, text: readFileSync(join(ownRoot, path), "utf8") };
}

export const readme = pageAt("README.md");

/** The README and every page of docs/; the decisions tell of their day, and are left as they were. */
export const pages: readonly Page[] = [
  readme,
  ...readdirSync(join(ownRoot, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => pageAt(`docs/${name}`)),
];

/** Every fenced block of one language, in order, without the indentation of a list that it stands in. */
export function blocksOf({ text }: Page, language: string): readonly string[] {
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)]
    .filter(([, , own]) => own === language)
    .map(([, indentation = "", , block = ""]) => block.replaceAll(new RegExp(`^${indentation}`, "gm"), ""));
}

/** Every line of a shell example that starts a command of this package, as it is typed. */
export const examples: readonly string[] = pages
  .flatMap((page) => blocksOf(page, "sh"))
  .flatMap((text) => text.split("\n"))
  .flatMap((line) => /(?:^|\$\()(npm (?:run|test)\b[^|)#]*)/.exec(line)?.[1]?.trim() ?? []);

/** Every command that a sentence, a table or an example names. */
export const namedCommands: readonly { readonly path: string; readonly command: string }[] = pages.flatMap(
  ({ path, text }) =>
    [...text.matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g)].map(([, command = ""]) => ({ path, command })),
);

/** The table whose first column is called so, from its head to its last row, and the page that has it. */
export function tableOf(firstColumn: string): { readonly page: Page; readonly table: string } {
  const found = pages.flatMap((page) =>
    [...page.text.matchAll(/(?:^\|.*\|$\n?)+/gm)]
      .map(([table]) => ({ page, table: table.trimEnd() }))
      .filter(({ table }) => new RegExp(`^\\| ${firstColumn} +\\|`).test(table)),
  );
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Error(`README.md and docs/ have ${found.length} tables of ${firstColumn}`);
  return only;
}

/** The cells of each row below the head. */
export function rowsOf(table: string): readonly (readonly string[])[] {
  return table
    .split("\n")
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** What stands between backticks. */
export function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** Every link to another place of these documents, or of the project. */
export function linksOf({ text }: Page): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, address = ""]) => address)
    .filter((address) => !address.includes("://"));
}

/** The names by which links lead to the headings of a text, as forges make them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const withoutBlocks = text.replaceAll(/^ *```.*?^ *```$/gms, "");
  return new Set(
    [...withoutBlocks.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}
