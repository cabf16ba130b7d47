import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { ownRoot } from "../../src/setup/needs.ts";
import { tinyProgram } from "../../src/setup/tiny-program.ts";
import { nodeVariables, nodeWords } from "../command-start.ts";
import { basePath, baseTag } from "./base-name.ts";
import { projectFiles } from "./project-layer.ts";

/** What a command printed and how it ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly ended: Promise<Ended>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when a line that it prints matches. */
  readonly says: (pattern: RegExp) => Promise<void>;
}

/** A checkout of the factory with images, and with settings for a cluster. */
export interface Team {
  readonly dir: string;
  readonly npm: (command: string, ...words: readonly string[]) => Promise<Ended>;
  readonly start: (command: string, ...words: readonly string[]) => Started;
  readonly writeImages: (images: readonly object[]) => Promise<void>;
  /** Settings besides those that the cluster needs. */
  readonly writeCluster: (settings: object) => Promise<void>;
}

/** Makes the checkout in `dir`, with its images.yaml beside a copy of their sources. */
export async function makeTeam(
  dir: string,
  sources: string,
  factory: object,
  cluster: object,
): Promise<Team> {
  await mkdir(dir, { recursive: true });
  for (const path of await projectFiles())
    await cp(join(ownRoot, path), join(dir, path), { recursive: true });
  await symlink(join(ownRoot, "node_modules"), join(dir, "node_modules"));
  await cp(sources, join(dir, "sources"), { recursive: true });
  const imagesFile = join(dir, "sources/images.yaml");
  const write = (path: string, value: unknown) => writeFile(path, stringify(value));
  await write(join(dir, "factory.yaml"), { ...factory, imagesFile });
  const start = (command: string, ...words: readonly string[]): Started => {
    const script = join(dir, "scripts", `${command}.ts`);
    const env = { ...process.env, ...nodeVariables };
    return startProgram(process.execPath, [...nodeWords, script, ...words], env);
  };
  return {
    dir,
    start,
    npm: (command, ...words) => start(command, ...words).ended,
    writeImages: (entries) => write(imagesFile, entries),
    writeCluster: (settings) => write(join(dir, "cluster.yaml"), { ...cluster, ...settings }),
  };
}

export function startProgram(
  tool: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input = "",
): Started {
  const child = spawn(tool, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  let stdout = "";
  let stderr = "";
  const waiting: { readonly pattern: RegExp; readonly resolve: () => void }[] = [];
  const look = () => {
    for (const { pattern, resolve } of waiting) if (pattern.test(`${stdout}\n${stderr}`)) resolve();
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
    look();
  });
  const ended = once(child, "close").then(([status]) => ({
    status: status as number | null,
    stdout,
    stderr,
  }));
  return {
    ended,
    kill: (signal) => child.kill(signal),
    says: (pattern) =>
      Promise.race([
        new Promise<void>((resolve) => {
          waiting.push({ pattern, resolve });
          look();
        }),
        ended.then(({ status }) => {
          throw new Error(`ended with ${status} without saying ${pattern}: ${stdout}${stderr}`);
        }),
      ]),
  };
}

/** The files by which a scanner knows a Debian with one package. */
export function debianRoot(name: string, version: string): Readonly<Record<string, string>> {
  return {
    "etc/os-release": 'ID=debian\nVERSION_ID="13"\n',
    "etc/debian_version": "13.1\n",
    "var/lib/dpkg/status": `Package: ${name}\nStatus: install ok installed\nArchitecture: all\nVersion: ${version}\nMaintainer: nobody\nDescription: x\n`,
  };
}

/**
 * The sources: `hello` runs a program of each platform, `child` stands on it, `blocked` and `bad-child` have what the
 * sample database knows something of, `slow` and `layered` take a while, `walked` stands on an image of others, and
 * `aging` has what no database knows anything of yet.
 */
export async function writeSources(dir: string, busybox: string, registry: string): Promise<void> {
  const put = async (path: string, content: string | Uint8Array, mode = 0o644) => {
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode });
  };
  const root = async (image: string, name: string, version: string) => {
    for (const [path, content] of Object.entries(debianRoot(name, version)))
      await put(`${image}/root/${path}`, content);
  };
  await root("hello", "zlib1g", "1:1.3");
  for (const platform of ["linux/amd64", "linux/arm64"] as const)
    await put(`hello/${platform.slice(6)}/program`, tinyProgram(platform, 0), 0o755);
  const perPlatform = "COPY $" + "{TARGETARCH}/program /program";
  await put(
    "hello/Dockerfile",
    `FROM scratch\nARG TARGETARCH\nCOPY root /\n${perPlatform}\nRUN ["/program"]\nCMD ["/program"]\n`,
  );
  await put("child/note", "made by test:cluster\n");
  await put("child/Dockerfile", "FROM factory.localhost/hello\nCOPY note /\n");
  for (const [image, from] of [
    ["blocked", "scratch"],
    ["bad-child", "factory.localhost/hello"],
  ] as const) {
    await root(image, "openssl", "1.0-1");
    await put(`${image}/Dockerfile`, `FROM ${from}\nCOPY root /\n`);
  }
  await root("slow", "zlib1g", "1:1.3");
  await cp(busybox, join(dir, "slow/busybox"));
  await put(
    "slow/Dockerfile",
    'FROM scratch\nCOPY root /\nCOPY busybox /busybox\nRUN ["/busybox", "sleep", "20"]\n',
  );
  await root("layered", "zlib1g", "1:1.3");
  await cp(busybox, join(dir, "layered/busybox"));
  const wait = 'RUN ["/busybox", "sleep", "8"]\n';
  const last = "ARG LAST\nENV LAST=$LAST\n";
  await put("layered/Dockerfile", `FROM scratch\nCOPY root /\nCOPY busybox /busybox\n${wait}${wait}${last}`);
  await root("aging", "openssm", "1.0-1");
  await put("aging/Dockerfile", "FROM scratch\nCOPY root /\n");
  for (const [image, from] of [
    ["walked", `${registry}/${basePath}:${baseTag}`],
    ["walked-child", "factory.localhost/walked:stable"],
  ] as const) {
    await put(`${image}/note`, "made by test:cluster\n");
    await put(`${image}/Dockerfile`, `FROM ${from}\nCOPY note /${image}\n`);
  }
}
