import { architectureOf, type Platform } from "../platform.ts";
import type { Dockerfile, Word } from "./dockerfile.ts";
import { type Environment, expand, newBudget } from "./expand.ts";
import { type Fail, failAt } from "./problem.ts";

/** What one build of one platform is told besides the Dockerfile. */
export interface BuildSettings {
  /** The platform that is asked for. */
  readonly platform: Platform;
  /** The platform of the machine that builds: `$BUILDPLATFORM`. */
  readonly buildPlatform: Platform;
  /** Name or number of the stage that becomes the image; undefined is the last. */
  readonly target: string | undefined;
  /** The enrolment's args: they win over every default in the Dockerfile. */
  readonly args: Readonly<Record<string, string>>;
}

/**
 * The arguments that Docker defines by itself before the first FROM.
 * @see https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
 */
export function automaticArguments(
  dockerfile: Dockerfile,
  settings: BuildSettings,
): Readonly<Record<AutomaticArgument, string>> {
  return {
    BUILDPLATFORM: settings.buildPlatform,
    BUILDOS: "linux",
    BUILDOSVERSION: "",
    BUILDARCH: architectureOf(settings.buildPlatform),
    BUILDVARIANT: "",
    TARGETPLATFORM: settings.platform,
    TARGETOS: "linux",
    TARGETOSVERSION: "",
    TARGETARCH: architectureOf(settings.platform),
    TARGETVARIANT: "",
    TARGETSTAGE: settings.target ?? dockerfile.stages.at(-1)?.name ?? "default",
  };
}

const automaticNames = [
  "BUILDPLATFORM",
  "BUILDOS",
  "BUILDOSVERSION",
  "BUILDARCH",
  "BUILDVARIANT",
  "TARGETPLATFORM",
  "TARGETOS",
  "TARGETOSVERSION",
  "TARGETARCH",
  "TARGETVARIANT",
  "TARGETSTAGE",
] as const;
export type AutomaticArgument = (typeof automaticNames)[number];

export function isAutomatic(name: string): name is AutomaticArgument {
  return (automaticNames as readonly string[]).includes(name);
}

/** One `name` or `name=default` of an ARG. */
export interface ArgumentDeclaration {
  readonly name: string;
  /** As written, quotes and variables included. */
  readonly fallback: string | undefined;
  readonly word: Word;
}

export function declaration(word: Word): ArgumentDeclaration {
  const equals = word.text.indexOf("=");
  return equals === -1
    ? { name: word.text, fallback: undefined, word }
    : { name: word.text.slice(0, equals), fallback: word.text.slice(equals + 1), word };
}

export interface GlobalScope extends Environment {
  /** Every name that FROM may use, declared without a value or not. */
  readonly names: ReadonlySet<string>;
  /** The value of each global ARG's default where it has one, in the order of the text. */
  readonly defaults: readonly { readonly declaration: ArgumentDeclaration; readonly value: string }[];
}

/**
 * The variables that FROM sees. A default for an automatic one (`ARG TARGETARCH=amd64`, a habit from builders that do
 * not know it) is passed over, as buildah does and Docker does not: the platform's own value counts.
 * @throws FactoryError "dockerfile-invalid".
 */
export function globalScope(dockerfile: Dockerfile, settings: BuildSettings): GlobalScope {
  const values = new Map<string, string | undefined>(
    Object.entries(automaticArguments(dockerfile, settings)),
  );
  const override = (name: string) => (Object.hasOwn(settings.args, name) ? settings.args[name] : undefined);
  for (const name of values.keys()) values.set(name, override(name) ?? values.get(name));
  const environment: Environment = {
    lookup: (name) => values.get(name),
    escape: dockerfile.escape,
    budget: newBudget(),
  };
  const defaults: { declaration: ArgumentDeclaration; value: string }[] = [];
  const declare = (declared: ArgumentDeclaration, fail: Fail) => {
    const { name, fallback } = declared;
    if (name === "") fail("ARG has a default without a name");
    if (isAutomatic(name)) return;
    const given = override(name);
    if (given !== undefined || fallback === undefined) {
      values.set(name, given ?? values.get(name));
      return;
    }
    const { value } = expand(fallback, environment, fail);
    defaults.push({ declaration: declared, value });
    values.set(name, value);
  };
  for (const { line, words } of dockerfile.globals) {
    const fail = failAt(dockerfile.path, line);
    if (words.length === 0) fail("ARG names no argument", "Write ARG name, or ARG name=default.");
    for (const word of words) declare(declaration(word), fail);
  }
  return { ...environment, names: new Set(values.keys()), defaults };
}
