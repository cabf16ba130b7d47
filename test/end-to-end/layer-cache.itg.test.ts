import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { servesLayers } from "../../src/build/layer-cache.ts";
import { writeAuthFile } from "../../src/registry/auth-file.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

const [, version = "0"] =
  /version (\S+)/.exec(execFileSync("buildah", ["--version"], { encoding: "utf8" })) ?? [];
if (!servesLayers(version)) {
  test.skip(`layers in a registry: skipped because buildah ${version} is older than 1.39`, () => {});
}

const platforms = ["linux/amd64", "linux/arm64"] as const;
const account = { username: "factory", password: "a password" };

let world: World;
let registry: RealRegistry;
let client: RegistryClient;
/** Every build is on a machine that has built nothing before, and published nowhere. */
let machines = 0;

async function build(layerCache: string | undefined, address = registry.address) {
  const name = `machine${++machines}`;
  const workDir = join(world.dir, name);
  await writeAuthFile(join(world.dir, "auth.json"), { [registry.address]: account, [address]: account });
  Object.assign(world.env, {
    FACTORY_WORK_DIR: workDir,
    FACTORY_REGISTRY: `${registry.address}/${name}`,
    FACTORY_AUTH_FILE: join(world.dir, "auth.json"),
    FACTORY_LAYER_CACHE: layerCache ?? "",
  });
  const { status, stderr } = await world.run("build", "IMAGE=app");
  if (status !== 0) throw new Error(stderr);
  const logs = await Promise.all(
    platforms.map((platform) =>
      readFile(join(workDir, "logs/app", `${platform.replace("/", "-")}.log`), "utf8"),
    ),
  );
  const published = await client.headManifest({ registry: registry.address, path: `${name}/app` }, "latest");
  return { digest: published?.digest, stderr, log: logs.join("\n"), name };
}

const tagsOf = (path: string) => client.listTags({ registry: registry.address, path });

/** The same registry, whose answers to some requests for caches are others. */
async function spoilt(spoils: (method: string, path: string) => boolean) {
  const server = createServer((asked, answer) => {
    const { method = "", url = "", headers } = asked;
    if (/-cache-/.test(url) && spoils(method, url)) {
      asked.resume();
      answer.writeHead(403, { "content-type": "application/json" }).end('{"errors":[{"code":"DENIED"}]}');
      return;
    }
    const [hostname, port] = registry.address.split(":");
    const passed = request({ hostname, port, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    asked.pipe(passed);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, [Symbol.dispose]: () => server.close() };
}

describe.runIf(servesLayers(version))("layers in a registry", () => {
  let plain: Awaited<ReturnType<typeof build>>;
  let cold: Awaited<ReturnType<typeof build>>;

  beforeAll(async () => {
    world = await makeWorld();
    const { username: user, password } = account;
    registry = await startRegistry({ auth: { user, password } });
    client = createRegistryClient({
      credentials: { lookup: async () => account },
      log: () => undefined,
      env: {},
    });
    await world.write(
      "images.yaml",
      `defaults:\n  platforms: [${platforms.join(", ")}]\nimages:\n  - name: app\n    source: {folder: app}\n`,
    );
    await addDebianRoot(world, "app", ["dash 0.5.12-2"]);
    await world.write("app/program", "1");
    await world.write("app/other", "1");
    // Nothing in it tells one platform from the other.
    await world.write(
      "app/Dockerfile",
      "FROM scratch AS tools\nCOPY program /program\n" +
        "FROM scratch\nENV A=b\nCOPY root /\nCOPY --from=tools /program /program\nCOPY other /other\n",
    );
    plain = await build(undefined);
    cold = await build(`${registry.address}/layers`);
  }, 300_000);
  afterAll(async () => {
    await registry?.stop();
    await world?.end();
  });

  it("are handed on by a build that finds none, of each platform in a repository of its own", async () => {
    expect(cold.log).toContain("Pushing cache");
    expect(cold.digest).toBe(plain.digest);
    for (const platform of ["linux-amd64", "linux-arm64"])
      expect((await tagsOf(`layers/app-cache-${platform}`)).length).toBeGreaterThan(3);
  });

  it("spare a machine that has built nothing every step, and the digest is the same", async () => {
    const cached = await build(`${registry.address}/layers`);
    expect(cached.log).toContain("Cache pulled from remote");
    expect(cached.log).not.toContain("Pushing cache");
    expect(cached.digest).toBe(plain.digest);
  }, 120_000);

  it("are done without, with a warning, where the registry takes none", async () => {
    using other = await spoilt((method) => method === "PUT");
    const built = await build(`${other.address}/spoilt`, other.address);
    expect(built.stderr).toMatch(/warning: built without layerCache: failed pushing cache to /);
    expect(built.digest).toBe(plain.digest);
  }, 120_000);

  it("are built again where the registry gives none out", async () => {
    using other = await spoilt((method) => method === "GET");
    const built = await build(`${other.address}/layers`, other.address);
    expect(built.log).not.toContain("Cache pulled from remote");
    expect(built.digest).toBe(plain.digest);
  }, 120_000);
});
