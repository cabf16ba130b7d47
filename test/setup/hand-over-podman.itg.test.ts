import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostPlatform } from "../../src/platform.ts";
import { digestOf, shortDigest } from "../../src/registry/digest.ts";
import { run } from "../../src/run.ts";
import { findEngine } from "../../src/setup/hand-over.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { tinyProgram } from "../../src/setup/tiny-program.ts";
import { nodeWords } from "../command-start.ts";

/** A reference, or `docker-archive:<file>`, which is loaded first. */
const named = process.env["BUILDER_IMAGE"];
const engine = named === undefined ? undefined : await findEngine({ run, env: process.env });
const skipped =
  named === undefined
    ? "BUILDER_IMAGE names no builder image"
    : engine?.name === "podman"
      ? undefined
      : "no podman here can run one";
if (skipped !== undefined)
  process.stderr.write(`the hand-over through a real podman is skipped: ${skipped}\n`);

/** What a machine without the factory's own tools does not have, and what would bring them. */
const lacking = new Set(["buildah", "docker-registry", "trivy", "docker", "apt-get", "sudo"]);

describe.skipIf(skipped !== undefined)("through a real podman", () => {
  let dir: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "hand-over-"));
    const bin = join(dir, "bin");
    await mkdir(bin);
    for (const folder of ["/usr/local/bin", "/usr/bin", "/usr/sbin", "/bin", "/sbin"]) {
      for (const program of await readdir(folder).catch(() => [])) {
        if (!lacking.has(program))
          await symlink(join(folder, program), join(bin, program)).catch(() => undefined);
      }
    }
    const variables = { ...process.env, PATH: bin, CI: "1", MY_TOKEN: "s3cret", FACTORY_REGISTRY: undefined };
    env = Object.fromEntries(
      Object.entries({
        ...variables,
        FACTORY_BUILDER_IMAGE: await imageOf(named ?? ""),
        FACTORY_IMAGES_FILE: join(dir, "images.yaml"),
        FACTORY_WORK_DIR: join(dir, "work"),
        FACTORY_STATE_DIR: join(dir, "state"),
      }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    await mkdir(join(dir, "app"));
    await writeFile(join(dir, "app/program"), tinyProgram(hostPlatform(), 0), { mode: 0o755 });
    await writeFile(join(dir, "app/fails"), tinyProgram(hostPlatform(), 3), { mode: 0o755 });
    await writeFile(join(dir, "app/Dockerfile"), 'FROM scratch\nCOPY program /\nRUN ["/program"]\n');
    await writeFile(join(dir, "app/Failing"), 'FROM scratch\nCOPY fails /\nRUN ["/fails"]\n');
    await writeFile(join(dir, "secret"), "another", { mode: 0o600 });
  });

  afterAll(async () => {
    const volume = `image-factory-${shortDigest(digestOf(join(dir, "work")))}`;
    await run({ tool: "podman", args: ["volume", "rm", "--force", volume] });
    await rm(dir, { recursive: true, force: true });
  });

  async function imageOf(word: string): Promise<string> {
    const archive = /^docker-archive:(.+)$/.exec(word)?.[1];
    if (archive === undefined) return word;
    const { stdout } = await run({ tool: "podman", args: ["load", "--quiet", "--input", archive] });
    const reference = /^Loaded image: (\S+)$/m.exec(stdout)?.[1];
    if (reference === undefined) throw new Error(`podman load said ${stdout}`);
    return reference;
  }

  async function enrol(images: readonly string[]): Promise<void> {
    await writeFile(join(dir, "images.yaml"), images.map((image) => `- ${image}\n`).join(""));
  }

  function start(command: string, ...words: readonly string[]) {
    const script = join(ownRoot, "scripts", `${command}.ts`);
    const child = spawn(process.execPath, [...nodeWords, script, ...words], {
      cwd: ownRoot,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      said.stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      said.stderr += chunk;
    });
    const ended = once(child, "close").then(([status]) => ({ status: status as number | null, ...said }));
    return { child, ended };
  }

  const app = `{name: app, source: {folder: app}, platforms: [${hostPlatform()}], scan: {os: none, database: sample}`;
  const secrets = `secrets: [{id: token, env: MY_TOKEN}, {id: key, file: secret}]`;

  test("a build publishes, what it wrote is the user's, and another one has nothing to do", async () => {
    await enrol([`${app}, ${secrets}}`]);
    const first = await start("build", "IMAGE=app").ended;
    expect(first.status, first.stderr).toBe(0);
    expect(first.stdout).toMatch(/\/app@sha256:[0-9a-f]{64}\n$/);
    expect(first.stderr).toContain("through podman");
    expect(first.stderr).toContain("ended with it");
    const owner = ["-not", "-user", String(process.getuid?.()), "-print", "-quit"];
    const strangers = await run({ tool: "find", args: [dir, ...owner] });
    expect(strangers.stdout).toBe("");
    const second = await start("build", "IMAGE=app").ended;
    expect(second).toMatchObject({ status: 0, stdout: first.stdout });
    expect(second.stderr).toContain("app: nothing to do");
    const together = await Promise.all([start("build", "IMAGE=app", "FORCE=1").ended, start("plan").ended]);
    expect(together).toMatchObject([{ status: 0 }, { status: 0 }]);
    const plan = await start("plan").ended;
    expect(plan).toMatchObject({ status: 0, stderr: expect.stringContaining("plan runs in") });
  });

  test("the exit statuses of the factory come back", async () => {
    await enrol([
      `${app}}`,
      `{name: fails, source: {folder: app}, dockerfile: Failing, platforms: [${hostPlatform()}], scan: {os: none}}`,
      `{name: unread, source: {folder: app}, platforms: [${hostPlatform()}], scan: {database: sample}}`,
    ]);
    expect((await start("build", "IMAGE=nope").ended).status).toBe(64);
    expect((await start("build", "IMAGE=fails").ended).status).toBe(65);
    expect((await start("build", "IMAGE=unread").ended).status).toBe(77);
  });

  test("TERM ends the container too, and is the status", async () => {
    const connected = Promise.withResolvers<void>();
    const silent = createServer(() => connected.resolve()).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    await writeFile(join(dir, "app/Waits"), `FROM 127.0.0.1:${port}/never:1\n`);
    await enrol([`{name: waits, source: {folder: app}, dockerfile: Waits, scan: {os: none}}`]);
    const { child, ended } = start("build", "IMAGE=waits");
    await Promise.race([connected.promise, ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
    child.kill("SIGTERM");
    expect((await ended).status).toBe(143);
    silent.close();
    const { stdout } = await run({ tool: "podman", args: ["ps", "--all", "--format={{.Mounts}}"] });
    expect(stdout).not.toContain(dir);
  });
});
