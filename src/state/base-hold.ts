import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { baseName, familiar, recordedReference } from "../bases/base-name.ts";
import { FactoryError } from "../errors.ts";
import { type Digest, isDigest } from "../registry/digest.ts";
import { formatReference, parseReference, type Reference, withDefaultTag } from "../registry/reference.ts";
import { type BaseHold, isHold } from "./holds.ts";
import { withLock } from "./lock.ts";
import { writeFactoryFields } from "./state-file.ts";

/** The record of a base that `BASE=` names: one that is there, or the one that would be written. */
export interface HeldRecord {
  readonly file: string;
  /** Normalised. */
  readonly reference: string;
  readonly currentDigest: Digest | undefined;
  readonly previousDigest: Digest | undefined;
  readonly hold: BaseHold | undefined;
}

/** A record, and the digest that was written behind the reference. */
export interface NamedBase extends HeldRecord {
  readonly digest?: Digest;
}

/**
 * Finds the record by its own name, or by the reference that it is about.
 * @throws FactoryError "usage" for a word that is neither, "state-invalid" naming the file that is damaged.
 */
export async function findBase(stateDir: string, word: string): Promise<NamedBase> {
  const records = await readRecords(join(stateDir, "base-images"));
  const named = records.find(({ file }) => file.endsWith(`/${word}.yaml`));
  if (named !== undefined) return named;
  const { digest, ...parsed } = readReference(word);
  const reference = formatReference(withDefaultTag(parsed));
  const known = records.find((record) => record.reference === reference) ?? {
    file: join(stateDir, "base-images", `${baseName(reference)}.yaml`),
    reference,
    currentDigest: undefined,
    previousDigest: undefined,
    hold: undefined,
  };
  return digest === undefined ? known : { ...known, digest };
}

/** Writes a base's hold, or takes it away; whoever looks at bases meanwhile waits. */
export async function writeBaseHold(
  { file, reference }: HeldRecord,
  hold: BaseHold | undefined,
  workDir: string,
): Promise<void> {
  // A record of its own says what it is about, for those who read it later.
  const name = file.slice(file.lastIndexOf("/") + 1, -".yaml".length);
  const about = { name, fullImage: familiar(parseReference(reference)) };
  await withLock(join(workDir, "locks", "base-images.lock"), {}, () =>
    writeFactoryFields(file, { hold }, about),
  );
}

async function readRecords(folder: string): Promise<readonly HeldRecord[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw damaged(folder, error.message);
  });
  const files = names
    .filter((name) => name.endsWith(".yaml") && !name.endsWith(".example.yaml"))
    .toSorted()
    .map((name) => join(folder, name));
  const records = await Promise.all(
    files.map(async (file) => readRecord(file, await readFile(file, "utf8"))),
  );
  return records.filter((record) => record !== undefined);
}

function readRecord(file: string, text: string): HeldRecord | undefined {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = parse(text) ?? {};
  } catch (error) {
    throw damaged(file, (error as Error).message.split("\n")[0] ?? "not YAML");
  }
  const reference = recordedReference(fields);
  if (reference === undefined) return undefined;
  const hold = (fields["factory"] as { readonly hold?: unknown } | null | undefined)?.hold;
  if (hold !== undefined && !isHold(hold)) throw damaged(file, "factory.hold: expected why and at");
  return {
    file,
    reference,
    currentDigest: digestIn(fields["currentDigest"]),
    previousDigest: digestIn(fields["previousDigest"]),
    hold: hold as BaseHold | undefined,
  };
}

function digestIn(field: unknown): Digest | undefined {
  return typeof field === "string" && isDigest(field) ? field : undefined;
}

function readReference(word: string): Reference {
  try {
    return parseReference(word);
  } catch (cause) {
    throw new FactoryError(
      "usage",
      `BASE: expected a base as in a Dockerfile or the name of its record, got ${JSON.stringify(word)}`,
      { cause },
    );
  }
}

function damaged(file: string, what: string): FactoryError {
  return new FactoryError("state-invalid", `${file} is damaged: ${what}`, {
    hint: "Restore the file from a backup or its git history.",
  });
}
