import { FactoryError } from "../errors.ts";
import { type Problem, pathText } from "./problem.ts";
import type { YamlTree } from "./yaml-tree.ts";

/** A file that enrols images. */
export interface EnrolmentFile {
  /** What messages call it. */
  readonly name: string;
  readonly tree: YamlTree;
  /** The image that the whole file is about; undefined for a list of images. */
  readonly image?: string;
}

/** What is wrong, and in which file. */
export interface FileProblem extends Problem {
  readonly file: EnrolmentFile;
}

/** How a first image is enrolled. */
export const firstEntry = `- name: my-app
  source:
    git: github:me/my-app
  platforms: [linux/amd64, linux/arm64]
  tags: [latest]`;

/** More than anyone corrects between two looks; the message has their number. */
const mostLines = 1_000;

/** Every problem as `images.yaml:LINE:COLUMN: <image>: <path>: expected …, got …`, file by file in the order of lines. */
export function invalid(problems: readonly FileProblem[]): FactoryError {
  const files = [...new Set(problems.map(({ file }) => file))];
  const lines = files.flatMap((file) =>
    problems
      .filter((problem) => problem.file === file)
      .map((problem) => placed(problem, file))
      .sort((a, b) => a.offset - b.offset)
      .map(({ text }) => text),
  );
  const unique = [...new Set(lines)];
  const count = unique.length === 1 ? "1 problem" : `${unique.length} problems`;
  const [first] = files;
  const subject = files.length === 1 ? `${first?.name} has` : `${files.length} files have`;
  const empty = files.some(({ tree }) => tree.value === null);
  return new FactoryError("images-invalid", `${subject} ${count}`, {
    problems: unique.length > mostLines ? [...unique.slice(0, mostLines), "…"] : unique,
    ...(empty ? { hint: `Enrol a first image:\n${firstEntry}` } : {}),
  });
}

function placed(problem: Problem, file: EnrolmentFile): { readonly offset: number; readonly text: string } {
  const { tree } = file;
  const offset = problem.offset ?? tree.offsetOf(problem.path, problem.onKey);
  const { line, column } = tree.lineOf(offset);
  const { owner, within } = ownerOf(problem, file);
  const subject = [owner, within]
    .filter((part) => part !== "")
    .map((part) => `${part}: `)
    .join("");
  return { offset, text: `${file.name}:${line}:${column}: ${subject}${oneLine(problem.text)}` };
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
}

/** The image that a path lies in, and the rest of the path from there. */
function ownerOf({ path }: Problem, { tree: { value: root }, image }: EnrolmentFile) {
  if (image !== undefined) return { owner: image, within: pathText(path) };
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

export function nameOf(value: unknown): string | undefined {
  const name = (value as { name?: unknown } | null | undefined)?.name;
  return typeof name === "string" ? name : undefined;
}

/** Every problem of a file of settings as `cluster.yaml:LINE:COLUMN: <path>: expected …, got …`, in the order of lines. */
export function problemLines(problems: readonly Problem[], tree: YamlTree, name: string): readonly string[] {
  return problems
    .map((problem) => ({ problem, at: problem.offset ?? tree.offsetOf(problem.path, problem.onKey) }))
    .sort((one, other) => one.at - other.at)
    .map(({ problem, at }) => {
      const { line, column } = tree.lineOf(at);
      const path = problem.path.length === 0 ? "" : `${pathText(problem.path)}: `;
      return `${name}:${line}:${column}: ${path}${oneLine(problem.text)}`;
    });
}
