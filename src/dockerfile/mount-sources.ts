import { isOlder, needsBuildah } from "./buildah-version.ts";
import type { Dockerfile, MountField } from "./dockerfile.ts";
import { type StageGraph, stageGraph } from "./graph.ts";
import { shown } from "./parse.ts";
import type { Problem } from "./problem.ts";
import { placeOf } from "./sent-sources.ts";
import { expanded, visitSteps } from "./stage-variables.ts";
import type { BuildSettings } from "./variables.ts";

/** The first buildah that looks for what a mount shows inside of where it says: CVE-2024-1753, CVE-2024-9675. */
const since = { bind: "1.35.1", cache: "1.38.0" } as const;

/** A mount of RUN, with variables replaced; a value is undefined where the Dockerfile alone does not tell it. */
interface Mount {
  readonly line: number;
  readonly type: string;
  readonly from: string;
  readonly source: string | undefined;
  /** Where it lies in the caches of a builder: its id, else its target. */
  readonly cache: string | undefined;
  readonly writes: boolean;
}

/**
 * Mounts by which this buildah would show a step files of this machine: it follows links in an image or in the context to
 * wherever they lead, and ids of caches too. What a link leads to is not known before it is built.
 */
export function mountProblems(
  dockerfile: Dockerfile,
  settings: BuildSettings,
  buildahVersion: string,
): readonly Problem[] {
  const mounts = mountsOf(dockerfile, stageGraph(dockerfile, settings), settings);
  const writesContext = mounts.some(({ type, from, writes }) => type === "bind" && from === "" && writes);
  return mounts.flatMap((mount): readonly Problem[] => {
    const { line, type } = mount;
    if (type !== "bind" && type !== "cache") return [];
    if (!isOlder(buildahVersion, since[type])) return [];
    const found = type === "bind" ? bindProblem(mount, writesContext) : cacheProblem(mount);
    if (found === undefined) return [];
    const [what, remedy] = found;
    const needs = needsBuildah(since[type], buildahVersion);
    return [{ line, text: `RUN --mount=type=${type} with ${what} ${needs}`, remedy }];
  });
}

type Found = readonly [what: string, remedy: string];

function bindProblem({ from, source }: Mount, writesContext: boolean): Found | undefined {
  if (isWhole(source)) return undefined;
  // What the context has can be looked at, unless a step changes it.
  if (from === "" && source !== undefined && !writesContext) return undefined;
  const where = sourceOf(source);
  const what =
    from !== ""
      ? `from=${shown(from)} and ${where}`
      : `${where}${source === undefined ? "" : " beside one that is written to"}`;
  return [
    what,
    "Leave source= out and name the path below target=: an older one follows links in it to this machine.",
  ];
}

function cacheProblem({ source, cache }: Mount): Found | undefined {
  if (cache === undefined || climbs(cache)) {
    return [
      cache === undefined ? "an id of unknown value" : `the id ${shown(cache)}`,
      "Give it an id without dots and variables: an older one takes it for a path of this machine.",
    ];
  }
  return isWhole(source)
    ? undefined
    : [sourceOf(source), "Leave source= out: an older one follows links in it to this machine."];
}

function sourceOf(source: string | undefined): string {
  return source === undefined ? "a source of unknown value" : `source=${shown(source)}`;
}

/** The paths below the context that mounts show, which an older buildah follows wherever their links lead. */
export function contextMounts(
  dockerfile: Dockerfile,
  settings: BuildSettings,
  buildahVersion: string,
): readonly { readonly path: string; readonly line: number }[] {
  if (!isOlder(buildahVersion, since.bind)) return [];
  return mountsOf(dockerfile, stageGraph(dockerfile, settings), settings).flatMap(
    ({ line, type, from, source }) =>
      type === "bind" && from === "" && source !== undefined ? [{ path: placeOf(source), line }] : [],
  );
}

function mountsOf(dockerfile: Dockerfile, graph: StageGraph, settings: BuildSettings): readonly Mount[] {
  return visitSteps(dockerfile, graph, settings, ({ instruction, line }, environment) => {
    const textOf = (fields: readonly MountField[], ...keys: readonly string[]) => {
      const text = fields.findLast(({ key }) => keys.includes(key.toLowerCase()))?.value?.text;
      return text === undefined ? "" : expanded(text, environment);
    };
    return (instruction.trigger ?? instruction).mounts.map((fields): Mount => {
      const id = textOf(fields, "id");
      const option = (...keys: readonly string[]) =>
        fields.some(({ key, value }) => keys.includes(key.toLowerCase()) && value?.text !== "false");
      return {
        line,
        type: (textOf(fields, "type") || "bind").toLowerCase(),
        from: textOf(fields, "from") ?? "?",
        source: textOf(fields, "source", "src"),
        cache: id === "" ? textOf(fields, "target", "dst", "destination") : id,
        writes: option("rw", "readwrite"),
      };
    });
  });
}

function isWhole(source: string | undefined): boolean {
  return source !== undefined && /^(?:\.?\/?)*$/.test(source) && !climbs(source);
}

function climbs(path: string): boolean {
  return path.split("/").includes("..");
}
