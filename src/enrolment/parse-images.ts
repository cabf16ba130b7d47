import { FactoryError } from "../errors.ts";
import { stagingRepository } from "../publish/staging.ts";
import { formatRepository } from "../registry/reference.ts";
import type { Enrolled, Enrolment, WatchedImage } from "./enrolment.ts";
import { checkEntry, enrolmentOf, isBuilt, watchedOf, withDefaults } from "./entry.ts";
import type { Defaults, Image } from "./images-file.generated.ts";
import { withLocalSource } from "./local.ts";
import { type Path, type Problem, pathText, seen } from "./problem.ts";
import { checkSchema } from "./schema-check.ts";
import { findTagCollisions } from "./tags.ts";
import { readYaml, type YamlTree } from "./yaml-tree.ts";

/** How a first image is enrolled. */
export const firstEntry = `- name: my-app
  source:
    git: github:me/my-app
  platforms: [linux/amd64, linux/arm64]
  tags: [latest]`;

/**
 * The images that a text of images.yaml enrols and watches, in its order. Pure: relative paths are made absolute from `folder`,
 * which is absolute itself, and nothing is looked up. `fileName` is what messages call the file.
 * @throws FactoryError "images-invalid" with every problem as `images.yaml:LINE:COLUMN: <image>: <path>: expected …, got …`.
 */
export function parseImages(text: string, fileName: string, folder: string): Enrolled {
  const tree = readYaml(text);
  const list = tree.value === undefined ? undefined : entriesOf(tree);
  const problems: Problem[] = [...tree.problems, ...(list?.problems ?? [])];
  const enrolments: Placed[] = [];
  const watched: WatchedImage[] = [];
  const where = (at: Path) => {
    const { line, column } = tree.lineOf(tree.offsetOf(at));
    return `${fileName}:${line}:${column}`;
  };
  for (const { at, value } of list?.entries ?? []) {
    const found = checkSchema("image", value, at, tree);
    problems.push(...found);
    if (found.length > 0) continue;
    const entry = value as Image;
    const merged = withLocalSource(withDefaults(list?.defaults ?? {}, entry));
    const unfit = checkEntry(entry, merged, at);
    problems.push(...unfit);
    if (unfit.length > 0) continue;
    if (isBuilt(merged)) enrolments.push({ at, enrolment: enrolmentOf(merged, where(at), folder) });
    else watched.push(watchedOf(merged, where(at)));
  }
  problems.push(...repeatedNames(list?.entries ?? [], where));
  problems.push(...repeatedTags(enrolments), ...stagingTaken(enrolments));
  if (problems.length > 0) throw invalid(problems, tree, fileName);
  return { images: enrolments.map(({ enrolment }) => enrolment), watched };
}

interface Entry {
  readonly at: Path;
  readonly value: unknown;
}

interface Placed {
  readonly at: Path;
  readonly enrolment: Enrolment;
}

interface Entries {
  readonly entries: readonly Entry[];
  /** Empty where the file's own are wrong: each entry is then checked by itself. */
  readonly defaults: Defaults;
  readonly problems: readonly Problem[];
}

function entriesOf(tree: YamlTree): Entries {
  const { value } = tree;
  if (Array.isArray(value)) return { entries: placed(value, []), defaults: {}, problems: [] };
  if (value === null || typeof value !== "object") {
    const text = `expected a list of images, or defaults and images, got ${seen(value, undefined)}`;
    return { entries: [], defaults: {}, problems: [{ path: [], text }] };
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
    entries: Array.isArray(images) ? placed(images, ["images"]) : [],
    defaults: defaults === undefined || wrong.length > 0 ? {} : (defaults as Defaults),
    problems: [...problems, ...wrong],
  };
}

function placed(list: readonly unknown[], at: Path): readonly Entry[] {
  return list.map((value, index) => ({ at: [...at, index], value }));
}

function nameOf(value: unknown): string | undefined {
  const name = (value as { name?: unknown } | null | undefined)?.name;
  return typeof name === "string" ? name : undefined;
}

function repeatedNames(entries: readonly Entry[], where: (at: Path) => string): readonly Problem[] {
  const firstOf = new Map<string, Path>();
  const problems: Problem[] = [];
  for (const { at, value } of entries) {
    const name = nameOf(value);
    if (name === undefined) continue;
    const first = firstOf.get(name);
    if (first === undefined) {
      firstOf.set(name, at);
      continue;
    }
    const text = `expected a name of its own, got ${seen(name, undefined)}, which ${where(first)} has already`;
    problems.push({ path: [...at, "name"], text });
  }
  return problems;
}

/** Two templates that read the same are the same tag: each could be pulled under a name that the other moves. */
function repeatedTags(enrolments: readonly Placed[]): readonly Problem[] {
  const published = enrolments.flatMap(({ at, enrolment }) =>
    enrolment.tags.map((tag, index) => ({
      image: enrolment.name,
      repository: enrolment.repository,
      tag,
      path: [...at, "tags", index],
      position: enrolment.position,
    })),
  );
  return findTagCollisions(published).map(({ tag: { path, repository, tag }, first }) => ({
    path,
    text: `expected a repository and tag of its own, got ${formatRepository(repository)}:${tag}, which ${first.image} (${first.position}) publishes`,
  }));
}

function stagingTaken(enrolments: readonly Placed[]): readonly Problem[] {
  const stagedBy = new Map<string, Enrolment>();
  for (const { enrolment } of enrolments)
    stagedBy.set(formatRepository(stagingRepository(enrolment.repository)), enrolment);
  return enrolments.flatMap(({ at, enrolment }) => {
    const other = stagedBy.get(formatRepository(enrolment.repository));
    if (other === undefined) return [];
    const text = `expected another repository than ${formatRepository(enrolment.repository)}, in which ${other.name} (${other.position}) is staged`;
    return [{ path: [...at, "name"], text }];
  });
}

function invalid(problems: readonly Problem[], tree: YamlTree, fileName: string): FactoryError {
  const lines = problems
    .map((problem) => {
      const offset = problem.offset ?? tree.offsetOf(problem.path, problem.onKey);
      const { line, column } = tree.lineOf(offset);
      const { owner, within } = ownerOf(problem.path, tree.value);
      const subject = [owner, within]
        .filter((part) => part !== "")
        .map((part) => `${part}: `)
        .join("");
      return { offset, text: `${fileName}:${line}:${column}: ${subject}${oneLine(problem.text)}` };
    })
    .sort((a, b) => a.offset - b.offset)
    .map(({ text }) => text);
  const unique = [...new Set(lines)];
  const count = unique.length === 1 ? "1 problem" : `${unique.length} problems`;
  const hint = tree.value === null ? `Enrol a first image:\n${firstEntry}` : undefined;
  return new FactoryError("images-invalid", `${fileName} has ${count}`, {
    problems: unique.length > mostLines ? [...unique.slice(0, mostLines), "…"] : unique,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** More than anyone corrects between two looks; the message has their number. */
const mostLines = 1_000;

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
}

/** The image that a path lies in, and the rest of the path from there. */
function ownerOf(path: Path, root: unknown): { readonly owner: string; readonly within: string } {
  const inList = Array.isArray(root);
  const list = inList ? root : (root as { images?: unknown } | null | undefined)?.images;
  const depth = inList ? 0 : 1;
  const index = path[depth];
  if (Array.isArray(list) && typeof index === "number" && (inList || path[0] === "images")) {
    const name = nameOf(list[index]);
    const owner =
      name !== undefined && name.length <= 80 && !/[^\w.-]/.test(name) ? name : `images[${index}]`;
    return { owner, within: pathText(path.slice(depth + 1)) };
  }
  return { owner: "", within: pathText(path) };
}
