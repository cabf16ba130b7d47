import { readFileSync } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { isMap, type YAMLMap } from "yaml";
import { FactoryError } from "../errors.ts";
import type { Failures } from "../plan/breaker.ts";
import { asideName } from "./aside.ts";
import { parseStateDocument } from "./bounded-document.ts";
import { type Hold, isHold } from "./holds.ts";
import type { ImageState, PromotedTags, Unfinished } from "./image-state.ts";
import { olderFields, type StateFields } from "./older-fields.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { checksumFields, checksumName, damagedState, integrityDefect } from "./state-checksum.ts";
import { firstDefect } from "./state-defect.ts";
import type { Field } from "./yaml-field.ts";
import { setFields } from "./yaml-fields.ts";

/** The path of an image's state: `<stateDir>/images/<name>.yaml`. */
function stateFile(stateDir: string, image: string): string {
  return join(stateDir, "images", `${image}.yaml`);
}

/** What is recorded of an image beside what was published, and stays when that changes. */
export interface Standing {
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
  const found = factoryOf(await readStateFields(stateFile(stateDir, image))) ?? {};
  const { hold, failures, promotions, [checksumName]: _, ...state } = found;
  return { state: "digest" in state ? (state as ImageState) : undefined, hold, failures, promotions };
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
  const left = Object.keys(before).filter(
    (name) => name !== checksumName && !entries.some(([gone]) => gone === name),
  );
  const fields = entries.map(
    ([name, value]): Field => (value === undefined ? { name, gone: true } : { name, value }),
  );
  if (fields.length === 0) return;
  const isEmpty = left.length === 0 && entries.every(([, value]) => value === undefined);
  await write(page, [
    ...(page.isThere ? [] : [{ name: "name", text: image }]),
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
  const field: Field =
    own.length === 0 ? { name: "publishing", gone: true } : { name: "publishing", value: own };
  await write(page, [{ name: "factory", fields: [field] }]);
}

/** A state file as fsck finds it. */
export type InspectedState =
  | { readonly kind: "missing" }
  | ({ readonly kind: "read"; readonly unfinished: readonly Unfinished[] } & ImageRecord)
  /** `hold` is one that can be made out in it. */
  | { readonly kind: "damaged"; readonly problem: FactoryError; readonly hold: Hold | undefined };

/** Reads an image's state also where it is damaged. @throws FactoryError "state-invalid" for a file that cannot be opened. */
export async function inspectState(stateDir: string, image: string): Promise<InspectedState> {
  const file = stateFile(stateDir, image);
  const text = readIfThere(file);
  if (text === undefined) return { kind: "missing" };
  try {
    factoryOf(parsePage(file, text));
  } catch (problem) {
    if (!(problem instanceof FactoryError)) throw problem;
    return { kind: "damaged", problem, hold: holdIn(text) };
  }
  return {
    kind: "read",
    ...(await readRecord(stateDir, image)),
    unfinished: await readUnfinished(stateDir, image),
  };
}

function holdIn(text: string): Hold | undefined {
  const parsed = parseStateDocument(text);
  const fields = "problem" in parsed ? undefined : (parsed.value as StateFields | null);
  const hold = (fields?.["factory"] as { readonly hold?: unknown } | null | undefined)?.hold;
  return isHold(hold) ? hold : undefined;
}

/**
 * Writes what was rebuilt of a state that was lost, or nothing in its place where nothing could be. Of a damaged file,
 * seen so at `damagedAt`, a copy stays beside; what of it is not under `factory:` and can be read is kept.
 */
export async function restoreState(
  stateDir: string,
  image: string,
  { state, hold }: { readonly state: ImageState | undefined; readonly hold: Hold | undefined },
  damagedAt: Date | undefined,
): Promise<void> {
  const file = stateFile(stateDir, image);
  if (damagedAt !== undefined) await copyFile(file, asideName(file, damagedAt));
  const block = { ...state, ...(hold === undefined ? {} : { hold }) };
  const isEmpty = Object.keys(block).length === 0;
  const factory: Field = isEmpty ? { name: "factory", gone: true } : { name: "factory", block };
  const fieldsFor = ({ fields }: Page) =>
    state === undefined ? [factory] : [...olderFields(image, state, fields), factory];
  try {
    const page = await openPage(file);
    await write(page, fieldsFor(page));
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    await rm(file, { force: true });
    const nothing = parsePage(file, undefined);
    if (!isEmpty) await write(nothing, fieldsFor(nothing));
  }
}

/** A state file as it stands; an absent one is empty. */
export interface Page {
  readonly file: string;
  readonly isThere: boolean;
  readonly text: string;
  /** Null where the text says nothing. */
  readonly root: YAMLMap | null;
  readonly fields: StateFields;
}

/** What a state file says; its text is not needed where nothing is written. */
async function readStateFields(file: string): Promise<Pick<Page, "file" | "fields">> {
  const text = readIfThere(file);
  const plain = text === undefined ? undefined : readPlainYaml(text);
  return isFields(plain) ? { file, fields: plain } : parsePage(file, text);
}

function isFields(value: unknown): value is StateFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function openPage(file: string): Promise<Page> {
  return parsePage(file, readIfThere(file));
}

/** @throws FactoryError "state-invalid". */
export function parsePage(file: string, text: string | undefined): Page {
  if (text === undefined) return { file, isThere: false, text: "", root: null, fields: {} };
  const parsed = parseStateDocument(text);
  if ("problem" in parsed) throw damagedState(file, parsed.problem);
  const root = parsed.document.contents;
  if (!isMap(root)) throw damagedState(file, "expected a map");
  return { file, isThere: true, text, root: root as unknown as YAMLMap, fields: parsed.value as StateFields };
}

/** The page's text with the fields set, and then the checksum of what stands under `factory:`. */
export function pageWith({ file, text, root }: Page, fields: readonly Field[]): string {
  const edited = parsePage(file, setFields(text, root, fields));
  return setFields(edited.text, edited.root, checksumFields(edited.fields));
}

async function write(page: Page, fields: readonly Field[]): Promise<void> {
  await mkdir(dirname(page.file), { recursive: true });
  await writeFileAtomic(page.file, pageWith(page, fields), { mode: 0o644 });
}

/**
 * What stands under `factory:`; until the first publication is recorded that has no digest.
 * @throws FactoryError "state-invalid".
 */
export function factoryOf({ fields, file }: Pick<Page, "fields" | "file">): FactoryBlock | undefined {
  const { factory } = fields;
  const wrong = factory === undefined ? undefined : firstDefect(factory);
  if (wrong !== undefined) throw damagedState(file, `factory${wrong}`);
  const broken = integrityDefect(fields);
  if (broken !== undefined) throw damagedState(file, broken);
  return factory as FactoryBlock | undefined;
}

type FactoryBlock = Partial<ImageState> & Standing & { readonly [checksumName]?: unknown };

/** At once: a plan reads thousands of these small files, and each would take four turns of the thread pool. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new FactoryError("state-invalid", `${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
