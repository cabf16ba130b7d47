import { didYouMean } from "../enrolment/suggestion.ts";
import { FactoryError } from "../errors.ts";

/** One `KEY=value` argument of a command. */
export interface Word<T> {
  /** What stands after the `=` in the help: `<name>[,<name>…]`. */
  readonly form: string;
  readonly description: string;
  /** Another key that has to be given with this one. */
  readonly needs?: string;
  /** Whether `KEY=` is as if it were not given; of any other word it is a mistake. */
  readonly mayBeEmpty?: true;
  /** The value of a text that is not empty, or the sentence that says why it is none: `expected …`. */
  readonly parse: (text: string) => Parsed<T>;
}

type Parsed<T> = { readonly value: T } | { readonly expected: string };

/** One `--flag` of a command. */
export interface Flag {
  readonly description: string;
}

/** All that a command takes: `parseWords` accepts nothing else, and `helpText` prints it. */
export interface CommandSpec<
  W extends Readonly<Record<string, Word<unknown>>> = Readonly<Record<string, Word<unknown>>>,
  F extends Readonly<Record<string, Flag>> = Readonly<Record<string, Flag>>,
> {
  /** As npm calls it: `build:scan-only`. */
  readonly command: string;
  readonly summary: string;
  /** What the one bare word may be, `start` or `stop`, each with what it does; without it there is no such word. */
  readonly verbs?: Readonly<Record<string, string>>;
  readonly words: W;
  /** Named without the dashes; `help` is always there. */
  readonly flags: F;
  /** Whether it runs in the builder image, where one is named, if this machine lacks a tool; it may begin anew there. */
  readonly elsewhere?: true;
  /** Lines that can be typed as they are. */
  readonly examples?: readonly string[];
}

type WordValues<W extends Readonly<Record<string, Word<unknown>>>> = {
  readonly [K in keyof W]: (W[K] extends Word<infer T> ? T : never) | undefined;
};

/** What a command line asks for: the help, or a run with these words. */
export type ParsedWords<
  W extends Readonly<Record<string, Word<unknown>>>,
  F extends Readonly<Record<string, Flag>>,
> =
  | { readonly kind: "help" }
  | {
      readonly kind: "run";
      /** One of the command's verbs; undefined when none was given. */
      readonly verb: string | undefined;
      readonly words: WordValues<W>;
      readonly flags: { readonly [K in keyof F]: boolean };
    };

/** Any text of one line. */
export function textWord(form: string, description: string): Word<string> {
  return { form, description, parse: (text) => ({ value: text }) };
}

/** Any text of one line, or none: for whoever fills in what may be missing and has no shell to leave the word out. */
export function maybeTextWord(form: string, description: string): Word<string> {
  return { ...textWord(form, `${description} Empty is as if not given.`), mayBeEmpty: true };
}

/** A text that `accept` takes, described by `expected` where it does not. */
export function checkedWord(
  form: string,
  description: string,
  accept: (text: string) => boolean,
  expected: string,
): Word<string> {
  return {
    form,
    description,
    parse: (text) => (accept(text) ? { value: text } : { expected: `expected ${expected}` }),
  };
}

/** A whole number from `least` on. */
export function numberWord(form: string, description: string, least: number): Word<number> {
  const parse = (text: string) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least ? { value } : { expected: `expected a whole number, at least ${least}` };
  };
  return { form, description, parse };
}

/** `KEY=1` and nothing else: what rebuilds or overrides is never switched on by a stray `false` or `0`. */
export function switchWord(description: string): Word<true> {
  return {
    form: "1",
    description,
    parse: (text) => (text === "1" ? { value: true } : { expected: "expected 1" }),
  };
}

/** One of a few words. */
export function choiceWord<T extends string>(choices: readonly T[], description: string): Word<T> {
  return { form: choices.join("|"), description, parse: (text) => choiceOf(choices, text) };
}

/** Some of a few words, with commas between them. */
export function choicesWord<T extends string>(
  choices: readonly T[],
  description: string,
  needs?: string,
): Word<readonly T[]> {
  const parse = (text: string): Parsed<readonly T[]> => {
    const values: T[] = [];
    for (const part of text.split(",")) {
      const choice = choiceOf(choices, part.trim());
      if ("expected" in choice) return choice;
      if (!values.includes(choice.value)) values.push(choice.value);
    }
    return { value: values };
  };
  return { form: choices.join("|"), description, parse, ...(needs === undefined ? {} : { needs }) };
}

function choiceOf<T extends string>(choices: readonly T[], text: string): Parsed<T> {
  const value = choices.find((choice) => choice === text);
  return value === undefined
    ? { expected: `expected ${choices.join(", ")}${didYouMean(text, choices)}` }
    : { value };
}

/** Safeties that a person may step over by name, each time with a reason. */
const allowances = ["platform-loss", "held", "wait"] as const;
export type Allowance = (typeof allowances)[number];

/** `ALLOW=` and the `WHY=` that it needs, for the words of a command. */
export const allowWords = {
  ALLOW: choicesWord(allowances, "Steps over these safeties, this once.", "WHY"),
  WHY: textWord("<text>", "The reason, which is recorded."),
} as const;

/**
 * Reads the arguments of a command: words as `KEY=value`, flags as `--flag` or, where npm has taken those for
 * itself, from the variables in which it hands them on. No other variable is looked at.
 * @throws FactoryError "usage" with all that is wrong.
 */
export function parseWords<
  W extends Readonly<Record<string, Word<unknown>>>,
  F extends Readonly<Record<string, Flag>>,
>(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  spec: CommandSpec<W, F>,
): ParsedWords<W, F> {
  if (argv.includes("--help") || argv.includes("-h")) return { kind: "help" };
  const problems: string[] = [];
  const words = new Map<string, unknown>();
  const flags = new Set<string>();
  let verb: string | undefined;
  for (const argument of argv) {
    if (verb === undefined && Object.hasOwn(spec.verbs ?? {}, argument)) {
      verb = argument;
      continue;
    }
    const problem = argument.startsWith("-")
      ? takeFlag(argument, spec, flags)
      : takeWord(argument, spec, words);
    if (problem !== undefined) problems.push(problem);
  }
  for (const [key, { needs }] of Object.entries(spec.words)) {
    if (needs !== undefined && words.has(key) && !words.has(needs))
      problems.push(`${key} needs ${needs}=<text> too`);
  }
  problems.push(...fromNpm(env, spec, words, flags));
  const [first] = problems;
  if (first !== undefined) {
    const message = problems.length === 1 ? first : `${problems.length} arguments are wrong`;
    throw new FactoryError("usage", message, {
      hint: `npm run ${spec.command} -- --help lists what it takes.`,
      problems: problems.length === 1 ? [] : problems,
    });
  }
  const values = Object.keys(spec.words).map((key) => [key, words.get(key)]);
  const switches = Object.keys(spec.flags).map((name) => [name, flags.has(name)]);
  return {
    kind: "run",
    verb,
    words: Object.fromEntries(values) as WordValues<W>,
    flags: Object.fromEntries(switches) as { readonly [K in keyof F]: boolean },
  };
}

function takeFlag(argument: string, spec: CommandSpec, flags: Set<string>): string | undefined {
  const name = argument.replace(/^--?/, "");
  if (argument.startsWith("--") && Object.hasOwn(spec.flags, name)) {
    flags.add(name);
    return undefined;
  }
  const key = name.split("=")[0] ?? "";
  const asWord = Object.keys(spec.words).find((word) => word.toLowerCase() === key.toLowerCase());
  if (asWord !== undefined)
    return `unknown flag ${quoted(argument)}; write ${asWord}=<value>, without dashes`;
  const known = ["help", ...Object.keys(spec.flags)].map((flag) => `--${flag}`);
  return `unknown flag ${quoted(argument)}${didYouMean(argument, known)}`;
}

function takeWord(argument: string, spec: CommandSpec, words: Map<string, unknown>): string | undefined {
  const equals = argument.indexOf("=");
  const keys = Object.keys(spec.words);
  if (equals < 1) {
    const verbs = Object.keys(spec.verbs ?? {});
    if (verbs.length > 0)
      return `expected ${verbs.join(", ")}${didYouMean(argument, verbs)}, got ${quoted(argument)}`;
    const meant = keys.includes("IMAGE") && equals < 0 ? ` (did you mean IMAGE=${argument}?)` : "";
    return `expected KEY=value, got ${quoted(argument)}${meant}`;
  }
  const key = argument.slice(0, equals);
  const text = argument.slice(equals + 1);
  const word = Object.hasOwn(spec.words, key) ? spec.words[key] : undefined;
  if (word === undefined) return `unknown key ${quoted(key)}${didYouMean(key, keys)}`;
  if (words.has(key)) return `${key} is given twice`;
  if (text === "" && word.mayBeEmpty) return undefined;
  if (text.trim() === "") return `${key} needs a value: ${key}=${word.form}`;
  if (/[\u0000-\u001f\u007f]/.test(text)) return `${key}: expected one line of text, got control characters`;
  const parsed = word.parse(text);
  if ("expected" in parsed) return `${key}: ${parsed.expected}, got ${quoted(text)}`;
  words.set(key, parsed.value);
  return undefined;
}

/** Keys that npm or what it starts has settings of the same name for: such a variable may be nobody's flag. */
const npmsOwn = new Set(["tag", "registry", "force", "jobs", "platform", "target"]);

/**
 * npm takes every `--flag` that stands before `--` and hands it on as npm_config_<flag>. Flags that the command
 * knows are honoured, for a dry run must not publish; a word that was written as one is refused, for npm may have
 * dropped its value; and a dry run of a command that has none is refused, for it would be a real one.
 */
function fromNpm(
  env: Readonly<Record<string, string | undefined>>,
  spec: CommandSpec,
  words: ReadonlyMap<string, unknown>,
  flags: Set<string>,
): readonly string[] {
  const isOn = (name: string) => !["", "false", "0", "null", undefined].includes(env[`npm_config_${name}`]);
  for (const name of Object.keys(spec.flags)) {
    if (!npmsOwn.has(name) && isOn(name.replaceAll("-", "_"))) flags.add(name);
  }
  const problems: string[] = [];
  if (!Object.hasOwn(spec.flags, "dry-run") && isOn("dry_run")) {
    problems.push(`unknown flag "--dry-run": ${spec.command} has no dry run`);
  }
  for (const key of Object.keys(spec.words)) {
    const name = key.toLowerCase();
    if (npmsOwn.has(name) || words.has(key) || !(isOn(name) || isOn(key))) continue;
    problems.push(`npm has taken --${name} for itself; write ${key}=<value>, without dashes`);
  }
  return problems;
}

/** A longer name in the help gets a line of its own. */
const widest = 34;

/** What `-- --help` prints: how to call the command, each word, each flag. Ends without a line feed. */
export function helpText(spec: CommandSpec): string {
  const words = Object.entries(spec.words).map(
    ([key, word]) => [`${key}=${word.form}`, word.description] as const,
  );
  const flags = [...Object.entries(spec.flags), ["help", { description: "Prints this." }] as const].map(
    ([name, flag]) => [`--${name}`, flag.description] as const,
  );
  const verbs = Object.entries(spec.verbs ?? {});
  const lengths = [...verbs, ...words, ...flags].map(([name]) => name.length);
  const width = Math.max(...lengths.filter((length) => length <= widest));
  const row = ([name, description]: readonly [string, string]) =>
    name.length > width
      ? `  ${name}\n  ${" ".repeat(width)}  ${description}`
      : `  ${name.padEnd(width)}  ${description}`;
  const verb = verbs.length === 0 ? "" : ` ${verbs.map(([name]) => name).join("|")}`;
  const usage = `npm run ${spec.command}${verb}${words.length === 0 ? "" : " [KEY=value …]"} [-- --flag …]`;
  const sections = [
    usage,
    spec.summary,
    ...(verbs.length === 0 ? [] : [verbs.map(row).join("\n")]),
    ...(words.length === 0 ? [] : [["Words", ...words.map(row)].join("\n")]),
    ["Flags, after --", ...flags.map(row)].join("\n"),
    ...(spec.examples === undefined || spec.examples.length === 0
      ? []
      : [["Examples", ...spec.examples.map((example) => `  ${example}`)].join("\n")]),
  ];
  return sections.join("\n\n");
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
