import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
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
  /** The image whose layers are kept in the repository, where it is a layer cache. */
  readonly cacheOf?: string;
}

/** A repository in which layers of an image are kept. */
export interface NotedCache {
  readonly repository: string;
  readonly image: string;
}

const empty: GcNote = { seen: {}, loose: [] };

function noteFile(stateDir: string, repository: string): string {
  return join(stateDir, "gc", `${shortDigest(digestOf(repository))}.json`);
}

/** @throws FactoryError "state-invalid". */
export async function readNote(stateDir: string, repository: string): Promise<GcNote> {
  const found = await readFileOf(noteFile(stateDir, repository));
  if (found === undefined) return empty;
  const { repository: _, ...note } = found;
  return note;
}

/**
 * The repositories that layers were kept in and may be still, also those of earlier epochs.
 * @throws FactoryError "state-invalid".
 */
export async function notedCaches(stateDir: string): Promise<readonly NotedCache[]> {
  const folder = join(stateDir, "gc");
  const files = (await readdir(folder).catch(whenAbsent([]))).filter((name) => name.endsWith(".json"));
  const notes = await Promise.all(files.map((name) => readFileOf(join(folder, name))));
  return notes.flatMap((note) =>
    note?.cacheOf === undefined || note.repository === undefined
      ? []
      : [{ repository: note.repository, image: note.cacheOf }],
  );
}

/** Notes, once, that layers of an image are kept in a repository: gc looks there until nothing is left. */
export async function noteCache(stateDir: string, { repository, image }: NotedCache): Promise<void> {
  const file = noteFile(stateDir, repository);
  if (!existsSync(file)) await write(file, textOf(repository, { ...empty, cacheOf: image }));
}

/**
 * Writes the note whole or not at all; one that says what stands there already is not written, and of a layer cache in
 * which nothing is left none stays.
 */
export async function writeNote(stateDir: string, repository: string, note: GcNote): Promise<void> {
  const file = noteFile(stateDir, repository);
  const text = textOf(repository, note);
  const before = await readFile(file, "utf8").catch(whenAbsent(undefined));
  const isNothing = note.loose.length === 0 && Object.keys(note.seen).length === 0;
  if (isNothing && note.cacheOf !== undefined) return rm(file, { force: true });
  if (before === text || (before === undefined && isNothing)) return;
  await write(file, text);
}

async function readFileOf(file: string): Promise<(GcNote & { readonly repository?: string }) | undefined> {
  const text = await readFile(file, "utf8").catch(whenAbsent(undefined));
  if (text === undefined) return undefined;
  try {
    const note = JSON.parse(text) as Partial<GcNote> & { readonly repository?: string };
    const { seen, loose } = note;
    if (typeof seen === "object" && seen !== null && Array.isArray(loose)) return { ...note, seen, loose };
  } catch {
    // Said below.
  }
  throw new FactoryError("state-invalid", `${file} is damaged`, {
    hint: "Delete it: its repository is then looked at as if for the first time.",
  });
}

function textOf(repository: string, note: GcNote): string {
  return `${JSON.stringify({ repository, ...note }, undefined, 2)}\n`;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, text);
}
