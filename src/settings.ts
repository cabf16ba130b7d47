import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { didYouMean } from "./enrolment/suggestion.ts";
import { FactoryError } from "./errors.ts";
import { whenAbsent } from "./when-absent.ts";

/** Where this factory publishes and keeps its things; every path is absolute. factory.schema.json describes each key. */
export interface Settings {
  /** `host[:port][/prefix]`; undefined means the embedded registry. */
  readonly registry: string | undefined;
  readonly stateDir: string;
  /** The git repository that the state folder is a clone of; undefined means that the folder is all there is. */
  readonly stateRepository: string | undefined;
  readonly stateBranch: string;
  readonly stateTokenVariable: string | undefined;
  /** The namespace in which locks are leases too; undefined outside of a cluster. */
  readonly leaseNamespace: string | undefined;
  readonly workDir: string;
  readonly imagesFile: string;
  readonly jobs: number;
  readonly rebuildsPerMinute: number;
  readonly insecureRegistries: readonly string[];
  /** `authFile` and `authFiles`, in the order in which they are asked. */
  readonly authFiles: readonly string[];
  readonly trivyDatabase: string | undefined;
  readonly trivyJavaDatabase: string | undefined;
  /** A duration: an advisory database whose advisories are older counts as none. */
  readonly databaseMaxAge: string;
  readonly debianMirror: string | undefined;
  readonly builderImage: string | undefined;
  /** `beside` or `host[:port][/prefix]`: where layers wait for builders with an empty disk. */
  readonly layerCache: string | undefined;
  /** Path of a public key, by repository. */
  readonly signedBy: Readonly<Record<string, string>>;
  readonly keepLast: number;
  /** As `keepTags` and `keepStaged`, what npm run gc leaves. */
  readonly keepFor: string;
  readonly keepTags: string | undefined;
  readonly keepStaged: string;
  /** "unique": no tag of images.yaml moves, only the publication's own is set. */
  readonly publish: "tags" | "unique";
}

/** What factory.yaml or the environment may say. */
type Given = { readonly [K in keyof Settings]?: Exclude<Settings[K], undefined> } & {
  readonly authFile?: string;
};
type Key = keyof Given;

type Environment = Readonly<Record<string, string | undefined>>;

/** How the text of a variable becomes the value of its key. */
const fromText: { readonly [K in Key]-?: (text: string) => unknown } = {
  registry: asIs,
  stateDir: asIs,
  stateRepository: asIs,
  stateBranch: asIs,
  stateTokenVariable: asIs,
  leaseNamespace: asIs,
  workDir: asIs,
  imagesFile: asIs,
  jobs: wholeNumber,
  rebuildsPerMinute: wholeNumber,
  insecureRegistries: listed,
  authFile: asIs,
  authFiles: listed,
  trivyDatabase: asIs,
  trivyJavaDatabase: asIs,
  databaseMaxAge: asIs,
  debianMirror: asIs,
  builderImage: asIs,
  layerCache: asIs,
  signedBy: pairs,
  keepLast: wholeNumber,
  keepFor: asIs,
  keepTags: asIs,
  keepStaged: asIs,
  publish: asIs,
};

/** Variables of the older tool that mean a key of ours. */
const olderNames: Readonly<Record<string, Key>> = {
  IMAGE_FACTORY_STATE_DIR: "stateDir",
  IMAGES_YAML: "imagesFile",
};

/** Variables that set-up and the builder image read. */
const notSettings = ["FACTORY_BUILDER"];

/**
 * Reads factory.yaml, where there is one, and the variables FACTORY_<KEY> that override it. No other variable counts,
 * so that a stray REGISTRY or TAG of some CI redirects nothing.
 * @throws FactoryError "settings-invalid" with every problem, each with its place.
 */
export async function readSettings(root: string, env: Environment): Promise<Settings> {
  const file = await readGiven(join(root, "factory.yaml"));
  const variables = readVariables(env);
  const given: Given = { ...file, ...(await checked(variables)) };
  const path = (value: string | undefined, otherwise: string) => resolve(root, value ?? otherwise);
  const workDir = path(given.workDir, ".factory");
  const stateDir = path(given.stateDir, join(workDir, "state"));
  if (given.keepTags !== undefined) assertExpression(given.keepTags);
  return {
    registry: given.registry?.replace(/\/+$/, ""),
    stateDir,
    stateRepository: given.stateRepository,
    stateBranch: given.stateBranch ?? "main",
    stateTokenVariable: given.stateTokenVariable,
    leaseNamespace: given.leaseNamespace,
    workDir,
    imagesFile: path(given.imagesFile ?? besideState(given, variables, stateDir), "images.yaml"),
    jobs: given.jobs ?? availableParallelism(),
    rebuildsPerMinute: given.rebuildsPerMinute ?? 30,
    insecureRegistries: given.insecureRegistries ?? [],
    authFiles: [...(given.authFile === undefined ? [] : [given.authFile]), ...(given.authFiles ?? [])].map(
      (file) => path(file, ""),
    ),
    trivyDatabase: given.trivyDatabase,
    trivyJavaDatabase: given.trivyJavaDatabase,
    databaseMaxAge: given.databaseMaxAge ?? "7d",
    debianMirror: given.debianMirror,
    builderImage: given.builderImage,
    layerCache: given.layerCache,
    signedBy: Object.fromEntries(
      Object.entries(given.signedBy ?? {}).map(([repository, file]) => [repository, path(file, "")]),
    ),
    keepLast: given.keepLast ?? 20,
    keepFor: given.keepFor ?? "14d",
    keepTags: given.keepTags,
    keepStaged: given.keepStaged ?? "7d",
    publish: given.publish ?? "tags",
  };
}

function assertExpression(keepTags: string): void {
  try {
    new RegExp(keepTags);
  } catch (error) {
    throw invalid([
      `keepTags: expected a regular expression, got ${JSON.stringify(keepTags)}: ${(error as Error).message}`,
    ]);
  }
}

/** images.yaml in the folder that the older tool's variable names, where it always lay, or in the state repository. */
function besideState(
  { stateRepository }: Given,
  variables: readonly Variable[],
  stateDir: string,
): string | undefined {
  const named = variables.findLast(({ key }) => key === "stateDir")?.name;
  const mayLieThere = named === "IMAGE_FACTORY_STATE_DIR" || stateRepository !== undefined;
  const file = join(stateDir, "images.yaml");
  return mayLieThere && existsSync(file) ? file : undefined;
}

/** The variable that overrides a key: `stateDir` is FACTORY_STATE_DIR. */
export function variableOf(key: string): string {
  return `FACTORY_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

interface Variable {
  readonly name: string;
  readonly key: Key;
  readonly text: string;
}

function readVariables(env: Environment): readonly Variable[] {
  const keys = Object.keys(fromText) as Key[];
  const keyOf = new Map(keys.map((key) => [variableOf(key), key]));
  const found = Object.entries(env).filter(([, text]) => text !== undefined && text !== "");
  const unknown = found
    .map(([name]) => name)
    .filter((name) => name.startsWith("FACTORY_") && !keyOf.has(name) && !notSettings.includes(name));
  if (unknown.length > 0) {
    throw invalid(unknown.map((name) => `${name} is no setting${didYouMean(name, [...keyOf.keys()])}`));
  }
  const older = found.flatMap(([name, text = ""]) => {
    const key = Object.hasOwn(olderNames, name) ? olderNames[name] : undefined;
    return key === undefined ? [] : [{ name, key, text }];
  });
  const own = found.flatMap(([name, text = ""]) => {
    const key = keyOf.get(name);
    return key === undefined ? [] : [{ name, key, text }];
  });
  return [...older, ...own];
}

async function checked(variables: readonly Variable[]): Promise<Given> {
  if (variables.length === 0) return {};
  const { checkSettings } = await import("./settings-file.ts");
  const given: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const { name, key, text } of variables) {
    const value = fromText[key](text);
    problems.push(...checkSettings({ [key]: value }).map(({ text: problem }) => `${name}: ${problem}`));
    given[key] = value;
  }
  if (problems.length > 0) throw invalid(problems);
  return given as Given;
}

async function readGiven(file: string): Promise<Given> {
  const unreadable = (cause: Error) =>
    new FactoryError("settings-invalid", `${file} cannot be read: ${cause.message}`, { cause });
  const text = await readFile(file, "utf8").catch(whenAbsent(undefined, unreadable));
  if (text === undefined) return {};
  const { parseSettings } = await import("./settings-file.ts");
  return parseSettings(text) as Given;
}

function invalid(problems: readonly string[]): FactoryError {
  const [first = ""] = problems;
  return new FactoryError(
    "settings-invalid",
    problems.length === 1 ? first : "settings in the environment are wrong",
    {
      problems: problems.length === 1 ? [] : problems,
      hint: "factory.schema.json describes every setting.",
    },
  );
}

function wholeNumber(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** `name=value,name=value`. */
function pairs(text: string): unknown {
  return Object.fromEntries(text.split(",").map((pair) => pair.trim().split(/=(.*)/s).slice(0, 2)));
}

function listed(text: string): readonly string[] {
  return text.split(",").map((item) => item.trim());
}

function asIs(text: string): string {
  return text;
}
