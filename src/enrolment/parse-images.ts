import { stagingRepository } from "../publish/staging.ts";
import { formatRepository } from "../registry/reference.ts";
import { checkEntry } from "./check-entry.ts";
import type { Enrolled, Enrolment, WatchedImage } from "./enrolment.ts";
import { enrolmentOf, isBuilt, watchedOf, withDefaults } from "./entry.ts";
import type { Defaults, Image } from "./images-file.generated.ts";
import { withLocalSource } from "./local.ts";
import { asWritten, flattened } from "./older-forms.ts";
import { type Path, type Problem, seen } from "./problem.ts";
import { type EnrolmentFile, type FileProblem, invalid, nameOf } from "./problem-lines.ts";
import { checkSchema } from "./schema-check.ts";
import { findTagCollisions } from "./tags.ts";
import { readYaml, type YamlTree } from "./yaml-tree.ts";

/** An image's entry, and where it stands. */
export interface Entry {
  readonly file: EnrolmentFile;
  readonly at: Path;
  readonly value: unknown;
  /** The key by which messages say where the image is enrolled; where it is undefined, the entry's own place does. */
  readonly place?: Path;
}

/** What a text of images.yaml lists, read but not yet checked. */
export interface ImagesFile {
  readonly file: EnrolmentFile;
  readonly entries: readonly Entry[];
  /** Names that the list gives, whatever else is wrong with their entries. */
  readonly names: ReadonlySet<string>;
  /** Empty where the file's own are wrong: each entry is then checked by itself. */
  readonly defaults: Defaults;
  readonly problems: readonly FileProblem[];
}

/**
 * The images that a text of images.yaml enrols and watches, in its order. Pure: relative paths are made absolute from `folder`,
 * which is absolute itself, and nothing is looked up. `fileName` is what messages call the file.
 * @throws FactoryError "images-invalid" with every problem as `images.yaml:LINE:COLUMN: <image>: <path>: expected …, got …`.
 */
export function parseImages(text: string, fileName: string, folder: string): Enrolled {
  return enrol(readImagesText(text, fileName), folder, []);
}

/** Reads the list, so that its names are known before other files are looked at. */
export function readImagesText(text: string, fileName: string): ImagesFile {
  const tree = readYaml(text);
  const file: EnrolmentFile = { name: fileName, tree };
  const { values, at, defaults, problems } =
    tree.value === undefined ? { values: [], at: [], defaults: {}, problems: [] } : listOf(tree);
  const entries = values.map((value, index) => ({ file, at: [...at, index], value }));
  return {
    file,
    entries,
    names: new Set(entries.flatMap(({ value }) => nameOf(value) ?? [])),
    defaults,
    problems: [...tree.problems, ...problems].map((problem) => ({ ...problem, file })),
  };
}

/**
 * The images of images.yaml, then those of `further` entries, to which its defaults apply too.
 * @throws FactoryError "images-invalid" as `parseImages`, with the problems of every file.
 */
export function enrol(
  { entries, defaults, problems: found }: ImagesFile,
  folder: string,
  further: readonly Entry[],
): Enrolled {
  const problems: FileProblem[] = [...found];
  const enrolments: Placed[] = [];
  const watched: WatchedImage[] = [];
  const all = [...entries, ...further];
  for (const entry of all) {
    const { file, at, value } = entry;
    const damage = file.image === undefined ? [] : file.tree.problems;
    const unfit = damage.length > 0 ? damage : checkSchema("image", value, at, file.tree);
    problems.push(...unfit.map((problem) => ({ ...problem, file })));
    if (unfit.length > 0) continue;
    const written = value as Image;
    const image = flattened(written);
    const merged = withLocalSource(withDefaults(defaults, image));
    const wrong = checkEntry(image, merged, at);
    problems.push(
      ...wrong.map((problem) => ({ ...problem, path: asWritten(problem.path, written, at), file })),
    );
    if (wrong.length > 0) continue;
    if (isBuilt(merged)) enrolments.push({ entry, enrolment: enrolmentOf(merged, placeOf(entry), folder) });
    else watched.push(watchedOf(image, merged, placeOf(entry)));
  }
  problems.push(...repeatedNames(all), ...repeatedTags(enrolments), ...stagingTaken(enrolments));
  if (problems.length > 0) throw invalid(problems);
  return { images: enrolments.map(({ enrolment }) => enrolment), watched };
}

function placeOf({ file, at, place }: Entry): string {
  const { line, column } = file.tree.lineOf(file.tree.offsetOf(place ?? at, place !== undefined));
  return `${file.name}:${line}:${column}`;
}

interface Placed {
  readonly entry: Entry;
  readonly enrolment: Enrolment;
}

interface List {
  readonly values: readonly unknown[];
  readonly at: Path;
  readonly defaults: Defaults;
  readonly problems: readonly Problem[];
}

function listOf(tree: YamlTree): List {
  const { value } = tree;
  if (Array.isArray(value)) return { values: value, at: [], defaults: {}, problems: [] };
  if (value === null || typeof value !== "object") {
    const text = `expected a list of images, or defaults and images, got ${seen(value, undefined)}`;
    return { values: [], at: [], defaults: {}, problems: [{ path: [], text }] };
  }
  const { images, defaults } = value as { images?: unknown; defaults?: unknown };
  const problems = [
    ...checkSchema(
      "imagesWithDefaults",
      { ...value, images: Array.isArray(images) ? [] : images, defaults: {} },
      [],
      tree,
    ),
  ];
  const wrong = defaults === undefined ? [] : checkSchema("defaults", defaults, ["defaults"], tree);
  return {
    values: Array.isArray(images) ? images : [],
    at: ["images"],
    defaults: defaults === undefined || wrong.length > 0 ? {} : (defaults as Defaults),
    problems: [...problems, ...wrong],
  };
}

function repeatedNames(entries: readonly Entry[]): readonly FileProblem[] {
  const firstOf = new Map<string, Entry>();
  const problems: FileProblem[] = [];
  for (const entry of entries) {
    const name = nameOf(entry.value);
    if (name === undefined) continue;
    const first = firstOf.get(name);
    if (first === undefined) {
      firstOf.set(name, entry);
      continue;
    }
    const text = `expected a name of its own, got ${seen(name, undefined)}, which ${placeOf(first)} has already`;
    problems.push({ file: entry.file, path: [...entry.at, "name"], text });
  }
  return problems;
}

/** Two templates that read the same are the same tag: each could be pulled under a name that the other moves. */
function repeatedTags(enrolments: readonly Placed[]): readonly FileProblem[] {
  const published = enrolments.flatMap(({ entry: { file, at }, enrolment }) =>
    enrolment.tags.map((tag, index) => ({
      image: enrolment.name,
      repository: enrolment.repository,
      tag,
      file,
      path: [...at, "tags", index],
      position: enrolment.position,
    })),
  );
  return findTagCollisions(published).map(({ tag: { file, path, repository, tag }, first }) => ({
    file,
    path,
    text: `expected a repository and tag of its own, got ${formatRepository(repository)}:${tag}, which ${first.image} (${first.position}) publishes`,
  }));
}

function stagingTaken(enrolments: readonly Placed[]): readonly FileProblem[] {
  const stagedBy = new Map<string, Enrolment>();
  for (const { enrolment } of enrolments)
    stagedBy.set(formatRepository(stagingRepository(enrolment.repository)), enrolment);
  return enrolments.flatMap(({ entry: { file, at }, enrolment }) => {
    const other = stagedBy.get(formatRepository(enrolment.repository));
    if (other === undefined) return [];
    const text = `expected another repository than ${formatRepository(enrolment.repository)}, in which ${other.name} (${other.position}) is staged`;
    return [{ file, path: [...at, "name"], text }];
  });
}
