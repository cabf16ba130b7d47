import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCredentialStore } from "../../src/registry/credentials.ts";
import { stopEmbeddedRegistry } from "../../src/registry/embedded/daemon.ts";
import { run } from "../../src/run.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { createTurns } from "../../src/turns.ts";
import { nodeVariables, nodeWords } from "../command-start.ts";

let dir: string;
let listener: Server;
let port: number;
let asked = 0;
const results = new Map<string, Promise<Ended>>();
const inTurn = createTurns(3);

interface Ended {
  readonly status: number | null;
  readonly text: string;
}

/** A command in an empty factory; every one of them ends in this time, also on a busy machine. */
async function start(
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const script = join(ownRoot, "scripts", `${command}.ts`);
  const child = spawn(process.execPath, [...nodeWords, script, ...words], {
    cwd: join(dir, "cwd"),
    env: {
      PATH: process.env["PATH"],
      HOME: join(dir, "home"),
      FACTORY_WORK_DIR: join(dir, "work"),
      FACTORY_IMAGES_FILE: join(dir, "images.yaml"),
      ...nodeVariables,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  const [status] = (await once(child, "close")) as [number | null];
  return { status, text };
}

/** Every command of npm run that somebody but its developers starts. */
const commands = readdirSync(join(ownRoot, "scripts"))
  .filter((name) => name.endsWith(".ts") && !/^(?:bench|check|test-)/.test(name))
  .map((name) => name.slice(0, -".ts".length));

/** What no command takes, all of it in one call: each is named. */
const refused: readonly (readonly [row: string, word: string])[] = [
  ["an option of git", "--upload-pack=touch proof"],
  ["an option of node", "--require=./trap.cjs"],
  ["a short option", "-ccore.sshCommand=x"],
  ["a key of every object", "__proto__=x"],
  ["another", "constructor=x"],
  ["a key with a line break", "A\nB=x"],
  ["a key that clears the screen", "\u001b[2J\u009b2J=x"],
  ["a key that turns the text around", "\u202egnp.egami=x"],
  ["a key of a hundred thousand letters", `${"A".repeat(100_000)}=x`],
  ["a value without a key", "=x"],
  ["a path", "../../../etc/passwd"],
  ["a program in quotes", "$(touch proof)"],
  ["nothing", ""],
];

const flood = "a".repeat(100_000);
/** Values of words, as an attacker would want them; the images.yaml that they meet has one image, app. */
const values: readonly (readonly [command: string, word: string])[] = [
  ["plan", "IMAGE=--upload-pack=touch proof"],
  ["plan", "IMAGE=../../etc"],
  ["plan", "IMAGE=$(touch proof)"],
  ["plan", "IMAGE=app\nother"],
  ["plan", "IMAGE=\u001b]0;x\u0007"],
  ["plan", "IMAGE=__proto__"],
  ["plan", `IMAGE=${"*".repeat(1_000)}b`],
  ["plan", `IMAGE=${"{a,".repeat(1_000)}`],
  ["plan", `IMAGE=${flood}`],
  ["plan", "IMAGE=,,,"],
  ["plan", "BASE=oci:/etc"],
  ["plan", "BASE=--all"],
  ["plan", `BASE=${flood}`],
  ["plan", "TAG=--all"],
  ["plan", "TAG=../x"],
  ["plan", "PIN=a@sha256:zz"],
  ["plan", "PIN=docker-archive:/etc/passwd"],
  ["plan", "EPOCH=-1"],
  ["plan", "EPOCH=1e309"],
  ["plan", "EPOCH=0x10"],
  ["build", "REF=--upload-pack=touch proof"],
  ["build", "SOURCE=--x"],
  ["build", "SOURCE=/dev/zero"],
  ["build", "SOURCE=/proc/self/root"],
  ["build", "JOBS=1e9"],
  ["build", "JOBS=99999999999999999999"],
  ["build", "PLATFORM=linux/amd64,../x"],
  ["build", "BUMP=__proto__"],
  ["build", "ALLOW=platform-loss,__proto__"],
  ["history", "LAST=NaN"],
  ["history", "IMAGE=/etc"],
  ["rollback", "TO=../../x"],
  ["rollback", "TO=sha256:*"],
  ["promote", "TO=oci:/etc/x"],
  ["promote", "TO=--all"],
  ["promote", "FROM=dir:/etc"],
  ["promote", `TO=${"a,".repeat(50_000)}`],
  ["hold", "BASE=../../x"],
  ["hold", "UNTIL=never"],
  ["gc", "IN_USE=/dev/null"],
  ["gc", "IN_USE=/etc/shadow"],
  ["gc", "IN_USE=/nowhere"],
  ["scan", "DIGEST=sha256:../x"],
  ["enrol", "REPO=--upload-pack=touch proof"],
  ["enrol", "REPO=ext::sh -c touch% proof"],
  ["enrol", "REPO=http://169.254.169.254/x.git"],
  ["enrol", "NAME=../../x"],
  ["enrol", "DOCKERFILE=/etc/passwd"],
  ["logs", "IMAGE=--all"],
  ["trigger", "IMAGE=-n kube-system"],
  ["deploy", "CONTEXT=--kubeconfig=/etc/x"],
  ["setup", "TRIVY=https://127.0.0.1/x"],
];

/** Settings in variables, as somebody would want them who may set one. */
const settings: readonly (readonly [row: string, env: (port: number) => Readonly<Record<string, string>>])[] =
  [
    ["a registry with a password", () => ({ FACTORY_REGISTRY: "user:secret-1a2b@registry.example.com" })],
    ["a registry that is an option", () => ({ FACTORY_REGISTRY: "--tls-verify=false" })],
    ["a registry with a line break", (to) => ({ FACTORY_REGISTRY: `registry.example.com\n127.0.0.1:${to}` })],
    ["a registry of a hundred thousand letters", () => ({ FACTORY_REGISTRY: flood })],
    [
      "a state repository that runs a program",
      () => ({ FACTORY_STATE_REPOSITORY: "ext::sh -c touch% proof" }),
    ],
    [
      "a state repository that is an option",
      () => ({ FACTORY_STATE_REPOSITORY: "--upload-pack=touch proof" }),
    ],
    [
      "a branch that is an option",
      () => ({ FACTORY_STATE_REPOSITORY: "/x", FACTORY_STATE_BRANCH: "--force" }),
    ],
    ["a number of builds without end", () => ({ FACTORY_JOBS: "1e999" })],
    ["an age that is none", () => ({ FACTORY_DATABASE_MAX_AGE: "∞" })],
    ["an expression that runs away", () => ({ FACTORY_KEEP_TAGS: "(" })],
    ["a namespace that is a path", () => ({ FACTORY_LEASE_NAMESPACE: "../../secrets" })],
    ["a setting of every object", () => ({ FACTORY___PROTO__: "x" })],
    ["a mirror that is a file", () => ({ FACTORY_DEBIAN_MIRROR: "file:///etc" })],
    ["an images.yaml without end", () => ({ FACTORY_IMAGES_FILE: "/dev/zero" })],
    ["an images.yaml that nobody writes", () => ({ FACTORY_IMAGES_FILE: join(dir, "pipe") })],
    ["an images.yaml that is a folder", () => ({ FACTORY_IMAGES_FILE: "/etc" })],
    ["a work folder that is a file", () => ({ FACTORY_WORK_DIR: join(dir, "images.yaml") })],
    ["a state folder that is a device", () => ({ FACTORY_STATE_DIR: "/dev/null" })],
  ];

const key = (command: string, words: readonly string[]) => JSON.stringify([command, words]);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "factory-words-"));
  mkdirSync(join(dir, "cwd"));
  writeFileSync(join(dir, "cwd/trap.cjs"), 'require("fs").writeFileSync("proof", "")');
  writeFileSync(join(dir, "images.yaml"), "- name: app\n  source: {folder: app}\n");
  mkdirSync(join(dir, "app"));
  writeFileSync(join(dir, "app/Dockerfile"), "FROM scratch\nCOPY Dockerfile /x\n");
  execFileSync("mkfifo", [join(dir, "pipe")]);
  listener = createServer((socket) => {
    asked += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  port = (listener.address() as { readonly port: number }).port;
  const begin = (name: string, work: () => Promise<Ended>) => results.set(name, inTurn(work));
  const all = refused.map(([, word]) => word);
  for (const command of commands) begin(key(command, all), () => start(command, all));
  for (const [command, word] of values)
    begin(key(command, [word]), () => start(command, [word, ...companions(command, word)]));
  for (const [row, env] of settings) begin(row, () => start("status", [], env(port)));
  await Promise.all(results.values());
}, 500_000);
afterAll(async () => {
  listener.close();
  await stopEmbeddedRegistry({ workDir: join(dir, "work"), log: () => undefined });
  rmSync(dir, { recursive: true, force: true });
});

/** What a command has to be given besides, for its word to be read. */
function companions(command: string, word: string): readonly string[] {
  const name = word.slice(0, word.indexOf("="));
  if (["REF", "SOURCE", "TO", "DIGEST"].includes(name) && command !== "enrol") {
    return ["IMAGE=app", ...(command === "rollback" ? ["WHY=x"] : [])];
  }
  if (name === "ALLOW" || command === "hold") return ["WHY=x"];
  return name === "FROM" ? ["TO=v1"] : [];
}

async function resultOf(name: string): Promise<Ended> {
  const found = await results.get(name);
  if (found === undefined) throw new Error(`${name} was not run`);
  return found;
}

/** The codes that say what to do: usage, files, settings, policy, this machine. */
const clear = [64, 65, 69, 75, 77, 78];
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

function expectClear({ status, text }: Ended): void {
  expect({ status, text }).toMatchObject({
    status: expect.toSatisfy((code) => clear.includes(code as number)),
  });
  expect(text).not.toMatch(controls);
  expect(text).not.toContain("bug of the image factory");
  expect(text.length).toBeLessThan(20_000);
}

describe("the command line", () => {
  test.each(commands)(
    "of %s takes nothing that it does not know, and says all of it at once",
    async (command) => {
      const ended = await resultOf(
        key(
          command,
          refused.map(([, word]) => word),
        ),
      );
      expectClear(ended);
      expect(ended.status).toBe(64);
      expect(ended.text).toContain(`${refused.length} arguments are wrong`);
    },
  );

  test.each(values.map(([command, word]) => [command, word.slice(0, 60), word] as const))(
    "%s %j is an error and nothing else",
    async (command, _, word) => {
      expectClear(await resultOf(key(command, [word])));
    },
  );

  test.each(settings.map(([row]) => [row]))("%s in a variable is an error and nothing else", async (row) => {
    const ended = await resultOf(row);
    expectClear(ended);
    expect(ended.text).not.toContain("secret-1a2b");
  });

  test("has run nothing, written nothing elsewhere and asked nobody", () => {
    expect(readdirSync(join(dir, "cwd"))).toEqual(["trap.cjs"]);
    expect(readdirSync(dir).toSorted()).toEqual(["app", "cwd", "images.yaml", "pipe", "work"]);
    expect(existsSync("/dev/null/images")).toBe(false);
    expect(asked).toBe(0);
  });
});

describe("a machine", () => {
  test.each([
    ["without a folder for temporary files", { TMPDIR: "/nowhere" }],
    ["whose folder for temporary files is a file", { TMPDIR: "/etc/passwd" }],
    ["without a home", { HOME: "/nowhere" }],
    ["whose home is a device", { HOME: "/dev/null" }],
    ["whose home cannot be written", { HOME: "/proc" }],
    ["whose home is a relative path", { HOME: "." }],
    [
      "with a proxy that has a password and does not answer",
      { HTTPS_PROXY: "http://u:secret-1a2b@127.0.0.1:1" },
    ],
    ["with a proxy that is no address", { HTTPS_PROXY: "::::", NO_PROXY: "*" }],
    ["with a login that is a folder", { REGISTRY_AUTH_FILE: "/dev/null" }],
  ])("%s can be asked what is published", async (_, env) => {
    const { status, text } = await start("status", [], env);
    expect({ status, text }).toMatchObject({ status: 0 });
    expect(text).not.toContain("secret-1a2b");
  });

  const lookup = (env: Readonly<Record<string, string>>) =>
    createCredentialStore({ authFiles: [], env, run, uid: undefined }).lookup("registry.example.com");
  const unread = { code: "credentials-invalid", exitStatus: 78 };

  test.each([
    ["a pipe that nobody writes", () => ({ REGISTRY_AUTH_FILE: join(dir, "pipe") })],
    ["a device without end", () => ({ REGISTRY_AUTH_FILE: "/dev/zero" })],
    ["a folder", () => ({ REGISTRY_AUTH_FILE: dir })],
    ["a file of another kind", () => ({ REGISTRY_AUTH_FILE: join(dir, "images.yaml") })],
    [
      "8 GB without content",
      () => {
        execFileSync("truncate", ["-s", "8G", join(dir, "work", "huge")]);
        return { REGISTRY_AUTH_FILE: join(dir, "work", "huge") };
      },
    ],
    [
      "docker's, which leads to itself",
      () => {
        symlinkSync("config.json", join(dir, "work", "config.json"));
        return { DOCKER_CONFIG: join(dir, "work") };
      },
    ],
    [
      "docker's, whose helper is a path",
      () => {
        mkdirSync(join(dir, "work", "docker"));
        writeFileSync(join(dir, "work/docker/config.json"), '{"credsStore": "../../x"}');
        return { DOCKER_CONFIG: join(dir, "work", "docker") };
      },
    ],
  ])("whose file of logins is %s is told so, soon", async (_, env) => {
    await expect(lookup(env())).rejects.toMatchObject(unread);
  });

  test.each([
    ["nothing", { REGISTRY_AUTH_FILE: "/dev/null" }],
    ["not there", { REGISTRY_AUTH_FILE: "/nowhere", DOCKER_CONFIG: "/etc/passwd/x" }],
  ])("whose file of logins is %s has none", async (_, env) => {
    expect(await lookup(env)).toBeUndefined();
  });
});
