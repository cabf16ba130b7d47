import type { Dockerfile, Heredoc, Instruction, Stage, TriggerSource, Word } from "./dockerfile.ts";
import { closes, heredocStarts } from "./heredoc.ts";
import { isSpace, type LineReader, type LogicalLine, readLines, sliceMapped } from "./lines.ts";
import { type Fail, failAt, orRather } from "./problem.ts";
import { splitQuotedWords, splitWords, takeFlags } from "./words.ts";

/** In characters. */
const longestText = 1_048_576;
const mostStages = 256;

/** The flags that Docker knows for each instruction. */
const flagsOf: Readonly<Record<string, readonly string[]>> = {
  ADD: ["checksum", "chmod", "chown", "exclude", "keep-git-dir", "link", "unpack"],
  ARG: [],
  CMD: [],
  COPY: ["chmod", "chown", "exclude", "from", "link", "parents"],
  ENTRYPOINT: [],
  ENV: [],
  EXPOSE: [],
  FROM: ["platform"],
  HEALTHCHECK: ["interval", "retries", "start-interval", "start-period", "timeout"],
  LABEL: [],
  MAINTAINER: [],
  ONBUILD: [],
  RUN: ["device", "mount", "network", "security"],
  SHELL: [],
  STOPSIGNAL: [],
  USER: [],
  VOLUME: [],
  WORKDIR: [],
};
const repeatable = new Set(["mount", "exclude", "device"]);
const withHeredocs = new Set(["RUN", "COPY", "ADD"]);
const withJson = new Set(["RUN", "COPY", "ADD", "CMD", "ENTRYPOINT", "SHELL", "VOLUME"]);

/**
 * Reads a Dockerfile with BuildKit's rules, whatever builds it later. Bounded: linear in the length of the text.
 * @param path how messages name the file.
 * @throws FactoryError "dockerfile-invalid", with the line.
 * @see https://docs.docker.com/reference/dockerfile/
 */
export function parseDockerfile(text: string, path = "Dockerfile"): Dockerfile {
  if (text.length > longestText) {
    failAt(path, 1)(`it has ${text.length} characters`, `The longest Dockerfile has ${longestText}.`);
  }
  const reader = readLines(text, path);
  const globals: Instruction[] = [];
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of instructionsOf(reader, path)) {
    const stage = stages.at(-1);
    if (instruction.keyword === "FROM") {
      if (stages.length === mostStages)
        failAt(path, instruction.line)(`it has more than ${mostStages} stages`);
      stages.push(stageOf(instruction, stages.length, path));
    } else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.keyword === "ARG") globals.push(instruction);
    else {
      failAt(path, instruction.line)(
        `${instruction.keyword} stands before the first FROM`,
        "Only ARG may stand there.",
      );
    }
  }
  if (stages.length === 0) {
    failAt(path, 1)("there is no FROM", "A Dockerfile begins with FROM <image>, or FROM scratch.");
  }
  return { path, text, directives: reader.directives, escape: reader.escape, globals, stages };
}

/**
 * Reads one ONBUILD trigger by itself.
 * @param line of the FROM that brings it in.
 * @throws FactoryError "dockerfile-invalid" when it is not one instruction that Docker allows there.
 */
export function parseTrigger(
  text: string,
  path: string,
  line: number,
  escapeCharacter: Dockerfile["escape"] = "\\",
): TriggerSource {
  const fail = failAt(path, line);
  const instructions = [...instructionsOf(readLines(text, path, escapeCharacter), path, () => fail)];
  const [instruction] = instructions;
  if (instruction === undefined || instructions.length > 1) {
    return fail(`the base image has an ONBUILD that is not one instruction: ${shown(text)}`);
  }
  checkTrigger(instruction.keyword, fail);
  return { text, instruction: { ...instruction, line, endLine: line } };
}

function* instructionsOf(
  reader: LineReader,
  path: string,
  failOf: (line: number) => Fail = (line) => failAt(path, line),
): Generator<Instruction> {
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    yield withBodies(parseInstruction(line, reader.escape, failOf(line.line)), reader, failOf(line.line));
  }
}

function parseInstruction(
  line: LogicalLine,
  escapeCharacter: string,
  fail: Fail,
  inOnbuild = false,
): Instruction {
  const { text } = line.content;
  let keywordEnd = 0;
  while (keywordEnd < text.length && !isSpace(text.charAt(keywordEnd))) keywordEnd++;
  const keyword = text.slice(0, keywordEnd).toUpperCase();
  const known = flagsOf[keyword];
  if (known === undefined || !Object.hasOwn(flagsOf, keyword)) {
    return fail(
      `unknown instruction ${shown(text.slice(0, keywordEnd))}${orRather(keyword, Object.keys(flagsOf))}`,
    );
  }
  if (inOnbuild) checkTrigger(keyword, fail);
  const { flags, mounts, rest } = takeFlags(sliceMapped(line.content, keywordEnd), escapeCharacter);
  for (const [index, flag] of flags.entries()) {
    if (!known.includes(flag.name)) {
      fail(`${keyword} has no flag --${shown(flag.name)}${orRather(flag.name, known)}`);
    }
    if (!repeatable.has(flag.name) && flags.findIndex(({ name }) => name === flag.name) !== index) {
      fail(`${keyword} has --${flag.name} twice`);
    }
  }
  const instruction = {
    keyword,
    line: line.line,
    endLine: line.endLine,
    start: line.start,
    end: line.end,
    text: text.trim(),
    flags,
    mounts,
    words:
      keyword === "ARG" || keyword === "ENV" ? splitQuotedWords(rest, escapeCharacter) : splitWords(rest),
    json: withJson.has(keyword) ? jsonArguments(rest.text, keyword, fail) : undefined,
    heredocs: [],
    trigger: undefined,
  };
  if (keyword !== "ONBUILD") return instruction;
  if (rest.text.trim() === "") fail("ONBUILD has no instruction");
  const trigger = parseInstruction({ ...line, content: rest }, escapeCharacter, fail, true);
  return { ...instruction, trigger };
}

function checkTrigger(keyword: string, fail: Fail): void {
  if (["ONBUILD", "FROM", "MAINTAINER"].includes(keyword)) fail(`${keyword} is not allowed in ONBUILD`);
}

function jsonArguments(rest: string, keyword: string, fail: Fail): readonly string[] | undefined {
  if (!rest.trimStart().startsWith("[")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(rest);
  } catch {
    return undefined;
  }
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  return fail(
    `${keyword} has a JSON array with something that is not a string`,
    'Write every part in double quotes: ["a", "b"].',
  );
}

/** Adds the heredoc bodies that follow the line. */
function withBodies(instruction: Instruction, reader: LineReader, fail: Fail): Instruction {
  const carrier = instruction.trigger ?? instruction;
  if (!withHeredocs.has(carrier.keyword) || carrier.json !== undefined) return instruction;
  const starts = heredocStarts(instruction.text);
  if (starts.length === 0) return instruction;
  const heredocs: Heredoc[] = [];
  let { end, endLine } = instruction;
  for (const start of starts) {
    const body: string[] = [];
    for (;;) {
      const line = reader.raw();
      if (line === undefined) {
        return fail(
          `the heredoc <<${start.name} is not closed`,
          `End it with a line that holds ${start.name} alone.`,
        );
      }
      ({ end, line: endLine } = line);
      if (closes(start, line.text)) break;
      body.push(line.text);
    }
    heredocs.push({ ...start, body: body.join("") });
  }
  const trigger =
    instruction.trigger === undefined ? undefined : { ...instruction.trigger, heredocs, end, endLine };
  return { ...instruction, heredocs, trigger, end, endLine };
}

const stageName = /^[a-z][a-z0-9-_.]*$/;

function stageOf(from: Instruction, index: number, path: string): Stage & { instructions: Instruction[] } {
  const fail = failAt(path, from.line);
  const [base, as, nameWord] = from.words;
  if (base === undefined) return fail("FROM names no image", "Write FROM <image>, or FROM scratch.");
  if (from.words.length !== 1 && (from.words.length !== 3 || as?.text.toLowerCase() !== "as")) {
    fail(
      `FROM has ${from.words.length} arguments: ${shown(textOf(from.words))}`,
      "Write FROM <image>, or FROM <image> AS <stage>.",
    );
  }
  const name = nameWord?.text.toLowerCase();
  if (nameWord !== undefined && !stageName.test(nameWord.text.toLowerCase())) {
    fail(
      `${shown(nameWord.text)} cannot be the name of a stage`,
      "It starts with a letter and has letters, digits, '-', '_' and '.' only.",
    );
  }
  return {
    index,
    name,
    nameWord,
    from,
    base,
    platformFlag: from.flags[0],
    instructions: [],
    triggers: undefined,
  };
}

function textOf(words: readonly Word[]): string {
  return words.map(({ text }) => text).join(" ");
}

/** A word of the file as a message shows it: in quotes where it is not plain, and never long. */
export function shown(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return /^[\w./:@$\-+{}=#?%]+$/.test(short) ? short : JSON.stringify(short);
}

/** An instruction without the line breaks that do not count. */
export function onOneLine({ text, heredocs }: Instruction): string {
  return `${text}\n${heredocs.map(({ body, name }) => `${body}${name}\n`).join("")}`;
}
