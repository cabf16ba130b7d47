import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostPlatform } from "../../src/platform.ts";
import { stopEmbeddedRegistry } from "../../src/registry/embedded/daemon.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { nodeVariables, nodeWords } from "../command-start.ts";
import { makeWorld, type World } from "../end-to-end/world.ts";
import { type GitServer, startGitServer } from "../source/git-server.ts";
import { makeRepository } from "../source/repository.ts";
import { droppings, litter, planted, setTraps, type Trap, variables } from "./environment-attempts.ts";

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const password = "proxy-5c1e88d04b";

let world: World;
let git: GitServer;
let listener: Server;
let asked = 0;
let trap: Trap;
/** A build in the environment that an attacker would like, and one in a plain one. */
let hostile: Ended;
let plain: Ended;

beforeAll(async () => {
  world = await makeWorld();
  listener = createServer((socket) => {
    asked += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { readonly port: number };
  trap = setTraps(join(world.dir, "traps"), `127.0.0.1:${port}`);
  const repository = makeRepository(join(world.dir, "served/app.git"));
  repository.commit({
    Dockerfile: "FROM scratch\nCOPY file /file\n",
    file: "file\n",
    ".gitattributes": "* filter=x\n",
  });
  git = await startGitServer({ root: join(world.dir, "served") });
  await world.write(
    "images.yaml",
    `- name: app\n  source: {git: {url: "${git.origin}/app.git"}}\n  platforms: [${hostPlatform()}]\n  scan: {os: none}\n`,
  );
  const home = join(world.dir, "home");
  const cwd = join(world.dir, "cwd");
  for (const dir of [home, cwd]) {
    mkdirSync(dir);
    litter(dir, trap);
  }
  const debugged = join(world.dir, "linked");
  const recorder = trap.file(
    "recorder.cjs",
    `require("fs").appendFileSync("${trap.proof("recorded")}", process.argv[1] + "\\n")`,
  );
  hostile = await build("hostile", cwd, {
    ...Object.fromEntries(variables.map(([name, value]) => [name, value(trap)])),
    PATH: `.::bin:${process.env["PATH"]}`,
    HOME: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    NODE_OPTIONS: `--require=${recorder}`,
    LD_DEBUG: "files",
    LD_DEBUG_OUTPUT: debugged,
    HTTP_PROXY: `http://team:${password}@127.0.0.1:9`,
    NO_PROXY: "127.0.0.1,localhost",
  });
  plain = await build("plain", world.dir, {});
}, 300_000);
afterAll(async () => {
  for (const name of ["hostile", "plain"])
    await stopEmbeddedRegistry({ workDir: join(world.dir, name), log: () => undefined });
  await git.stop();
  listener.close();
  await world.end();
});

async function build(name: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const script = join(ownRoot, "scripts/build.ts");
  const child = spawn(process.execPath, [...nodeWords, script, "IMAGE=app"], {
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: join(world.dir, "nobody"),
      ...nodeVariables,
      ...world.env,
      FACTORY_WORK_DIR: join(world.dir, name),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const [status] = (await once(child, "close")) as [number];
  return { status, stdout, stderr };
}

const digestIn = ({ stdout }: Ended) => /sha256:[0-9a-f]{64}/.exec(stdout)?.[0];
const left = (name: string) => existsSync(trap.proof(name));

describe("a build in a hostile environment", () => {
  it("is the same build, with the same words and digest", () => {
    expect(plain).toMatchObject({ status: 0 });
    expect(hostile).toMatchObject({ status: 0 });
    expect(digestIn(hostile)).toBe(digestIn(plain));
    expect(digestIn(plain)).toBeDefined();
  });

  it.each(variables.map(([name]) => [name]))("is not led by %s", (name) => {
    expect(left(name)).toBe(false);
  });

  it.each(droppings.map(([name]) => [name]))(
    "is not led by %s of the home or of the folder it is started in",
    (name) => {
      expect(left(name)).toBe(false);
    },
  );

  it.each(planted.map((name) => [name]))(
    "does not run the %s that lies in that folder, though PATH names it",
    (name) => {
      expect(left(name)).toBe(false);
    },
  );

  it("hands NODE_OPTIONS to no child", () => {
    expect(new Set(readFileSync(trap.proof("recorded"), "utf8").trim().split("\n"))).toEqual(
      new Set([join(ownRoot, "scripts/build.ts")]),
    );
  });

  it("hands LD_ variables to no child", () => {
    const processes = readdirSync(world.dir).filter((name) => name.startsWith("linked."));
    expect(processes.length).toBe(1);
  });

  it("asks nobody that a variable names", () => {
    expect(asked).toBe(0);
  });

  it("leaves no trace of anything that a variable or a file could have started", () => {
    expect(readdirSync(join(world.dir, "traps/proofs"))).toEqual(["recorded"]);
  });

  it("shows the password of no proxy", () => {
    expect(hostile.stdout + hostile.stderr).not.toContain(password);
  });
});
