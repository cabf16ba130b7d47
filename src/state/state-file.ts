import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { isMap, isScalar, type YAMLMap } from "yaml";
import { FactoryError } from "../errors.ts";
import type { Failures } from "../plan/breaker.ts";
import { parseStateDocument } from "./bounded-document.ts";
import type { Hold } from "./holds.ts";
import type { ImageState, PromotedTags, Unfinished } from "./image-state.ts";
import { type CurrentImage, currentImage, olderFields, type StateFields } from "./older-fields.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { firstDefect } from "./state-defect.ts";
import { type Field, setFields } from "./yaml-fields.ts";

/** The path of an image's state: `<stateDir>/images/<name>.yaml`. */
function stateFile(stateDir: string, image: string): string {
  return join(stateDir, "images", `${image}.yaml`);
}

/** What is recorded of an image beside what was published, and stays when that changes. */
interface Standing {
  readonly hold?: Hold | undefined;
  readonly failures?: Failures | undefined;
  /** Newest first. */
  readonly promotions?: readonly PromotedTags[] | undefined;
}

/** All that the factory recorded of an image, published or not. */
export interface ImageRecord extends Standing {
  /** Undefined until the first publication. */
  readonly state: ImageState | undefined;
}

/**
 * Reads what the factory published of an image; undefined when there is no file, or none of it is the factory's own.
 * @throws FactoryError "state-invalid", naming the file: a damaged state never counts as "never built".
 */
export async function readState(stateDir: string, image: string): Promise<ImageState | undefined> {
  return (await readRecord(stateDir, image)).state;
}

/**
 * Reads all that the factory recorded of an image.
 * @throws FactoryError as `readState`.
 */
export async function readRecord(stateDir: string, image: string): Promise<ImageRecord> {
  const { hold, failures, promotions, ...state } =
    factoryOf(await readStateFields(stateFile(stateDir, image))) ?? {};
  return { state: "digest" in state ? (state as ImageState) : undefined, hold, failures, promotions };
}

/**
 * What an image's state says of it outside `factory:`, which is all that there is in a file of the older tool;
 * undefined when there is no file.
 * @throws FactoryError "state-invalid".
 */
export async function readCurrentImage(stateDir: string, image: string): Promise<CurrentImage | undefined> {
  const page = await openPage(stateFile(stateDir, image));
  return page.text === "" ? undefined : currentImage(page.fields);
}

/**
 * Writes an image's state whole or not at all. Of what was there every byte stays that says nothing else than before.
 * @throws FactoryError "state-invalid" when the file that stands there is damaged.
 */
export async function writeState(stateDir: string, image: string, state: ImageState): Promise<void> {
  const page = await openPage(stateFile(stateDir, image));
  const { hold, failures, promotions } = factoryOf(page) ?? {};
  const block = {
    ...state,
    ...(hold === undefined ? {} : { hold }),
    ...(failures === undefined ? {} : { failures }),
    ...(promotions === undefined ? {} : { promotions }),
  };
  await write(page, [...olderFields(image, state, page.fields), { name: "factory", block }]);
}

/**
 * Sets what is recorded beside a publication, of an image that may never have been published; undefined takes a field
 * away. The caller keeps others from writing meanwhile.
 * @throws FactoryError as `writeState`.
 */
export async function writeStanding(stateDir: string, image: string, standing: Standing): Promise<void> {
  const page = await openPage(stateFile(stateDir, image));
  const before = factoryOf(page) ?? {};
  const entries = Object.entries(standing).filter(([name, value]) => value !== undefined || name in before);
  const left = Object.keys(before).filter((name) => !entries.some(([gone]) => gone === name));
  const fields = entries.map(
    ([name, value]): Field => (value === undefined ? { name, gone: true } : { name, value }),
  );
  if (fields.length === 0) return;
  const isEmpty = left.length === 0 && entries.every(([, value]) => value === undefined);
  await write(page, [
    ...(page.text === "" ? [{ name: "name", text: image }] : []),
    isEmpty ? { name: "factory", gone: true } : { name: "factory", fields },
  ]);
}

/**
 * What runs were about to publish and did not record, newest first.
 * @throws FactoryError "state-invalid".
 */
export async function readUnfinished(stateDir: string, image: string): Promise<readonly Unfinished[]> {
  return factoryOf(await readStateFields(stateFile(stateDir, image)))?.publishing ?? [];
}

/**
 * Writes down what is about to be published, beside whatever is recorded, before a tag moves.
 * @throws FactoryError as `writeState`.
 */
export async function writeUnfinished(
  stateDir: string,
  image: string,
  publishing: readonly Unfinished[],
): Promise<void> {
  const page = await openPage(stateFile(stateDir, image));
  const own = publishing.map(({ digest, uniqueTag, at, version }) => ({
    digest,
    uniqueTag,
    at,
    ...(version === undefined ? {} : { version }),
  }));
  await write(page, [{ name: "factory", fields: [{ name: "publishing", value: own }] }]);
}

/** A state file as it stands; an absent one is empty. */
interface Page {
  readonly file: string;
  readonly text: string;
  /** Null where the text says nothing. */
  readonly root: YAMLMap | null;
  readonly fields: StateFields;
}

/** What a state file says; its text is not needed where nothing is written. */
async function readStateFields(file: string): Promise<Pick<Page, "file" | "fields">> {
  const text = await readIfThere(file);
  const plain = readPlainYaml(text);
  return isFields(plain) ? { file, fields: plain } : parsePage(file, text);
}

function isFields(value: unknown): value is StateFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function openPage(file: string): Promise<Page> {
  return parsePage(file, await readIfThere(file));
}

function parsePage(file: string, text: string): Page {
  const parsed = parseStateDocument(text);
  if ("problem" in parsed) throw damaged(file, parsed.problem);
  const root = parsed.document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return { file, text, root: null, fields: {} };
  if (!isMap(root)) throw damaged(file, "expected a map");
  return { file, text, root: root as unknown as YAMLMap, fields: parsed.value as StateFields };
}

async function write({ file, text, root }: Page, fields: readonly Field[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, setFields(text, root, fields), { mode: 0o644 });
}

/** What stands under `factory:`; until the first publication is recorded that has no digest. */
function factoryOf({
  fields,
  file,
}: Pick<Page, "fields" | "file">): (Partial<ImageState> & Standing) | undefined {
  const { factory } = fields;
  if (factory === undefined) return undefined;
  const wrong = firstDefect(factory);
  if (wrong === undefined) return factory as Partial<ImageState> & Standing;
  throw damaged(file, `factory${wrong}`);
}

/** At once: a plan reads thousands of these small files, and each would take four turns of the thread pool. */
async function readIfThere(file: string): Promise<string> {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new FactoryError("state-invalid", `${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function damaged(file: string, what: string): FactoryError {
  return new FactoryError("state-invalid", `${file} is damaged: ${what}`, {
    hint: "Restore the file from a backup or its git history. Deleting it makes the next build publish anew.",
  });
}
