import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { Document, isMap, parseDocument, Scalar } from "yaml";
import { FactoryError } from "../errors.ts";
import { referenceOf } from "../plan/platform-key.ts";
import { isPlatform } from "../platform.ts";
import { isDigest } from "../registry/digest.ts";
import type { ImageState } from "./image-state.ts";

/** The path of an image's state: `<stateDir>/images/<name>.yaml`. */
function stateFile(stateDir: string, image: string): string {
  return join(stateDir, "images", `${image}.yaml`);
}

/**
 * Reads what the factory recorded of an image; undefined when there is no file, or none of it is the factory's own.
 * @throws FactoryError "state-invalid", naming the file: a damaged state never counts as "never built".
 */
export async function readState(stateDir: string, image: string): Promise<ImageState | undefined> {
  const file = stateFile(stateDir, image);
  const text = await readIfThere(file);
  return text === undefined ? undefined : parseState(text, file);
}

/**
 * The state in the text of a state file.
 * @throws FactoryError "state-invalid".
 */
function parseState(text: string, file: string): ImageState | undefined {
  const document = parseWhole(text, file);
  const factory = (document.toJS() as { factory?: unknown }).factory;
  if (factory === undefined) return undefined;
  const wrong = firstDefect(factory);
  if (wrong === undefined) return factory as ImageState;
  throw damaged(file, `factory${wrong}`);
}

/**
 * Writes an image's state whole or not at all. Fields, comments and order that are not the factory's own stay.
 * @throws FactoryError "state-invalid" when the file that stands there is damaged.
 */
export async function writeState(stateDir: string, image: string, state: ImageState): Promise<void> {
  const file = stateFile(stateDir, image);
  const text = renderState((await readIfThere(file)) ?? "", file, image, state);
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, text, { mode: 0o644 });
}

/** The text of a state file after `state` took the place of what was recorded. */
function renderState(before: string, file: string, image: string, state: ImageState): string {
  const document = before.trim() === "" ? new Document({}) : parseWhole(before, file);
  const newest = state.publications[0];
  const set = (name: string, value: unknown) => document.set(name, value);
  if (!document.has("name")) set("name", image);
  if (!document.has("enrolledAt")) set("enrolledAt", quoted(withOffset(newest?.at ?? state.scan.at)));
  if (state.version !== undefined) set("currentVersion", quoted(state.version));
  set("currentDigest", state.digest);
  if (newest !== undefined) set("lastBuilt", quoted(withOffset(newest.at)));
  set("baseImages", baseImages(state));
  set("factory", document.createNode(state, { aliasDuplicateObjects: false }));
  return document.toString({ lineWidth: 0 });
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

/** The first thing in `factory:` that is not as the factory writes it, as `.path: expected …`; undefined when all is. */
function firstDefect(value: unknown): string | undefined {
  if (!isRecord(value)) return ": expected a map";
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
