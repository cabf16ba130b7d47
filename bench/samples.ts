import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../src/run.ts";

/** An image that is built again and again; each edit changes one line of one source file. */
export interface Sample {
  readonly name: string;
  readonly title: string;
  /** Text of the Dockerfile; `base` is the reference of the large base. */
  readonly dockerfile: (base: string) => string;
  readonly file: string;
  readonly text: (edit: number) => string;
  /** The scan policy of images.yaml. */
  readonly scan: Readonly<Record<string, unknown>>;
  /** One platform takes most of the time, so nobody gains much by building the other beside it. */
  readonly lopsided?: true;
}

const tiny: Sample = {
  name: "tiny",
  title: "one file, no base",
  dockerfile: () => 'FROM scratch\nCOPY hello.txt /hello.txt\nCMD ["/hello.txt"]\n',
  file: "hello.txt",
  text: (edit) => `hello\nedit ${edit}\n`,
  scan: { os: "none" },
};

const compiled = (base: string) =>
  `FROM ${base}\nWORKDIR /app\nCOPY main.c .\nRUN gcc -O0 -o main main.c && ./main\n`;

/** The kernel works for it, which no emulation slows: both platforms take about as long. */
const large: Sample = {
  name: "large",
  title: "200 MB base, RUN of some seconds on either platform",
  dockerfile: compiled,
  file: "main.c",
  text: (edit) =>
    [
      "#include <stdio.h>",
      "static char block[1 << 20];",
      "int main(void) {",
      '  FILE *random = fopen("/dev/urandom", "r");',
      "  setvbuf(random, NULL, _IONBF, 0);",
      "  for (int i = 0; i < 1200; i++) if (fread(block, sizeof block, 1, random) != 1) return 1;",
      `  puts("edit ${edit}");\n  return 0;\n}\n`,
    ].join("\n"),
  scan: {},
};

/** Functions enough that a compiler is busy for some seconds. */
const functions = Array.from(
  { length: 150 },
  (_, at) =>
    `static int f${at}(int x) { int s = ${at}; for (int i = 0; i < x; i++) s = s * 31 + (i ^ ${at + 7}) % 13; return s; }`,
);
const calls = functions.map((_, at) => `  s += f${at}(argc);`);

const emulated: Sample = {
  name: "emulated",
  title: "200 MB base, RUN of some seconds where it is emulated, of a third of one where it is not",
  dockerfile: compiled,
  file: "main.c",
  text: (edit) =>
    [
      "#include <stdio.h>",
      ...functions,
      `int main(int argc, char **argv) {\n  int s = ${edit};`,
      ...calls,
      '  printf("%d\\n", s);\n  return 0;\n}\n',
    ].join("\n"),
  scan: {},
  lopsided: true,
};

export const samples: readonly Sample[] = [tiny, large, emulated];

/** images.yaml of the large base: a compiler and what it needs, some 200 MB unpacked. */
export const baseEnrolment = {
  name: "large-base",
  source: { debian: { suite: "trixie", packages: ["base-files", "dash", "gcc", "libc6-dev"] } },
};

/** A repository of a sample, as a remote that has nothing but its main branch. */
export interface SampleRepository {
  readonly url: string;
  /** Commits the file with another edit. */
  readonly edit: () => Promise<void>;
}

/** Makes the repository of a sample in a folder that is not there yet. */
export async function makeRepository(dir: string, sample: Sample, base: string): Promise<SampleRepository> {
  let edits = 0;
  const commit = async () => {
    await writeFile(join(dir, sample.file), sample.text(edits));
    await git(dir, "add", "--all");
    await git(dir, "commit", "--quiet", `--message=Edit ${edits}`);
    edits += 1;
  };
  await mkdir(dir, { recursive: true });
  await git(dir, "init", "--quiet", "--initial-branch=main");
  await writeFile(join(dir, "Dockerfile"), sample.dockerfile(base));
  await commit();
  return { url: `file://${dir}`, edit: commit };
}

/** Runs git in a folder, as an author of the bench. */
export async function git(dir: string, ...args: readonly string[]): Promise<void> {
  const author = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"];
  await run({ tool: "git", args: ["-C", dir, ...author, ...args] });
}
