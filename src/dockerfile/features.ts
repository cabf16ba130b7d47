import type { Dockerfile, Instruction, MountField } from "./dockerfile.ts";
import type { ResolvedStage } from "./graph.ts";
import { shown } from "./parse.ts";

/** Something that Docker builds and some or every buildah does not, or builds into another image. */
export interface Feature {
  /** The first buildah that has it; undefined when none up to 1.45 does. */
  readonly since: string | undefined;
  /** What is seen, for the message; undefined when the instruction has nothing of it. */
  readonly seenIn: (
    instruction: Instruction,
    dockerfile: Dockerfile,
    stage: ResolvedStage,
  ) => string | undefined;
  readonly remedy: string;
}

const linkRemedy = "Leave the flag out: it changes caching only.";
const excludeRemedy = "Name the files to leave out in .dockerignore.";

/**
 * Versions are from containers/buildah CHANGELOG.md and from the imagebuilder that each release vendors. 1.28 to 1.43
 * were read; those of 1.28.2 are also tried on the real one (buildah.itg.test.ts).
 */
export const features: readonly Feature[] = [
  {
    since: "1.33.0",
    seenIn: ({ heredocs: [first] }) => (first === undefined ? undefined : `the heredoc <<${first.name}`),
    remedy: "Put the lines into a script or file of the source and COPY it, or join commands with &&.",
  },
  flag("COPY", "link", "1.41.0", linkRemedy),
  flag("ADD", "link", "1.41.0", linkRemedy),
  flag("COPY", "parents", "1.40.0", "Copy each folder by an instruction of its own."),
  flag("COPY", "exclude", "1.38.0", excludeRemedy),
  flag("ADD", "exclude", "1.38.0", excludeRemedy),
  flag("ADD", "checksum", "1.33.0", "Fetch the file in a RUN and check it there with sha256sum -c."),
  flag("ADD", "keep-git-dir", undefined, "Clone the repository in a RUN."),
  flag("ADD", "unpack", undefined, "Unpack the file in a RUN."),
  flag("RUN", "network", "1.30.0", "Set network of the image in images.yaml."),
  flag("RUN", "security", undefined, "Leave the flag out: no step runs privileged here."),
  flag("RUN", "device", undefined, "Leave the flag out: no step gets a device here."),
  flag("HEALTHCHECK", "start-interval", "1.37.0", "Leave the flag out."),
  {
    since: undefined,
    seenIn: ({ keyword, flags }) => {
      const mode = flags.find(({ name }) => name === "chmod")?.value?.text;
      return mode === undefined || /^[0-7]+$/.test(mode) || mode.includes("$")
        ? undefined
        : `${keyword} --chmod=${shown(mode)}`;
    },
    remedy: "Write the mode in octal, such as 0755.",
  },
  {
    since: "1.38.0",
    seenIn: addSource(/^https?:\/\/.*\.git(?:#.*)?$/i),
    remedy: "Clone the repository in a RUN: this ADD would take the page at that address for a file.",
  },
  {
    since: undefined,
    seenIn: addSource(/^(?:git|ssh):\/\/|^[\w.-]+@[\w.-]+:/i),
    remedy: "Clone the repository in a RUN, over https.",
  },
  expansion(/:\?/, "1.31.0"),
  expansion(/##?|%%?|\/\/?/, "1.37.0"),
  expansion(/[-+?]/, undefined),
  {
    since: undefined,
    seenIn: (instruction, dockerfile) =>
      dockerfile.escape === "`" &&
      replacesVariables.has(instruction.keyword) &&
      /[\\`]/.test(instruction.text)
        ? `${instruction.keyword} with ${instruction.text.includes("\\") ? "a backslash" : "a backtick"} under # escape=\``
        : undefined,
    remedy: "Take the directive out: buildah minds it at the end of lines only.",
  },
  {
    since: undefined,
    seenIn: ({ text }, dockerfile) =>
      text.endsWith(dockerfile.escape)
        ? `a line that ends in ${dockerfile.escape}${dockerfile.escape} (it takes that for a continuation)`
        : undefined,
    remedy: "End the line with another character.",
  },
  {
    since: "1.33.0",
    seenIn: ({ start, end }, { text }) =>
      text
        .slice(start, end)
        .split("\n")
        .some((line) => Buffer.byteLength(line) >= 65_535)
        ? "a line of 64 KiB or more (it stops reading there without a word)"
        : undefined,
    remedy: "Break the line with a continuation.",
  },
  {
    since: "1.39.0",
    seenIn: (instruction, _, { links }) => {
      const words = instruction.mounts
        .filter((fields) => typeOf(fields) === "cache")
        .flatMap((fields) => fields.map(({ value }) => value));
      const found = links.find(({ origin, word }) => origin.kind === "image" && words.includes(word));
      return found === undefined ? undefined : `RUN --mount=type=cache with from=${shown(found.word.text)}`;
    },
    remedy: "Take the files from a stage: FROM <image> AS <name>, from=<name>.",
  },
  mount(
    "secret",
    undefined,
    ({ key }) => key === "env",
    "Read the secret from its file: $(cat /run/secrets/<id>).",
  ),
  mount("secret", undefined, ({ key }) => key === "source" || key === "src", "Name it by id=."),
  mount(
    "secret",
    "1.31.0",
    ({ key, value }) => key === "required" && value === undefined,
    "Write required=true.",
  ),
  mount("tmpfs", undefined, ({ key }) => key === "size", "Write tmpfs-size=, or leave it out."),
  {
    since: undefined,
    seenIn: ({ mounts }) =>
      mounts.some(
        (fields) =>
          typeOf(fields) === "secret" && !fields.some(({ key }) => ["id", "source", "src"].includes(key)),
      )
        ? "RUN --mount=type=secret without id"
        : undefined,
    remedy: "Name the secret: id=<id>.",
  },
  {
    since: undefined,
    seenIn: ({ mounts }) =>
      mounts.flat().some(({ key, value }) => key === "from" && value?.text === "scratch")
        ? "RUN --mount from=scratch"
        : undefined,
    remedy: "Mount an empty stage: FROM scratch AS empty, from=empty.",
  },
];

function flag(keyword: string, name: string, since: string | undefined, remedy: string): Feature {
  return {
    since,
    seenIn: (instruction) =>
      instruction.keyword === keyword && instruction.flags.some((each) => each.name === name)
        ? `${keyword} --${name}`
        : undefined,
    remedy,
  };
}

function addSource(pattern: RegExp): Feature["seenIn"] {
  return ({ keyword, json, words }) => {
    if (keyword !== "ADD") return undefined;
    const sources = (json ?? words.map(({ text }) => text.replace(/^["']|["']$/g, ""))).slice(0, -1);
    const found = sources.find((source) => pattern.test(source));
    return found === undefined ? undefined : `ADD of the git repository ${shown(found)}`;
  };
}

/** The instructions in which the builder replaces variables; elsewhere a shell does, or nobody. */
const replacesVariables = new Set([
  "ADD",
  "ARG",
  "COPY",
  "ENV",
  "EXPOSE",
  "LABEL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
]);

function expansion(operator: RegExp, since: string | undefined): Feature {
  const pattern = new RegExp(`(?<!\\\\)\\$\\{\\w+(?:${operator.source})`);
  return {
    since,
    seenIn: ({ keyword, text, flags }) => {
      const replaced = replacesVariables.has(keyword)
        ? text
        : flags.map(({ value }) => value?.text ?? "").join(" ");
      const found = pattern.exec(replaced.replaceAll(/'[^']*'/g, ""));
      return found === null ? undefined : `the substitution ${found[0]}...}`;
    },
    remedy: "Use the forms with :- and :+, or set the value by an ARG of its own.",
  };
}

function mount(
  type: string,
  since: string | undefined,
  test: (field: MountField) => boolean,
  remedy: string,
): Feature {
  return {
    since,
    seenIn: ({ mounts }) => {
      const found = mounts
        .filter((fields) => typeOf(fields) === type)
        .flat()
        .find(test);
      return found === undefined
        ? undefined
        : `RUN --mount=type=${type} with ${found.key}${found.value === undefined ? "" : `=${shown(found.value.text)}`}`;
    },
    remedy,
  };
}

function typeOf(fields: readonly MountField[]): string | undefined {
  return fields.findLast(({ key }) => key === "type")?.value?.text.toLowerCase();
}
