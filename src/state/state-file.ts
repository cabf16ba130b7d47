import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { Document, isMap, parseDocument, Scalar } from "yaml";
import { FactoryError } from "../errors.ts";
import type { Failures } from "../plan/breaker.ts";
import { referenceOf } from "../plan/platform-key.ts";
import { isPlatform } from "../platform.ts";
import { isDigest } from "../registry/digest.ts";
import { type Hold, isHold } from "./holds.ts";
import type { ImageState, Unfinished } from "./image-state.ts";

/** The path of an image's state: `<stateDir>/images/<name>.yaml`. */
function stateFile(stateDir: string, image: string): string {
  return join(stateDir, "images", `${image}.yaml`);
}

/** What is recorded of an image beside what was published, and stays when that changes. */
interface Standing {
  readonly hold?: Hold;
  readonly failures?: Failures;
  readonly publishing?: readonly Unfinished[];
}

/** All that the factory recorded of an image, published or not. */
export interface ImageRecord extends Pick<Standing, "hold" | "failures"> {
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
  const file = stateFile(stateDir, image);
  const text = await readIfThere(file);
  const factory = text === undefined ? undefined : factoryOf(parseWhole(text, file), file);
  if (factory === undefined) return { state: undefined };
  const { hold, failures, ...state } = factory;
  return {
    state: "digest" in state ? (state as ImageState) : undefined,
    ...(hold === undefined ? {} : { hold }),
    ...(failures === undefined ? {} : { failures }),
  };
}

/** What stands under `factory:`; until the first publication is recorded there is no digest. */
function factoryOf(document: Document, file: string): (Partial<ImageState> & Standing) | undefined {
  const { factory } = document.toJS() as { factory?: unknown };
  if (factory === undefined) return undefined;
  const wrong = firstDefect(factory);
  if (wrong === undefined) return factory as Partial<ImageState> & Standing;
  throw damaged(file, `factory${wrong}`);
}

/**
 * Writes an image's state whole or not at all. Fields, comments and order that are not the factory's own stay.
 * @throws FactoryError "state-invalid" when the file that stands there is damaged.
 */
export async function writeState(stateDir: string, image: string, state: ImageState): Promise<void> {
  const file = stateFile(stateDir, image);
  const document = openDocument((await readIfThere(file)) ?? "", file);
  record(document, image, state);
  await writeDocument(file, document);
}

function openDocument(text: string, file: string): Document {
  return text.trim() === "" ? new Document({}) : parseWhole(text, file);
}

async function writeDocument(file: string, document: Document): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, document.toString({ lineWidth: 0 }), { mode: 0o644 });
}

/**
 * What runs were about to publish and did not record, newest first.
 * @throws FactoryError "state-invalid".
 */
export async function readUnfinished(stateDir: string, image: string): Promise<readonly Unfinished[]> {
  const file = stateFile(stateDir, image);
  const text = await readIfThere(file);
  return text === undefined ? [] : (factoryOf(parseWhole(text, file), file)?.publishing ?? []);
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
  const file = stateFile(stateDir, image);
  const document = openDocument((await readIfThere(file)) ?? "", file);
  const own = publishing.map(({ digest, uniqueTag, at }) => ({ digest, uniqueTag, at }));
  document.setIn(["factory", "publishing"], document.createNode(own, { aliasDuplicateObjects: false }));
  await writeDocument(file, document);
}

/**
 * Sets what is recorded beside a publication, of an image that may never have been published; undefined takes a field
 * away. The caller keeps others from writing meanwhile.
 * @throws FactoryError as `writeState`.
 */
export async function writeStanding(
  stateDir: string,
  image: string,
  fields: { readonly [K in "hold" | "failures"]?: Standing[K] | undefined },
): Promise<void> {
  await writeFactoryFields(stateFile(stateDir, image), fields, { name: image });
}

/**
 * Sets fields under `factory:` of any file that has one of ours; all else in it stays as it stands. A file that was not
 * there begins with `about`.
 * @throws FactoryError "state-invalid" when the file that stands there is damaged.
 */
export async function writeFactoryFields(
  file: string,
  fields: Readonly<Record<string, unknown>>,
  about: Readonly<Record<string, string>>,
): Promise<void> {
  const text = await readIfThere(file);
  const document = text === undefined ? new Document(about) : openDocument(text, file);
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined) {
      document.setIn(["factory", field], document.createNode(value, { aliasDuplicateObjects: false }));
    } else if (document.hasIn(["factory", field])) {
      document.deleteIn(["factory", field]);
      const own = document.get("factory");
      if (isMap(own) && own.items.length === 0) document.delete("factory");
    }
  }
  await writeDocument(file, document);
}

/** Puts `state` in the place of what was recorded; a hold stays, and failures before it are over. */
function record(document: Document, image: string, state: ImageState): void {
  const newest = state.publications[0];
  const set = (name: string, value: unknown) => document.set(name, value);
  if (!document.has("name")) set("name", image);
  if (!document.has("enrolledAt")) set("enrolledAt", quoted(withOffset(newest?.at ?? state.scan.at)));
  if (state.version !== undefined) set("currentVersion", quoted(state.version));
  set("currentDigest", state.digest);
  if (newest !== undefined) set("lastBuilt", quoted(withOffset(newest.at)));
  set("baseImages", baseImages(state));
  const hold = document.getIn(["factory", "hold"]);
  set("factory", document.createNode(state, { aliasDuplicateObjects: false }));
  if (hold !== undefined) document.setIn(["factory", "hold"], hold);
}

/** The older tool writes times with an offset and not with a Z. */
function withOffset(time: string): string {
  return time.replace(/Z$/, "+00:00");
}

function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = "QUOTE_DOUBLE";
  return scalar;
}

/** Every base by its reference, once, whatever platforms have it. */
function baseImages(state: ImageState): readonly string[] {
  const names = Object.values(state.platforms).flatMap(({ inputs }) => Object.keys(inputs.bases));
  return [...new Set(names.map(referenceOf))].toSorted();
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new FactoryError("state-invalid", `${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function parseWhole(text: string, file: string): Document {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) throw damaged(file, problem.message.split("\n")[0] ?? "not YAML");
  if (!isMap(document.contents)) throw damaged(file, "expected a map");
  return document as unknown as Document;
}

function damaged(file: string, what: string): FactoryError {
  return new FactoryError("state-invalid", `${file} is damaged: ${what}`, {
    hint: "Restore the file from a backup or its git history. Deleting it makes the next build publish anew.",
  });
}

/** What can stand under `factory:` of an image that was never published. */
const beforePublication: ReadonlySet<string> = new Set(["publishing", "hold", "failures"]);

/** The first thing in `factory:` that is not as the factory writes it, as `.path: expected …`; undefined when all is. */
function firstDefect(value: unknown): string | undefined {
  if (!isRecord(value)) return ": expected a map";
  const begun = value["publishing"];
  if (begun !== undefined) {
    if (!Array.isArray(begun)) return ".publishing: expected a list";
    const wrong = firstOf(begun, digestDefect, ".publishing");
    if (wrong !== undefined) return wrong;
  }
  const { hold, failures } = value;
  if (hold !== undefined && !isHold(hold)) return ".hold: expected why and at";
  if (failures !== undefined && !areFailures(failures)) return ".failures: expected inputs and count";
  const names = Object.keys(value);
  if (names.length > 0 && names.every((name) => beforePublication.has(name))) return undefined;
  if (!isDigestText(value["digest"])) return ".digest: expected a digest";
  if (typeof value["repository"] !== "string") return ".repository: expected a repository";
  const { platforms, tags, publications } = value;
  for (const name of ["platforms", "annotations", "tags", "scan"]) {
    if (!isRecord(value[name])) return `.${name}: expected a map`;
  }
  if (!Array.isArray(publications)) return ".publications: expected a list";
  return (
    firstOf(platforms, platformDefect, ".platforms") ??
    firstOf(tags, digestDefect, ".tags") ??
    firstOf(publications, digestDefect, ".publications")
  );
}

function areFailures(value: unknown): boolean {
  return isRecord(value) && isDigestText(value["inputs"]) && typeof value["count"] === "number";
}

/** The first defect among the values of a map or list. */
function firstOf(map: unknown, defect: (value: unknown, name: string) => string | undefined, path: string) {
  for (const [name, value] of Object.entries(map as object)) {
    const found = defect(value, name);
    if (found !== undefined) return `${path}.${name}${found}`;
  }
  return undefined;
}

function platformDefect(value: unknown, name: string): string | undefined {
  if (!isPlatform(name)) return ": unknown platform";
  if (!isRecord(value) || !isDigestText(value["key"])) return ".key: expected a digest";
  const { inputs } = value;
  const whole = isRecord(inputs) && ["bases", "args", "labels"].every((map) => isRecord(inputs[map]));
  return whole ? digestDefect(value) : ".inputs: expected what the platform was made of";
}

function digestDefect(value: unknown): string | undefined {
  return isRecord(value) && isDigestText(value["digest"]) ? undefined : ".digest: expected a digest";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDigestText(value: unknown): boolean {
  return typeof value === "string" && isDigest(value);
}
