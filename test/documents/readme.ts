import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ownRoot } from "../../src/setup/needs.ts";

export const readme = readFileSync(join(ownRoot, "README.md"), "utf8");

/** A part of the README in its own kind of text. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** Every fenced block, in order. */
export const blocks: readonly Block[] = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
  ([, language = "", text = ""]) => ({ language, text }),
);

/** Every line of a shell example that starts a command of this package, as it is typed. */
export const examples: readonly string[] = blocks
  .filter(({ language }) => language === "sh")
  .flatMap(({ text }) => text.split("\n"))
  .flatMap((line) => /(?:^|\$\()(npm (?:run|test)\b[^|)]*)/.exec(line)?.[1]?.trim() ?? []);

/** The tables, each from its head to its last row. */
const tables: readonly string[] = [...readme.matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) =>
  table.trimEnd(),
);

/** The table whose first column is called so. */
export function tableOf(firstColumn: string): string {
  const found = tables.find((table) => table.startsWith(`| ${firstColumn} |`));
  if (found === undefined) throw new Error(`the README has no table of ${firstColumn}`);
  return found;
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
