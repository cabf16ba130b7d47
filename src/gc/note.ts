import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../errors.ts";
import { type Digest, digestOf, shortDigest } from "../registry/digest.ts";
import { whenAbsent } from "../when-absent.ts";

/** What gc remembers of a repository from one run to the next. */
export interface GcNote {
  /** When a tag that nothing needs was first seen, ISO 8601 in UTC: a registry does not say how old one is. */
  readonly seen: Readonly<Record<string, string>>;
  /** Manifests that no tag leads to any more, or may not once a run that was killed is completed. */
  readonly loose: readonly Digest[];
}

const empty: GcNote = { seen: {}, loose: [] };

function noteFile(stateDir: string, repository: string): string {
  return join(stateDir, "gc", `${shortDigest(digestOf(repository))}.json`);
}

/** @throws FactoryError "state-invalid". */
export async function readNote(stateDir: string, repository: string): Promise<GcNote> {
  const file = noteFile(stateDir, repository);
  const text = await readFile(file, "utf8").catch(whenAbsent(undefined));
  if (text === undefined) return empty;
  try {
    const { seen, loose } = JSON.parse(text) as Partial<GcNote>;
    if (typeof seen === "object" && seen !== null && Array.isArray(loose)) return { seen, loose };
  } catch {
    // Said below.
  }
  throw new FactoryError("state-invalid", `${file} is damaged`, {
    hint: `Delete it: ${repository} is then looked at as if for the first time.`,
  });
}

/** Writes the note whole or not at all; one that says what stands there already is not written. */
export async function writeNote(stateDir: string, repository: string, note: GcNote): Promise<void> {
  const file = noteFile(stateDir, repository);
  const text = `${JSON.stringify({ repository, ...note }, undefined, 2)}\n`;
  const before = await readFile(file, "utf8").catch(whenAbsent(undefined));
  const isNothing = note.loose.length === 0 && Object.keys(note.seen).length === 0;
  if (before === text || (before === undefined && isNothing)) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, text);
}
