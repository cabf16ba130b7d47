import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../../errors.ts";
import { sealed, unsealed } from "../../kept.ts";
import { whenAbsent } from "../../when-absent.ts";
import type { RemoteState } from "./clone.ts";
import type { Entry, Tree } from "./tree.ts";

/** What a state folder and its repository had in common when they last met. */
export interface Known {
  readonly url: string;
  readonly branch: string;
  /** Exchanges since everything was fetched anew. */
  readonly exchanges: number;
  readonly files: Tree;
}

function fileOf(stateDir: string): string {
  return join(stateDir, ".repository", "known.json");
}

/**
 * Reads it; a folder that has never met the repository has nothing in common with it.
 * @throws FactoryError "settings-invalid" for a folder that belongs to another repository.
 */
export async function readKnown(stateDir: string, remote: RemoteState): Promise<Known> {
  const { url, branch } = { url: remote.url.text, branch: remote.branch };
  const text = await readFile(fileOf(stateDir), "utf8").catch(whenAbsent(undefined));
  const found = text === undefined ? undefined : parse(text);
  if (found === undefined) return { url, branch, exchanges: 0, files: new Map() };
  if (found.url === url && found.branch === branch) return found;
  throw new FactoryError(
    "settings-invalid",
    `${stateDir} belongs to branch ${found.branch} of ${found.url}, not to branch ${branch} of ${url}`,
    {
      hint: `Name another stateDir; or remove ${join(stateDir, ".repository")}, and what lies there goes to the new one.`,
    },
  );
}

export async function writeKnown(stateDir: string, known: Known): Promise<void> {
  const files = [...known.files].map(([path, { mode, blob }]) => [path, mode, blob]);
  await writeFileAtomic(fileOf(stateDir), sealed({ ...known, files }));
}

/** Of a damaged file nothing is known: it is compared anew. */
function parse(text: string): Known | undefined {
  const value = unsealed(text) as
    | (Omit<Known, "files"> & { readonly files: readonly (readonly [string, string, string])[] })
    | undefined;
  if (value === undefined) return undefined;
  const entries = value.files.map(([path, mode, blob]): [string, Entry] => [path, { mode, blob }]);
  return { ...value, files: new Map(entries) };
}
