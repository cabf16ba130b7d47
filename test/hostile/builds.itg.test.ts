import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostPlatform } from "../../src/platform.ts";
import { findProgram } from "../../src/setup/programs.ts";
import { filesOf, filesWith } from "../end-to-end/published-files.ts";
import { leftovers, makeWorld, type World } from "../end-to-end/world.ts";
import { type BuildAttempt, builds } from "./build-attempts.ts";
import { canary, cutOffProbes, type Ground, type Probe, probes } from "./step-probes.ts";

const architecture = hostPlatform().replace("linux/", "");
const secret = "secret-3f9e17c0aa42";
const nameBefore = hostname();

let world: World;
let ground: Ground;
let server: Server;
let asked = 0;
let said = "";
let outcomes: readonly Outcome[] = [];
/** What lay in the world's folder before anything was built. */
let given: readonly string[] = [];

interface Outcome {
  readonly image: string;
  readonly kind: string;
  readonly error?: {
    readonly exitStatus: number;
    readonly message: string;
    readonly problems?: readonly string[];
    readonly hint?: string;
  };
}

const imageOf = (at: number) => `row-${at}`;
/** All probes of one image are tried in one step: a step costs more than what it tries. */
const probing = (all: readonly Probe[]) =>
  `${[
    "FROM factory.localhost/base",
    "COPY probes /probes",
    "RUN mkdir -p /seen && for probe in /probes/*; do sh $probe > /seen/${probe##*/} 2>/dev/null; done; true",
    "",
  ].join("\n")}# ${all.length} probes\n`;

beforeAll(async () => {
  world = await makeWorld();
  server = createServer((socket) => {
    asked += 1;
    socket.end("HTTP/1.0 200 OK\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const outer = Object.values(networkInterfaces())
    .flat()
    .find((one) => one !== undefined && !one.internal && one.family === "IPv4");
  const hostFile = join(world.dir, "host-file");
  writeFileSync(hostFile, `${canary}\n`);
  const { port } = server.address() as { readonly port: number };
  ground = { hostFile, port, address: outer?.address ?? "127.0.0.1" };

  world.env["CANARY_SECRET"] = secret;
  world.env["SSH_AUTH_SOCK"] = join(world.dir, "agent");
  const entry = (name: string, more = "") =>
    `- name: ${name}\n  source: {folder: ${name}}\n  scan: {os: none}\n${more === "" ? "" : `  ${more}\n`}`;
  await world.write(
    "images.yaml",
    [
      `defaults:\n  platforms: [${hostPlatform()}]\nimages:\n`,
      entry("base"),
      entry("probe", "secrets: [{id: token, env: CANARY_SECRET}]"),
      entry("cut-off", "network: none"),
      ...builds.map(({ entry: more }, at) => entry(imageOf(at), more)),
    ].join(""),
  );
  await furnishBase(join(world.dir, "base", "root"));
  await world.write("base/Dockerfile", "FROM scratch\nCOPY root /\n");
  for (const [name, all] of [["probe", probes] as const, ["cut-off", cutOffProbes] as const]) {
    await world.write(`${name}/Dockerfile`, probing(all));
    for (const [at, { script }] of all.entries())
      await world.write(`${name}/probes/${at}`, `${script(ground)}\n`);
  }
  for (const [at, { dockerfile }] of builds.entries()) {
    await world.write(`${imageOf(at)}/Dockerfile`, `${dockerfile.join("\n")}\n`);
    await furnish(join(world.dir, imageOf(at)), builds[at]?.row ?? "");
  }
  given = readdirSync(world.dir);
  const { stdout, stderr } = await world.run("build", "IMAGE=all", "JOBS=3", "--json");
  said = stderr;
  outcomes = JSON.parse(stdout) as readonly Outcome[];
}, 560_000);
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await world.end();
});

/** This machine's busybox, with what it is linked to, under the names that the steps use. */
async function furnishBase(root: string): Promise<void> {
  const program = findProgram("busybox", process.env) ?? "";
  const linked = spawnSync("ldd", [program], { encoding: "utf8" }).stdout.matchAll(/(\/\S+) \(0x/g);
  for (const file of [...linked].flatMap(([, path]) => path ?? [])) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    copyFileSync(file, join(root, file));
  }
  for (const dir of ["bin", "etc", "root", "mnt", "tmp"]) mkdirSync(join(root, dir), { recursive: true });
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
  copyFileSync(program, join(root, "bin/busybox"));
  for (const name of ["sh", "cat", "ls", "cp", "mkdir", "test", "wc", "grep", "find", "true", "echo"])
    symlinkSync("busybox", join(root, "bin", name));
}

/** What a context has that its Dockerfile reaches for. */
async function furnish(dir: string, row: string): Promise<void> {
  if (row.includes("through a link") || row.includes("mount of a link"))
    symlinkSync("/etc", join(dir, "etc"));
  if (row.includes("COPY of a link")) symlinkSync(ground.hostFile, join(dir, "host-file"));
  const proof = join(world.dir, "written");
  mkdirSync(proof, { recursive: true });
  const tar = (script: string) =>
    execFileSync("python3", ["-c", script], { cwd: dir, env: { PATH: process.env["PATH"], PROOF: proof } });
  if (row.includes("its own links"))
    tar(`
import io, os, tarfile
t = tarfile.open("links.tar", "w")
l = tarfile.TarInfo("out"); l.type = tarfile.SYMTYPE; l.linkname = os.environ["PROOF"]; t.addfile(l)
f = tarfile.TarInfo("out/links"); f.size = 1; t.addfile(f, io.BytesIO(b"x"))
t.close()`);
  if (row.includes("that climbs"))
    tar(`
import io, os, tarfile
t = tarfile.open("climbs.tar", "w")
f = tarfile.TarInfo("../../../../../../../../../.." + os.environ["PROOF"] + "/climbs"); f.size = 1; t.addfile(f, io.BytesIO(b"x"))
t.close()`);
  if (row.includes("line breaks")) {
    mkdirSync(join(dir, "names"));
    for (const name of ["a\nb", "-rf", "--from=x", "\u001b[31mred", "*", "$(id)"])
      writeFileSync(join(dir, "names", name), name);
  }
}

const outcomeOf = (image: string) => outcomes.find((one) => one.image === image);
const seenBy = async (image: string, path: string) =>
  (await filesOf(world, image, [path], architecture)).get(path);

describe("a step", () => {
  it("of the probes was run to its end", () => {
    expect([outcomeOf("probe")?.kind, outcomeOf("cut-off")?.kind]).toEqual(["published", "published"]);
  });

  it.each(probes.map(({ row, shows }, at) => [row, at, shows] as const))(
    "in vain %s",
    async (_, at, shows) => {
      expect(await seenBy("probe", `seen/${at}`)).toMatch(shows);
    },
  );

  it.each(cutOffProbes.map(({ row, shows }, at) => [row, at, shows] as const))(
    "without a network in vain %s",
    async (_, at, shows) => {
      expect(await seenBy("cut-off", `seen/${at}`)).toMatch(shows);
    },
  );

  it("has reached no server of this machine where it has no network", () => {
    expect(asked).toBe(0);
  });
});

describe("a Dockerfile", () => {
  it.each(builds.map(({ row }, at) => [row, at] as const))("with %s", async (_, at) => {
    const { status, says, seen } = builds[at] as BuildAttempt;
    const outcome = outcomeOf(imageOf(at));
    expect(outcome?.error?.exitStatus ?? 0).toBe(status);
    if (says !== undefined) expect(textOf(outcome)).toMatch(says);
    if (seen !== undefined) expect(await seenBy(imageOf(at), "seen")).toMatch(seen);
  });

  it("shows nobody's terminal a control character", () => {
    expect(JSON.stringify(said.replaceAll("\n", ""))).not.toMatch(/\\u00[01]|\\[bfrt]/);
  });
});

describe("this machine, afterwards,", () => {
  it("has nothing written outside of the factory's folders, and its own name", () => {
    expect(readdirSync(join(world.dir, "written"))).toEqual([]);
    expect(readdirSync(world.dir).filter((name) => name !== ".factory" && !given.includes(name))).toEqual([]);
    expect(hostname()).toBe(nameBefore);
  });

  it("has no process, container, mount or temporary folder of a build", async () => {
    for (const { image } of outcomes) expect(await leftovers(world, image)).toEqual([]);
  });

  it("has what it did not give away in no image, layer, log or record", () => {
    expect(filesWith(canary, world.workDir)).toEqual([]);
    expect(filesWith(secret, world.workDir)).toEqual([]);
    expect(said).not.toContain(secret);
  });

  it("lets no other user reach a program in a layer that becomes root", () => {
    const programs = findPrograms(join(world.workDir, "storage"));
    expect(programs.length).toBeGreaterThan(0);
    for (const program of programs) expect(isOpen(program, world.workDir)).toBe(false);
  });
});

/** Programs with the setuid bit. */
function findPrograms(dir: string): readonly string[] {
  const { stdout } = spawnSync("find", [dir, "-type", "f", "-perm", "-4000"], { encoding: "utf8" });
  return stdout.split("\n").filter((path) => path !== "");
}

/** Whether everybody may go through every folder between a file and the one above all. */
function isOpen(file: string, above: string): boolean {
  for (let dir = dirname(file); dir !== above; dir = dirname(dir))
    if ((statSync(dir).mode & 0o001) === 0) return false;
  return true;
}

function textOf(outcome: Outcome | undefined): string {
  const { message = "", problems = [], hint = "" } = outcome?.error ?? {};
  return [message, ...problems, hint].join("\n");
}
